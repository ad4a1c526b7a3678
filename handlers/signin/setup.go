package signin

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"cordboard/fold"
	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/identity"
	"cordboard/store"
	views "cordboard/views/signin"
)

// RequireSetup redirects all pages except /setup to /setup until a user exists. After that, /setup is not found.
func (h *Handler) RequireSetup(next http.Handler) http.Handler {
	return h.site.Handle(func(w http.ResponseWriter, r *http.Request) error {
		has, err := h.anyUsers(r.Context())
		switch isSetup := r.URL.Path == "/setup"; {
		case err != nil:
			return err
		case has && isSetup:
			return store.ErrNotFound
		case !has && !isSetup:
			web.Redirect(w, r, "/setup")
			return nil
		}
		next.ServeHTTP(w, r)
		return nil
	})
}

// ShowSetup shows the form for the first account.
func (h *Handler) ShowSetup(w http.ResponseWriter, r *http.Request) error {
	return h.gate(
		w,
		r,
		http.StatusOK,
		views.Setup(views.SetupPage{Token: fold.FirstRunes(r.URL.Query().Get("token"), 100)}),
	)
}

// setupForm is the submitted form for the first account.
type setupForm struct{ token, email, name, password string }

func (f setupForm) problems(token string) map[string]string {
	p := map[string]string{}
	if subtle.ConstantTimeCompare([]byte(f.token), []byte(token)) != 1 {
		p["token"] = "Incorrect token. Use the token that Cordboard printed when it last started."
	}
	if problem := identity.EmailProblem(f.email); problem != "" {
		p["email"] = display.AccountProblem(problem)
	}
	if problem := identity.NameProblem(f.name); problem != "" {
		p["name"] = display.AccountProblem(problem)
	}
	if problem := identity.PasswordProblem(f.password, f.email); problem != "" {
		p["password"] = display.AccountProblem(problem)
	}
	return p
}

// Setup adds the first account and signs its user in.
func (h *Handler) Setup(w http.ResponseWriter, r *http.Request) error {
	f := setupForm{
		fold.Typed(strings.TrimSpace(r.PostForm.Get("token"))),
		web.TypedEmail(r),
		strings.TrimSpace(r.PostForm.Get("name")),
		r.PostForm.Get("password"),
	}
	if problems := f.problems(h.setupToken); len(problems) > 0 {
		return h.gate(
			w,
			r,
			http.StatusUnprocessableEntity,
			views.Setup(
				views.SetupPage{Token: fold.FirstRunes(f.token, 100), Email: f.email, Name: f.name, Problems: problems},
			),
		)
	}
	var user store.User
	err := h.passwords.Hash(
		r.Context(),
		h.site.Sessions.StrangerFrom(r, store.User{}),
		f.password,
		func(hash string) (err error) {
			by := web.Actor(r)
			by.Email, by.Name = f.email, f.name
			user, err = h.users.AddFirstUser(
				r.Context(),
				by,
				store.User{
					Email:        f.email,
					Name:         f.name,
					Role:         store.RoleAdmin,
					PasswordHash: hash,
				},
			)
			return err
		},
	)
	if errors.Is(err, store.ErrNotFirst) {
		web.Redirect(w, r, "/signin") // another request added the first account
		return nil
	}
	if err != nil {
		return fmt.Errorf("set up: %w", err)
	}
	h.hasUsers.Store(true)
	if err := h.site.Sessions.Start(w, r, store.Session{User: user, Method: store.AuthSetup}); err != nil {
		return err
	}
	web.Redirect(w, r, "/")
	return nil
}
