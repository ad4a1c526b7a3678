// Package static serves the embedded styles, scripts and images under names that contain a hash of the content.
// Browsers can therefore cache a file for a year and never use an outdated version.
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
	"sync"
	"time"

	"github.com/tdewolff/minify/v2"
	"github.com/tdewolff/minify/v2/css"
	"github.com/tdewolff/minify/v2/js"
)

//go:embed css/*.css js/*.js img/*
var files embed.FS

type asset struct {
	url      string
	body     []byte
	gzipped  []byte // nil if compression saves nothing
	mimeType string
}

const prefix = "/static/"

var (
	byName = sync.OnceValue(load) // by name, such as "css/app.css"
	byURL  = sync.OnceValue(func() map[string]*asset { return index(byName()) })
)

// URL returns the URL of the file with the given name, such as "css/app.css". It panics if there is no such file, so
// any test that renders a page with a wrong name finds the mistake.
func URL(name string) string {
	a, ok := byName()[name]
	if !ok {
		panic("static: no file " + name)
	}
	return a.url
}

// Size returns the number of bytes that are transferred for a file: its compressed size, if that is smaller.
func Size(name string) int {
	a := byName()[name]
	if a.gzipped != nil {
		return len(a.gzipped)
	}
	return len(a.body)
}

// Handler returns the handler for everything below /static/.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok := byURL()[r.URL.Path]
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

// scripts are our own scripts, which browsers get as one, js/app.js. The first has what the others use.
var scripts = []string{"app", "live", "list", "keys", "create", "chart"}

func load() map[string]*asset {
	assets := map[string]*asset{}
	images, err := fs.ReadDir(files, "img")
	must(err)
	names := []string{"js/htmx-4.0.1.min.js"}
	for _, image := range images {
		names = append(names, path.Join("img", image.Name()))
	}
	for _, name := range names {
		body, err := files.ReadFile(name)
		must(err)
		assets[name] = newAsset(name, body)
	}
	var script []byte
	for _, name := range scripts {
		body, err := files.ReadFile("js/" + name + ".js")
		must(err)
		script = append(script, body...)
	}
	assets["js/app.js"] = newAsset("js/app.js", minified(&js.Minifier{}, script))
	assets["css/app.css"] = newAsset("css/app.css", minified(&css.Minifier{}, bundle()))
	noscript, err := files.ReadFile("css/noscript.css")
	must(err)
	assets["css/noscript.css"] = newAsset("css/noscript.css", minified(&css.Minifier{}, noscript))
	return assets
}

// minified returns a style sheet or a script without comments and needless spaces.
func minified(with minify.Minifier, source []byte) []byte {
	var b bytes.Buffer
	must(with.Minify(minify.New(), &b, bytes.NewReader(source), nil))
	return b.Bytes()
}

// bundle joins app.css and the style sheets that it imports, in order. The imports themselves are only for pages that
// are opened from disk, so bundle removes them.
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
	switch ext { // the machine's MIME table may lack these extensions or map them to other types
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
		panic(fmt.Sprintf("static: load embedded files: %v", err))
	}
}
