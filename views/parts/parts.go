// Package parts leaves out of a page's update the parts that the browser already shows. The server remembers the sums
// of the parts of the last pages that it has sent. Each page carries a name for its sums (data-parts), and the browser
// sends this name with its request for an update. A part that it shows then becomes a short comment, for which live.js
// puts in the element that the page has.
package parts

import (
	"bytes"
	"context"
	"encoding/binary"
	"hash/maphash"
	"io"
	"slices"
	"strconv"
	"sync"

	"github.com/a-h/templ"
)

// Header is the request header with the name of the sums of what the browser shows.
const Header = "Cordboard-Parts"

// Memory has the sums of the pages that were sent last. The zero value is empty.
type Memory struct {
	mu    sync.Mutex
	pages map[uint32][]uint64 // by a short sum of the sums
	names [mostPages]uint32   // the keys of pages, in the order in which they will be forgotten from next on
	next  int
}

// mostPages bounds a Memory to about 1 MB. To a page that was forgotten, all parts are sent.
const mostPages = 2000

// Page is a page with parts while it is being rendered. A nil *Page leaves nothing out.
type Page struct {
	memory      *Memory
	shown, sums []uint64
}

// seed makes sums that nobody can foresee. They change at each start.
var seed = maphash.MakeSeed()

type pageKey struct{}

// With returns a context for rendering a page with parts. Shown is the value of Header. With any value that isn't the
// name of sums in memory, all is sent.
func With(ctx context.Context, m *Memory, shown string) context.Context {
	p := &Page{memory: m}
	if name, err := strconv.ParseUint(shown, 36, 32); err == nil {
		p.shown = m.find(uint32(name))
	}
	return context.WithValue(ctx, pageKey{}, p)
}

// From returns the page that a context renders, or nil.
func From(ctx context.Context) *Page {
	p, _ := ctx.Value(pageKey{}).(*Page)
	return p
}

// Shows adds a part to the page, and reports whether the browser already shows it.
func (p *Page) Shows(html []byte) bool {
	if p == nil {
		return false
	}
	sum := maphash.Bytes(seed, html)
	p.sums = append(p.sums, sum)
	return slices.Contains(p.shown, sum)
}

func (m *Memory) find(name uint32) []uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.pages[name]
}

// keep remembers a page's sums and returns their name. If two pages have the same name, the browser asks again for what
// it doesn't show.
func (m *Memory) keep(sums []uint64) uint32 {
	b := make([]byte, 0, 8*len(sums))
	for _, s := range sums {
		b = binary.LittleEndian.AppendUint64(b, s)
	}
	name := uint32(maphash.Bytes(seed, b)) //nolint:gosec // shortened on purpose
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.pages == nil {
		m.pages = map[uint32][]uint64{}
	}
	if _, ok := m.pages[name]; !ok {
		delete(m.pages, m.names[m.next])
		m.names[m.next] = name
		m.next = (m.next + 1) % mostPages
	}
	m.pages[name] = sums
	return name
}

// Same returns what is sent for a part that the browser shows. The selector is of the part's only element.
func Same(selector string) string { return "<!--same " + selector + "-->" }

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// Part renders its children, which are one element or none, unless the browser shows them.
func Part(selector string) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		children, p := templ.GetChildren(ctx), From(ctx)
		ctx = templ.ClearChildren(ctx)
		if p == nil {
			return children.Render(ctx, w)
		}
		b := buffers.Get().(*bytes.Buffer)
		defer buffers.Put(b)
		b.Reset()
		if err := children.Render(ctx, b); err != nil {
			return err
		}
		out := b.Bytes()
		if len(out) > 0 && p.Shows(out) {
			out = []byte(Same(selector))
		}
		_, err := w.Write(out)
		return err
	})
}

// Name renders an element with the name of the sums of the parts that were rendered before it.
func Name() templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		p := From(ctx)
		if p == nil {
			return nil
		}
		name := strconv.FormatUint(uint64(p.memory.keep(p.sums)), 36)
		_, err := io.WriteString(w, `<i hidden data-parts="`+name+`"></i>`)
		return err
	})
}
