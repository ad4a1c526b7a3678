package signin_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/alexedwards/argon2id"
	"golang.org/x/text/unicode/norm"

	"cordboard/handlers/portaltest"
	"cordboard/identity"
	"cordboard/store"
)

// TestPasswordsAsTyped checks that a password is accepted in any Unicode form that a keyboard may produce, and that
// older hashes still work.
func TestPasswordsAsTyped(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	const composed = "Grüße aus Zürich"
	add := func(email, hash string) {
		t.Helper()
		_, err := b.Store.AddUser(
			t.Context(),
			store.Actor{},
			store.User{
				Email:        email,
				Name:         "Jo",
				Role:         store.RoleViewer,
				PasswordHash: hash,
			},
		)
		b.Must(err)
	}
	hash, err := identity.HashPassword(composed, portaltest.CheapHash)
	b.Must(err)
	add("new@example.com", hash)
	long := strings.Repeat("한", 70) // 210 bytes, and three times as many when decomposed
	if problem := identity.PasswordProblem(norm.NFD.String(long+"국민대학교도서관"), "x@example.com"); problem != "" {
		t.Fatalf("PasswordProblem of a long password = %s, want none", problem)
	}
	longHash, err := identity.HashPassword(norm.NFD.String(long+"국민대학교도서관"), portaltest.CheapHash)
	b.Must(err)
	add("long@example.com", longHash)
	// Older hashes were made from the password exactly as typed.
	before, err := argon2id.CreateHash(norm.NFD.String(composed), &portaltest.CheapHash)
	b.Must(err)
	add("old@example.com", before)
	for _, tt := range []struct {
		name, email, password string
		want                  int
	}{
		{"as it was set", "new@example.com", composed, http.StatusSeeOther},
		{"decomposed, as macOS types it", "new@example.com", norm.NFD.String(composed), http.StatusSeeOther},
		{
			"with spaces that don't break",
			"new@example.com",
			strings.ReplaceAll(composed, " ", "\u00a0"),
			http.StatusSeeOther,
		},
		{"a long one, taken apart", "long@example.com", norm.NFD.String(long + "국민대학교도서관"), http.StatusSeeOther},
		{"a long one, composed", "long@example.com", long + "국민대학교도서관", http.StatusSeeOther},
		{"in other letters", "new@example.com", strings.ToLower(composed), http.StatusUnprocessableEntity},
		{"without accents", "new@example.com", "Grusse aus Zurich", http.StatusUnprocessableEntity},
		{"of before, as it was set", "old@example.com", norm.NFD.String(composed), http.StatusSeeOther},
		{"of before, wrong", "old@example.com", "Grusse aus Zurich", http.StatusUnprocessableEntity},
	} {
		if got := b.Browser().SignIn(tt.email, tt.password).StatusCode; got != tt.want {
			t.Errorf("%s: sign-in = %d, want %d", tt.name, got, tt.want)
		}
	}
	short := norm.NFD.String("éééééé")
	if got := identity.PasswordProblem(short, "x@example.com"); got != identity.ProblemPasswordShort {
		t.Errorf("PasswordProblem of six accented letters = %q, want too short: accents don't count as characters", got)
	}
}

// TestAddressesAsTyped checks that equivalent spellings of an email address lead to the same account, unless one of
// them is the exact spelling of another account's address.
func TestAddressesAsTyped(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	hash, err := identity.HashPassword(portaltest.Password, portaltest.CheapHash)
	b.Must(err)
	_, err = b.Store.AddUser(
		t.Context(),
		store.Actor{},
		store.User{
			Email:        "hans@exämple.de",
			Name:         "Hans",
			Role:         store.RoleViewer,
			PasswordHash: hash,
		},
	)
	b.Must(err)
	for _, email := range []string{
		"hans@exämple.de", "hans@xn--exmple-cua.de", "HANS@EXÄMPLE.DE", norm.NFD.String(
			"hans@exämple.de",
		), "hans@exämple.de\u200b", " hans@exämple.de\u00a0", "\u2060hans@exämple.de",
	} {
		if got := b.Browser().SignIn(email, portaltest.Password).StatusCode; got != http.StatusSeeOther {
			t.Errorf("sign-in as %q = %d, want 303", email, got)
		}
	}
	b.SQL(
		`UPDATE users SET email = 'hans@exämple.de', email_key = 'hans@exämple.de' WHERE email_key = 'operator@example.com'`,
	)
	for email, role := range map[string]string{
		"hans@exämple.de":        store.RoleOperator,
		"hans@xn--exmple-cua.de": store.RoleViewer,
	} {
		if u, err := b.Store.UserByEmail(t.Context(), email); err != nil || u.Role != role {
			t.Errorf("UserByEmail(%s) is the account of the %s (error %v)", email, u.Role, err)
		}
	}
	admin := b.As(store.RoleAdmin)
	r := admin.Post("/team", url.Values{"email": {"hans@xn--exmple-cua.de"}, "role": {"viewer"}})
	if r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("inviting an existing address in its DNS spelling = %d, want 422", r.StatusCode)
	}
}

// TestWhatIsNoCode checks that input that can't be a code doesn't count as an attempt, and that a code in full-width
// digits with a space is accepted.
func TestWhatIsNoCode(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	viewer := b.User(store.RoleViewer)
	b.As(store.RoleViewer).Enroll(viewer.ID)
	br := b.Browser()
	br.SignIn(viewer.Email, portaltest.Password)
	for range 12 { // more than the permitted number of attempts
		for _, code := range []string{"", "1", "12345", "1234567", "abc", "one two three", "\u200b", "12345x"} {
			if r := br.Post(
				"/signin/code",
				url.Values{"code": {code}},
			); r.StatusCode != http.StatusUnprocessableEntity ||
				!strings.Contains(r.Text, "isn’t a valid code") {
				t.Fatalf("code %q = %d, want 422 that says that it can't be a code", code, r.StatusCode)
			}
		}
	}
	code := b.Code(viewer.ID, true, 1)
	wide := strings.Map(func(r rune) rune { return r - '0' + '０' }, code)
	if r := br.Post(
		"/signin/code",
		url.Values{"code": {"\u200e" + wide[:9] + "\u00a0" + wide[9:]}},
	); r.StatusCode != http.StatusSeeOther {
		t.Errorf("the code in wide digits with a space = %d, want 303", r.StatusCode)
	}
}
