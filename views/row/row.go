// Package row renders the rows of lists straight to bytes. Rows are most of a list's page, and templ allocates for each
// part of each cell. The output is, byte for byte, that of ui.RowCells, to which a test compares it: change both.
package row

import (
	"context"
	"io"
	"strings"
	"sync"

	"github.com/a-h/templ"

	"cordboard/views/parts"
	"cordboard/views/ui"
)

// Selectable renders rows, each with a checkbox that belongs to the form #selection. A row with HTML is written as it
// is. Each row is a part of the page (see package parts).
func Selectable(rows []ui.Row, headClass string) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		h := buffers.Get().(*page)
		defer buffers.Put(h)
		*h = (*h)[:0]
		whole := parts.From(ctx)
		for i := range rows {
			start := len(*h)
			h.selectable(&rows[i], headClass)
			if whole.Shows((*h)[start:]) {
				*h = (*h)[:start]
				h.raw(parts.Same(`[data-pbx-id="` + rows[i].ID + `"]`))
			}
		}
		_, err := w.Write(*h)
		return err
	})
}

// HTML returns a row as Selectable renders it.
func HTML(r *ui.Row, headClass string) string {
	h := buffers.Get().(*page)
	defer buffers.Put(h)
	*h = (*h)[:0]
	h.selectable(r, headClass)
	return string(*h)
}

// Cells renders a row's cells like ui.RowCells. It keeps r until it has rendered it.
func Cells(r *ui.Row, headClass string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		h := buffers.Get().(*page)
		defer buffers.Put(h)
		*h = (*h)[:0]
		h.cells(r, headClass)
		_, err := w.Write(*h)
		return err
	})
}

var buffers = sync.Pool{New: func() any { return new(page) }}

// page is a part of a page, as HTML.
type page []byte

func (h *page) raw(s string) { *h = append(*h, s...) }

// text appends text, escaped for elements and quoted attributes.
func (h *page) text(s string) {
	for {
		i := strings.IndexAny(s, `&<>'"`)
		if i < 0 {
			h.raw(s)
			return
		}
		h.raw(s[:i])
		switch s[i] {
		case '&':
			h.raw("&amp;")
		case '<':
			h.raw("&lt;")
		case '>':
			h.raw("&gt;")
		case '\'':
			h.raw("&#39;")
		default:
			h.raw("&#34;")
		}
		s = s[i+1:]
	}
}

// attribute appends an attribute with a space before it.
func (h *page) attribute(name, value string) {
	h.raw(" ")
	h.raw(name)
	h.raw(`="`)
	h.text(value)
	h.raw(`"`)
}

// element appends an element without attributes, with text in it.
func (h *page) element(name, text string) {
	h.raw("<")
	h.raw(name)
	h.raw(">")
	h.text(text)
	h.raw("</")
	h.raw(name)
	h.raw(">")
}

func (h *page) url(u string) { h.attribute("href", string(templ.URL(u))) }

func (h *page) selectable(r *ui.Row, headClass string) {
	if r.HTML != "" {
		h.raw(r.HTML)
		return
	}
	h.raw("<tr")
	h.attribute("data-pbx-id", r.ID)
	if r.Gone != "" {
		h.raw(` class="is-gone"`)
	}
	h.raw(`><td class="pin col-check"><input class="row-check" type="checkbox" name="cloudPbxId" form="selection"`)
	h.attribute("value", r.ID)
	h.raw(` aria-labelledby="n`)
	h.text(r.ID)
	h.raw(`"></td>`)
	h.cells(r, headClass)
	h.raw("</tr>")
}

func (h *page) cells(r *ui.Row, headClass string) {
	for i := range r.Cells {
		c := &r.Cells[i]
		if c.Column == "name" {
			h.head(r, c, headClass)
			continue
		}
		h.raw("<td")
		if class := c.Classes(); class != "" {
			h.attribute("class", class)
		}
		h.attribute("data-col", c.Column)
		h.attribute("data-value", c.Value)
		if label := r.Labels[c.Column]; label != "" {
			h.attribute("data-label", label)
		}
		h.raw(">")
		h.cell(c)
		h.raw("</td>")
	}
	if r.Edit != nil {
		h.raw(`<td class="card-corner col-edit"><a class="btn btn-sm"`)
		h.url(r.Edit.URL)
		h.attribute("aria-label", r.Edit.Spoken)
		h.raw(">")
		h.text(r.Edit.Label)
		h.raw("</a></td>")
	}
}

// head appends the cell with the row's name.
func (h *page) head(r *ui.Row, c *ui.Cell, class string) {
	h.raw(`<th scope="row"`)
	h.attribute("class", class)
	h.raw(` data-col="name"`)
	h.attribute("data-value", c.Value)
	h.raw(">")
	if r.Menu == "" {
		h.name(r, c)
	} else {
		h.raw(`<div class="row-head">`)
		h.name(r, c)
		h.raw(`<a class="btn btn-ghost btn-icon"`)
		h.url(r.Menu)
		h.raw(` data-actions aria-labelledby="actions-for n`)
		h.text(r.ID)
		h.raw(`">`)
		h.icon("ellipsis")
		h.raw("</a></div>")
	}
	h.raw("</th>")
}

func (h *page) name(r *ui.Row, c *ui.Cell) {
	h.raw(`<span class="name"><a`)
	h.url(r.URL)
	h.raw(` id="n`)
	h.text(r.ID)
	h.raw(`">`)
	h.marked(c.Text, c.Parts)
	h.raw("</a> ")
	if c.Host != nil {
		h.raw(`<small data-col="url"`)
		h.attribute("data-value", c.Host.Value)
		h.raw(">")
		h.marked(c.Host.Value, c.Host.Parts)
		h.raw("</small> ")
	}
	if r.Gone != "" {
		h.raw(`<small class="gone">`)
		h.text(r.Gone)
		h.raw("</small>")
	}
	h.raw("</span>")
}
