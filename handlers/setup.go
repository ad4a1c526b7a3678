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

// setupFirst leads every page to /setup until somebody can sign in.
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

// setupForm is the first account as it was typed.
type setupForm struct{ token, email, name, password string }

func (f setupForm) problems(token string) map[string]string {
	p := map[string]string{}
	if subtle.ConstantTimeCompare([]byte(f.token), []byte(token)) != 1 {
		p["token"] = "This is not the token that Cordboard printed when it started last."
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
		redirect(w, r, "/signin") // somebody else was faster
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

// browserEmail is what browsers let through a field for an e-mail address (the pattern of HTML): who has another one could never sign in.
var browserEmail = regexp.MustCompile("^[a-z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$")

// typedEmail is the address of a form, less what a copy may bring along that doesn't show.
func typedEmail(r *http.Request) string {
	return strings.TrimSpace(fold.Visible(r.PostForm.Get("email")))
}

// EmailProblem says what is wrong with an e-mail address, or "".
func EmailProblem(email string) string {
	address, err := mail.ParseAddress(email)
	switch {
	case err != nil || address.Address != email || address.Name != "" || len(email) > maxEmail || !fleet.Plain(email) || strings.ContainsFunc(email, fold.Invisible),
		!browserEmail.MatchString(fold.Email(email)):
		return "Enter a valid email address, such as ines@example.com."
	case fold.MixedAddress(email):
		return "This address mixes letters of two alphabets that look alike. Type it on one keyboard."
	}
	return ""
}

// reserved are the names that the audit log has for what is no person.
var reserved = []string{"cordboard", "command line", "sandbox"}

// NameProblem says what is wrong with a person's name, or "".
func NameProblem(name string) string {
	switch {
	case name == "":
		return "A name is needed: the audit log shows it."
	case len([]rune(name)) > 100 || !fleet.Plain(name) || hides(name):
		return "The name can have 100 characters at the most, and none that don’t show or that turn text around."
	case fold.Mixed(name):
		return "A word of the name mixes letters of two alphabets that look alike. Type it on one keyboard."
	case slices.Contains(reserved, fold.Text(name)):
		return "The audit log uses this name for Cordboard itself. Choose another."
	}
	return ""
}

// hides reports whether a name has characters that don't show, so that one person could look like another. The two that
// join letters are taken where they are needed, between letters of scripts such as Persian and Hindi.
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

// shapes reports whether a letter or mark may look different beside another one.
func shapes(r rune) bool {
	return unicode.In(r, unicode.L, unicode.M) && !unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Common)
}
