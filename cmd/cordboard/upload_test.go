//go:build !race

// The race detector takes memory of its own.

package main

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"cordboard/store/storetest"
)

// upload posts a file to be imported, and returns the status.
func (v *victim) upload(name string, content []byte) int {
	v.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	file, err := w.CreateFormFile("file", name)
	if err != nil {
		v.t.Fatal(err)
	}
	if _, err := file.Write(content); err != nil {
		v.t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		v.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(v.t.Context(), http.MethodPost, v.url+"/pbxs/import", &body)
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header.Set("Content-Type", w.FormDataContentType())
	response, err := v.client.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
	return response.StatusCode
}

// largeFiles returns files of nearly 20 MB, by name. They have about as much text as may be read of a file.
func largeFiles(t *testing.T) map[string][]byte {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2)) // text that can't be compressed
	word := func(length int) string {
		b := make([]byte, length)
		for i := range b {
			b[i] = byte('a' + random.IntN(26))
		}
		return string(b)
	}
	var text strings.Builder
	text.WriteString("name,plan\n")
	for i := range 4000 {
		fmt.Fprintf(&text, "%d%s,Basic\n", i, word(5000))
	}
	book := excelize.NewFile()
	w, err := book.NewStreamWriter("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 4000 {
		if err := w.SetRow(fmt.Sprintf("A%d", i+1), []any{word(8300), "plan"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	if err := book.Write(&packed); err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{"large.csv": []byte(text.String()), "large.xlsx": packed.Bytes()}
}

// TestUploadsTakeLittleMemory checks that files of 20 MB are answered and larger ones refused. With -soak-timed, it
// also limits the memory that they take.
func TestUploadsTakeLittleMemory(t *testing.T) {
	v := newVictim(t, 20)
	before := v.resident()
	files := largeFiles(t)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		content := files[name]
		most := v.watchResident()
		if got := v.upload(name, content); got != http.StatusUnprocessableEntity {
			t.Errorf("%s of %d bytes = %d, want 422", name, len(content), got)
		}
		if len(content) < 19_000_000 {
			t.Errorf("%s has %d bytes, fewer than 19 MB", name, len(content))
		}
		if top := most(); *soakTimed {
			storetest.Figure(t, "memory for "+name+" of 20 MB (MB)", float64(top-before)/1e6, 60, storetest.AtMost)
		}
	}
	for _, size := range []int{20<<20 + 1, 21 << 20} {
		if got := v.upload("huge.csv", make([]byte, size)); got != http.StatusRequestEntityTooLarge {
			t.Errorf("a file of %d bytes = %d, want 413", size, got)
		}
	}
}
