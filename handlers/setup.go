package handlers

import (
	"cordboard/fleet"
	"cordboard/store"
	"cordboard/views"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/mail"
	"strings"
	"unicode"
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
		r.PostForm.Get("token"), strings.TrimSpace(r.PostForm.Get("email")), strings.TrimSpace(r.PostForm.Get("name")), r.PostForm.Get("password"),
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
	if err := s.startSession(w, r, user, "set-up", false); err != nil {
		return err
	}
	redirect(w, r, "/")
	return nil
}

// EmailProblem says what is wrong with an e-mail address, or "".
func EmailProblem(email string) string {
	address, err := mail.ParseAddress(email)
	if err != nil || address.Address != email || address.Name != "" || len(email) > maxEmail || !fleet.Plain(email) || strings.ContainsFunc(email, unseen) {
		return "This is no e-mail address, such as ines@example.com."
	}
	return ""
}

// unseen are characters that don't show, and so could make one person look like another.
func unseen(r rune) bool { return unicode.Is(unicode.Cf, r) }

// NameProblem says what is wrong with a person's name, or "".
func NameProblem(name string) string {
	switch {
	case name == "":
		return "A name is needed: the audit log shows it."
	case len([]rune(name)) > 100 || !fleet.Plain(name) || strings.ContainsFunc(name, unseen):
		return "The name can have 100 characters at the most, and none that don’t show or that turn text around."
	}
	return ""
}
