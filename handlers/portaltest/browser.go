package portaltest

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"cordboard/store"
)

// Browser is an HTTP client that stores cookies and doesn't follow redirects.
type Browser struct {
	*http.Client
	Portal *Portal
}

// Cookies returns the cookies that the browser sends to the portal.
func (br *Browser) Cookies() []*http.Cookie {
	u, err := url.Parse(br.Portal.Web.URL)
	br.Portal.Must(err)
	return br.Jar.Cookies(u)
}

// SessionMark returns the value by which forms identify the browser's session.
func (br *Browser) SessionMark() string {
	br.Portal.T.Helper()
	for _, c := range br.Cookies() {
		if c.Name == "cordboard" {
			return store.HashToken(c.Value)[:12]
		}
	}
	br.Portal.T.Fatal("not signed in")
	return ""
}

// Response is an HTTP response with its body as text.
type Response struct {
	*http.Response
	Text    string
	Browser *Browser
}

// Followed returns the page that a redirect leads to, or the response itself if it isn't a redirect.
func (r Response) Followed() Response {
	if to := r.Header.Get("Location"); to != "" {
		return r.Browser.Get(to)
	}
	return r
}

// Doc returns the response's parsed HTML.
func (r Response) Doc(t testing.TB) *goquery.Document {
	t.Helper()
	d, err := goquery.NewDocumentFromReader(strings.NewReader(r.Text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Send sends a request, with a form unless form is nil. The headers are alternating names and values.
func (br *Browser) Send(method, path string, form url.Values, headers ...string) Response {
	br.Portal.T.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(br.Portal.T.Context(), method, br.Portal.Web.URL+path, body)
	br.Portal.Must(err)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return br.do(r, headers...)
}

// Upload posts a form with a file in the field "file".
func (br *Browser) Upload(path, name string, content []byte, form url.Values) Response {
	br.Portal.T.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	file, err := w.CreateFormFile("file", name)
	br.Portal.Must(err)
	_, err = file.Write(content)
	br.Portal.Must(err)
	for field, values := range form {
		for _, v := range values {
			br.Portal.Must(w.WriteField(field, v))
		}
	}
	br.Portal.Must(w.Close())
	r, err := http.NewRequestWithContext(br.Portal.T.Context(), http.MethodPost, br.Portal.Web.URL+path, &body)
	br.Portal.Must(err)
	return br.do(r, "Content-Type", w.FormDataContentType())
}

// do sends a request with headers, which are alternating names and values.
func (br *Browser) do(r *http.Request, headers ...string) Response {
	br.Portal.T.Helper()
	for i := 1; i < len(headers); i += 2 {
		r.Header.Set(headers[i-1], headers[i])
	}
	resp, err := br.Do(r)
	br.Portal.Must(err)
	content, err := io.ReadAll(resp.Body)
	br.Portal.Must(err)
	br.Portal.Must(resp.Body.Close())
	return Response{resp, string(content), br}
}

// Get requests a page.
func (br *Browser) Get(path string, headers ...string) Response {
	br.Portal.T.Helper()
	return br.Send(http.MethodGet, path, nil, headers...)
}

// Post posts a form. A nil form counts as empty.
func (br *Browser) Post(path string, form url.Values, headers ...string) Response {
	br.Portal.T.Helper()
	if form == nil {
		form = url.Values{}
	}
	return br.Send(http.MethodPost, path, form, headers...)
}

// SignIn posts the sign-in form.
func (br *Browser) SignIn(email, password string) Response {
	br.Portal.T.Helper()
	return br.Post("/signin", url.Values{"email": {email}, "password": {password}})
}

// NewForm opens the form for a new PBX and returns the form's one-time ID.
func (br *Browser) NewForm() string {
	br.Portal.T.Helper()
	id, ok := br.Get("/pbxs/new").Doc(br.Portal.T).Find(`input[name=attempt]`).Attr("value")
	if !ok {
		br.Portal.T.Fatal("the form has no one-time ID")
	}
	return id
}

// Enroll sets up a second factor for the signed-in user, and returns the recovery codes.
func (br *Browser) Enroll(userID int64) []string {
	br.Portal.T.Helper()
	if r := br.Post("/account/factor", nil); r.StatusCode != http.StatusSeeOther {
		br.Portal.T.Fatalf("begin second factor = %d, want 303\n%s", r.StatusCode, r.Text)
	}
	r := br.Post("/account/factor/confirm", url.Values{"code": {br.Portal.Code(userID, false, 0)}}).Followed()
	if r.StatusCode != http.StatusOK {
		br.Portal.T.Fatalf("confirm second factor = %d, want 200\n%s", r.StatusCode, r.Text)
	}
	var codes []string
	for _, n := range r.Doc(br.Portal.T).Find("#codes li").EachIter() {
		codes = append(codes, n.Text())
	}
	br.Portal.Clock.Add(TOTPStep * time.Second) // a code works only once, so move on to the next
	return codes
}

// SignInFully signs in as the user with the role, and enters a code if the user has a second factor.
func (br *Browser) SignInFully(role string) {
	br.Portal.T.Helper()
	email := role + "@example.com"
	br.SignIn(email, Password)
	if u := br.Portal.User(role); u.Factor {
		br.Portal.Clock.Add(2 * TOTPStep * time.Second)
		if r := br.Post(
			"/signin/code",
			url.Values{"code": {br.Portal.Code(u.ID, true, 0)}},
		); r.StatusCode != http.StatusSeeOther {
			br.Portal.T.Fatalf("POST /signin/code = %d, want 303\n%s", r.StatusCode, r.Text)
		}
		br.Portal.Clock.Add(2 * TOTPStep * time.Second)
	}
}

// SignInFrom is like SignIn, but sends a client address in X-Forwarded-For. The portal uses it only with TrustEveryone.
func (br *Browser) SignInFrom(address, email, password string) Response {
	br.Portal.T.Helper()
	return br.Post("/signin", url.Values{"email": {email}, "password": {password}}, "X-Forwarded-For", address)
}

// Until waits until the operation reaches the state, and returns the operation's page.
func (br *Browser) Until(id string, state store.OperationState) *goquery.Document {
	br.Portal.T.Helper()
	return br.UntilIs(
		id,
		string(state),
		func(d *goquery.Document) bool {
			return d.Find("#operation").AttrOr("data-operation-state", "") == string(state)
		},
	)
}

// UntilShows waits until the operation's page contains the text, and returns the page.
func (br *Browser) UntilShows(id, text string) *goquery.Document {
	br.Portal.T.Helper()
	return br.UntilIs(
		id,
		text,
		func(d *goquery.Document) bool { return strings.Contains(d.Find("#operation").Text(), text) },
	)
}

// UntilIs reloads the operation's page until is(page) is true, and returns the page. what describes the condition in a
// failure message.
func (br *Browser) UntilIs(id, what string, is func(*goquery.Document) bool) *goquery.Document {
	br.Portal.T.Helper()
	for {
		changed := br.Portal.Fleet.Mirror.Changed()
		d := br.Get("/operations/" + id).Doc(br.Portal.T)
		if is(d) {
			return d
		}
		select {
		case <-changed:
		case <-time.After(10 * time.Second):
			br.Portal.T.Fatalf("waited for %q on the page of %s: %s", what, id, d.Find("#operation").Text())
		}
	}
}

// Stream opens an event stream, as a page would.
func (br *Browser) Stream() *Stream {
	br.Portal.T.Helper()
	ctx, cancel := context.WithTimeout(br.Portal.T.Context(), 20*time.Second)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, br.Portal.Web.URL+"/events", nil)
	br.Portal.Must(err)
	resp, err := br.Do(r)
	br.Portal.Must(err)
	br.Portal.T.Cleanup(func() { cancel(); _ = resp.Body.Close() })
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream; charset=utf-8" {
		br.Portal.T.Fatalf("GET /events = %d, %s", resp.StatusCode, resp.Header.Get("Content-Type"))
	}
	return &Stream{br.Portal, bufio.NewScanner(resp.Body)}
}
