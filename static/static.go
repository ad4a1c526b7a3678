// Package static serves the embedded styles, scripts and pictures under names that hold a hash of their bytes, so that
// browsers may keep them for a year and never hold an old one.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"
)

//go:embed css/*.css js/*.js img/*
var files embed.FS

type asset struct {
	url      string
	body     []byte
	gzipped  []byte // nil where it saves nothing
	mimeType string
}

const prefix = "/static/"

var (
	byName = load() // "css/app.css"
	byURL  = index(byName)
)

// URL returns the address of a file, such as "css/app.css". It panics for a name that isn't there, which any test that
// renders the page finds.
func URL(name string) string {
	a, ok := byName[name]
	if !ok {
		panic("static: no file " + name)
	}
	return a.url
}

// Size returns how many bytes go over the wire for a file.
func Size(name string) int {
	a := byName[name]
	if a.gzipped != nil {
		return len(a.gzipped)
	}
	return len(a.body)
}

// Handler serves everything below /static/.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok := byURL[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", a.mimeType)
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("Vary", "Accept-Encoding")
		body := a.body
		if a.gzipped != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
			body = a.gzipped
		}
		h.Set("Content-Length", strconv.Itoa(len(body)))
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
	})
}

var imported = regexp.MustCompile(`@import url\("([^"]+)"\);`)

func load() map[string]*asset {
	assets := map[string]*asset{}
	for _, dir := range []string{"js", "img"} {
		entries, err := fs.ReadDir(files, dir)
		must(err)
		for _, e := range entries {
			name := path.Join(dir, e.Name())
			body, err := files.ReadFile(name)
			must(err)
			assets[name] = newAsset(name, body)
		}
	}
	assets["css/app.css"] = newAsset("css/app.css", bundle())
	return assets
}

// bundle joins the style sheets in the order that app.css imports them; its imports are for opening pages from disk.
func bundle() []byte {
	app, err := files.ReadFile("css/app.css")
	must(err)
	var b bytes.Buffer
	b.Write(imported.ReplaceAll(app, nil))
	for _, m := range imported.FindAllSubmatch(app, -1) {
		part, err := files.ReadFile("css/" + string(m[1]))
		must(err)
		b.Write(part)
	}
	return b.Bytes()
}

func newAsset(name string, body []byte) *asset {
	sum := sha256.Sum256(body)
	ext := path.Ext(name)
	a := &asset{
		url:      prefix + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:4]) + ext,
		body:     body,
		mimeType: mime.TypeByExtension(ext),
	}
	switch ext { // what a machine's mime table may lack or spell differently
	case ".svg":
		a.mimeType = "image/svg+xml; charset=utf-8"
	case ".js":
		a.mimeType = "text/javascript; charset=utf-8"
	case ".css":
		a.mimeType = "text/css; charset=utf-8"
	}
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	must(err)
	_, err = z.Write(body)
	must(err)
	must(z.Close())
	if b.Len() < len(body) {
		a.gzipped = b.Bytes()
	}
	return a
}

func index(assets map[string]*asset) map[string]*asset {
	urls := map[string]*asset{}
	for _, a := range assets {
		urls[a.url] = a
	}
	return urls
}

func must(err error) {
	if err != nil {
		panic(fmt.Sprintf("static: the embedded files are broken: %v", err))
	}
}
