package handlers

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"cordboard/fleet"
	"cordboard/fold"
	"cordboard/store"
	"cordboard/views"
)

// setupFirst redirects every page to /setup until a user exists.
func (s *Server) setupFirst(next http.Handler) http.Handler {
	return s.handle(func(w http.ResponseWriter, r *http.Request) error {
		has, err := s.anyUsers(r.Context())
		switch isSetup := r.URL.Path == "/setup"; {
		case err != nil:
			return err
		case has && isSetup:
			return store.ErrNotFound
		case !has && !isSetup:
			redirect(w, r, "/setup")
			return nil
		}
		next.ServeHTTP(w, r)
		return nil
	})
}

func (s *Server) showSetup(w http.ResponseWriter, r *http.Request) error {
	return s.gate(w, r, http.StatusOK, views.Setup(views.SetupPage{Token: firstRunes(r.URL.Query().Get("token"), 100)}))
}

// setupForm is the submitted form of the first account.
type setupForm struct{ token, email, name, password string }

func (f setupForm) problems(token string) map[string]string {
	p := map[string]string{}
	if subtle.ConstantTimeCompare([]byte(f.token), []byte(token)) != 1 {
		p["token"] = "This is not the latest token. Use the token that Cordboard printed when it last started."
	}
	if problem := EmailProblem(f.email); problem != "" {
		p["email"] = problem
	}
	if problem := NameProblem(f.name); problem != "" {
		p["name"] = problem
	}
	if problem := PasswordProblem(f.password, f.email); problem != "" {
		p["password"] = problem
	}
	return p
}

func (s *Server) setup(w http.ResponseWriter, r *http.Request) error {
	f := setupForm{
		fold.Typed(strings.TrimSpace(r.PostForm.Get("token"))), typedEmail(r), strings.TrimSpace(r.PostForm.Get("name")), r.PostForm.Get("password"),
	}
	if problems := f.problems(s.setupToken); len(problems) > 0 {
		return s.gate(w, r, http.StatusUnprocessableEntity, views.Setup(views.SetupPage{Token: firstRunes(f.token, 100), Email: f.email, Name: f.name, Problems: problems}))
	}
	var user store.User
	err := s.hasher.do(r.Context(), s.strangerFrom(r, store.User{}), func() error {
		hash, err := HashPassword(f.password, s.config.Hash)
		if err != nil {
			return err
		}
		by := actor(r)
		by.Email, by.Name = f.email, f.name
		user, err = s.store.AddFirstUser(r.Context(), by, store.User{Email: f.email, Name: f.name, Role: store.RoleAdmin, PasswordHash: hash})
		return err
	})
	if errors.Is(err, store.ErrNotFirst) {
		redirect(w, r, "/signin") // someone else was faster
		return nil
	}
	if err != nil {
		return fmt.Errorf("set up: %w", err)
	}
	s.hasUsers.Store(true)
	if err := s.startSession(w, r, user, store.DoorSetUp, false); err != nil {
		return err
	}
	redirect(w, r, "/")
	return nil
}

// browserEmail is the HTML pattern for email fields. Browsers reject any other address, so its owner could never
// sign in.
var browserEmail = regexp.MustCompile("^[a-z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$")

// typedEmail returns the form's address without the invisible characters that copying may add.
func typedEmail(r *http.Request) string {
	return strings.TrimSpace(fold.Visible(r.PostForm.Get("email")))
}

// EmailProblem returns the problem with an email address, or "".
func EmailProblem(email string) string {
	address, err := mail.ParseAddress(email)
	switch {
	case err != nil || address.Address != email || address.Name != "" || len(email) > maxEmail || !fleet.Plain(email) || strings.ContainsFunc(email, fold.Invisible),
		!browserEmail.MatchString(fold.Email(email)):
		return "Enter a valid email address, such as ines@example.com."
	case fold.MixedAddress(email):
		return "This address mixes look-alike letters of two alphabets. Type it with one keyboard layout."
	}
	return ""
}

// reserved lists the names that the audit log uses for actors that are not people.
var reserved = []string{"cordboard", "command line", "sandbox"}

// NameProblem returns the problem with a person's name, or "".
func NameProblem(name string) string {
	switch {
	case name == "":
		return "Enter a name. The audit log shows it."
	case len([]rune(name)) > 100 || !fleet.Plain(name) || hides(name):
		return "The name can have at most 100 characters, and no invisible or bidirectional ones."
	case fold.Mixed(name):
		return "A word of the name mixes look-alike letters of two alphabets. Type it with one keyboard layout."
	case slices.Contains(reserved, fold.Text(name)):
		return "The audit log uses this name for Cordboard itself. Choose another."
	}
	return ""
}

// hides reports whether a name has invisible characters, which could make two names look alike. It accepts the two
// characters that join letters where scripts such as Persian and Hindi need them.
func hides(name string) bool {
	runes := []rune(name)
	for i, r := range runes {
		joins := (r == '\u200c' || r == '\u200d') && i > 0 && i < len(runes)-1 && shapes(runes[i-1]) && shapes(runes[i+1])
		if fold.Invisible(r) && !joins {
			return true
		}
	}
	return false
}

// shapes reports whether r belongs to a script whose letters change their shape beside others.
func shapes(r rune) bool {
	return unicode.In(r, unicode.L, unicode.M) && !unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Common)
}
