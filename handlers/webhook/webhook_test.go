package webhook_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/hooks"
	"cordboard/handlers/portaltest"
)

const hookSecret = "0123456789abcdefghijABCDEFGHIJKl"

// hooked returns a portal that takes webhooks with the given secret.
func hooked(t *testing.T, secret string) *portaltest.Portal {
	t.Helper()
	b := portaltest.Prepare(t, 3)
	b.Fleet.Hooks = hooks.New(hooks.Config{
		Account: "default", Secret: secret, PBXs: b.Fleet.Mirror, Store: b.Store, Now: b.Clock.Now,
	})
	b.AddUsers()
	b.Serve()
	return b
}

func sign(body string) string {
	mac := hmac.New(sha256.New, []byte(hookSecret))
	mac.Write([]byte(body))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// post sends a webhook. Its length is declared unless chunked is true.
func post(t *testing.T, b *portaltest.Portal, body, signature string, chunked bool) int {
	t.Helper()
	var r io.Reader = strings.NewReader(body)
	if chunked {
		r = io.MultiReader(r) // hides the length
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.Web.URL+"/hooks/ycm", r)
	b.Must(err)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Signature", signature)
	response, err := b.Web.Client().Do(request)
	b.Must(err)
	b.Must(response.Body.Close())
	return response.StatusCode
}

// TestWebhook checks what the endpoint answers, and that it needs neither a session nor a declared length.
func TestWebhook(t *testing.T) {
	t.Parallel()
	off := hooked(t, "")
	if got := post(t, off, "[]", sign("[]"), false); got != http.StatusNotFound {
		t.Errorf("without a secret, the answer is %d, want 404", got)
	}
	b := hooked(t, hookSecret)
	large := `["` + strings.Repeat("x", 64<<10) + `"]`
	for name, tt := range map[string]struct {
		body, signature string
		chunked         bool
		want            int
	}{
		"good":                   {"[]", sign("[]"), false, 204},
		"good, again":            {"[]", sign("[]"), false, 204},
		"without a length":       {"[ ]", sign("[ ]"), true, 204},
		"not understood":         {"{", sign("{"), false, 204},
		"empty":                  {"", sign(""), false, 204},
		"wrong":                  {"[]", sign("[1]"), false, 401},
		"unsigned":               {"[]", "", false, 401},
		"large":                  {large, sign(large), false, 413},
		"large without a length": {large, sign(large), true, 413},
	} {
		if got := post(t, b, tt.body, tt.signature, tt.chunked); got != tt.want {
			t.Errorf("%s: the answer is %d, want %d", name, got, tt.want)
		}
	}
	if got := b.Fleet.Hooks.Counts(); got.Rejected != 2 {
		t.Errorf("counts = %+v, want 2 rejected", got)
	}
	if r := b.Browser().Get("/hooks/ycm"); r.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("GET = %d, want 405", r.StatusCode)
	}
	if strings.Contains(b.Log.String(), hookSecret) {
		t.Error("the secret is in the log")
	}
}

// TestModifierInTimeline checks that a webhook about a change leads to a read, and that the timeline then says who made
// the change.
func TestModifierInTimeline(t *testing.T) {
	t.Parallel()
	b := hooked(t, hookSecret)
	id := b.YCM.IDs()[0]
	p, _ := b.Fleet.Mirror.Snapshot().PBX(id)
	b.Clock.Add(10 * time.Minute)
	b.YCM.Edit(id, func(record map[string]any) { record["extensionCapacity"] = 77 })
	body := fmt.Sprintf(`[{"sn":%q,"modifier":"leo@example.com","updateTime":%d,"repository":{"extensions":"77"}}]`,
		p.Text(fleet.FieldSN), b.Clock.Now().Unix())
	b.Clock.Add(time.Second)
	if got := post(t, b, body, sign(body), false); got != http.StatusNoContent {
		t.Fatalf("the answer is %d", got)
	}
	b.Fleet.Hooks.Step(t.Context())
	if p, _ := b.Fleet.Mirror.Snapshot().PBX(id); p.Number(fleet.FieldExtensionCapacity) != 77 {
		t.Errorf("the PBX has %d extensions, want what was read", p.Number(fleet.FieldExtensionCapacity))
	}
	entry := b.As("viewer").Get(fmt.Sprintf("/pbxs/%d", id)).Doc(t).Find(`#timeline [data-field="extensionCapacity"]`)
	text := strings.Join(strings.Fields(entry.Text()), " ")
	if !strings.Contains(text, "Changed in YCM by leo@example.com") {
		t.Errorf("the timeline says %q", text)
	}
}

// TestWebhookFlood checks that signed webhooks are taken quickly and in parallel, whatever they say.
func TestWebhookFlood(t *testing.T) {
	t.Parallel()
	b := hooked(t, hookSecret)
	answers := make(chan int, 200)
	for i := range cap(answers) {
		go func() {
			body := fmt.Sprintf(`[{"sn":"S%d","modifier":"x","updateTime":%d}]`, i, b.Clock.Now().Unix())
			request, err := http.NewRequestWithContext(
				t.Context(), http.MethodPost, b.Web.URL+"/hooks/ycm", bytes.NewBufferString(body))
			if err != nil {
				answers <- 0
				return
			}
			request.Header.Set("X-Signature", sign(body))
			response, err := b.Web.Client().Do(request)
			if err != nil {
				answers <- 0
				return
			}
			answers <- response.StatusCode
			_ = response.Body.Close() // it was empty
		}()
	}
	for range cap(answers) {
		if got := <-answers; got != http.StatusNoContent {
			t.Fatalf("an answer is %d, want 204", got)
		}
	}
	if got := b.Fleet.Hooks.Counts().Accepted; got != 200 {
		t.Errorf("%d webhooks were accepted, want 200", got)
	}
}
