package handlers_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"cordboard/handlers"
	"cordboard/handlers/portaltest"
	"cordboard/store"
)

// TestBodiesAreLimited sends requests with endless, oversized and unread bodies without signing in. Each must get a
// response while the client is still sending, and the connection must be closed before the portal accepts 64 MiB. A
// form with too many fields must be rejected.
func TestBodiesAreLimited(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	const form = "Content-Type: application/x-www-form-urlencoded\r\n"
	for _, tt := range []struct {
		name, head string
		want       int
	}{
		{"endless chunks to the sign-in", "POST /signin HTTP/1.1\r\n" + form + "Transfer-Encoding: chunked\r\n", 400},
		{"endless chunks to a file", "POST /static/x HTTP/1.1\r\n" + form + "Transfer-Encoding: chunked\r\n", 400},
		{"endless chunks to a page that isn't there", "PUT /nowhere HTTP/1.1\r\nTransfer-Encoding: chunked\r\n", 400},
		{"endless chunks behind a GET", "GET /pbxs HTTP/1.1\r\nTransfer-Encoding: chunked\r\n", 400},
		{"endless chunks to a check", "GET /healthz HTTP/1.1\r\nTransfer-Encoding: chunked\r\n", 400},
		{"endless chunks to the event stream", "GET /events HTTP/1.1\r\nTransfer-Encoding: chunked\r\n", 400},
		{"400 MB to the sign-in", "POST /signin HTTP/1.1\r\n" + form + "Content-Length: 400000000\r\n", 413},
		{"400 MB behind a GET", "GET /signin HTTP/1.1\r\nContent-Length: 400000000\r\n", 413},
		{"400 MB by another method", "DELETE /pbxs HTTP/1.1\r\nContent-Length: 400000000\r\n", 413},
		{"a form of 65 KiB", "POST /signin HTTP/1.1\r\n" + form + "Content-Length: 66560\r\n", 413},
		{"a form of 65 KiB for a page", "POST /pbxs HTTP/1.1\r\n" + form + "Content-Length: 66560\r\n", 413},
		{"files", "POST /signin HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: " +
			"60000\r\n", 415},
		{"a body of 900 KiB behind a GET", "GET /healthz HTTP/1.1\r\nContent-Length: 921600\r\n", 200},
		{"a body of 900 KiB to a file", "POST /static/x HTTP/1.1\r\nContent-Length: 921600\r\n", 404},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			conn, err := net.Dial("tcp", strings.TrimPrefix(b.Web.URL, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
			taken := make(chan int64, 1)
			go func() { // send until the connection fails or 64 MiB has been sent
				n, err := io.WriteString(conn, tt.head+"Host: x\r\n\r\n")
				total := int64(n)
				part := strings.Repeat("x", 64<<10)
				if strings.Contains(tt.head, "chunked") {
					part = fmt.Sprintf("%x\r\n%s\r\n", len(part), part)
				}
				for err == nil && total < 64<<20 {
					n, err = io.WriteString(conn, part)
					total += int64(n)
				}
				taken <- total
			}()
			r, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			if r.StatusCode != tt.want {
				t.Errorf("status = %d, want %d", r.StatusCode, tt.want)
			}
			if n := <-taken; n >= 64<<20 {
				t.Errorf("the server took %d bytes and the connection is still open", n)
			}
			_ = conn.Close()
		})
	}
	t.Run("forms", func(t *testing.T) {
		t.Parallel()
		many := strings.Repeat("a&", 10_001)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.Web.URL+"/signin", strings.NewReader(many))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		resp, err := b.Browser().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusBadRequest {
			t.Errorf("POST of a form with 10,001 fields = %d, want 400", resp.StatusCode)
		}
	})
	if got := b.Browser().Get("/signin").StatusCode; got != http.StatusOK {
		t.Errorf("GET /signin after the requests = %d, want 200", got)
	}
}

// TestFilesOfStrangers checks that files are read only for users who may send them.
func TestFilesOfStrangers(t *testing.T) {
	t.Parallel()
	portal := portaltest.New(t, 0)
	for role, want := range map[string]int{
		store.RoleViewer: http.StatusForbidden, store.RoleOperator: http.StatusBadRequest,
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, portal.Web.URL+"/pbxs/import",
			strings.NewReader("no part of a form"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
		response, err := portal.As(role).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("a broken form from a %s = %d, want %d", role, response.StatusCode, want)
		}
	}
}

// TestRoutesLimitBodies checks that a route's own limit applies to exactly that route, and that the error page names
// the limit.
func TestRoutesLimitBodies(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	routes := []handlers.Route{
		{Method: http.MethodPost, Path: "/large/{id}", MaxBody: 3 << 20},
		{Method: http.MethodPost, Path: "/small", MaxBody: 5 << 10},
		{Method: http.MethodPost, Path: "/tiny", MaxBody: 99},
		{Method: http.MethodPost, Path: "/default"},
	}
	router := chi.NewRouter()
	router.Use(b.Server.LimitBody(router, routes))
	router.Group(func(r chi.Router) {
		for _, route := range routes {
			r.Method(route.Method, route.Path, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		}
	})
	for _, tt := range []struct {
		path  string
		limit int64
		words string
	}{
		{"/large/7", 3 << 20, "3 MiB"},
		{"/large/a%2Fb", 3 << 20, "3 MiB"},
		{"/small", 5 << 10, "5 KiB"},
		{"/tiny", 99, "99 bytes"},
		{"/default", handlers.MaxBody, "1 MiB"},
		{"/large", handlers.MaxBody, "1 MiB"}, // no route
	} {
		for _, over := range []int64{0, 1} {
			w := httptest.NewRecorder()
			r := httptest.NewRequest(http.MethodPost, tt.path, http.NoBody)
			r.ContentLength = tt.limit + over
			router.ServeHTTP(w, r)
			tooLarge := w.Code == http.StatusRequestEntityTooLarge
			if tooLarge != (over > 0) ||
				tooLarge && !strings.Contains(w.Body.String(), "What you send is limited to "+tt.words+".") {
				t.Errorf("%s with %d bytes = %d %.300s", tt.path, r.ContentLength, w.Code, w.Body)
			}
		}
	}
}
