package row

import (
	"cordboard/static"
	"cordboard/views/ui"
)

func (h *page) cell(c *ui.Cell) {
	switch {
	case c.Badge != nil:
		h.badge(c.Badge)
	case c.Meter != nil:
		h.meter(c.Meter)
	case c.Moment != nil && c.Part != nil:
		h.raw("<span")
		h.attribute("data-col", c.Part.Column)
		h.attribute("data-value", c.Part.Value)
		h.raw(">")
		h.moment(c.Moment)
		h.raw("</span> ")
	case c.Moment != nil:
		h.moment(c.Moment)
	case len(c.Links) > 0:
		for i, l := range c.Links {
			if i > 0 {
				h.raw(", ")
			}
			h.raw(" <a")
			h.url(l.URL)
			h.raw(">")
			h.marked(l.Text, l.Parts)
			h.raw("</a> ")
		}
	case c.Text == "":
		h.raw(`<span class="dash">–<span class="sr">not reported</span></span> `)
	case c.Muted:
		h.raw(`<span class="dash">`)
		h.text(c.Text)
		h.raw("</span> ")
	case c.Mono:
		h.raw(`<span class="mono">`)
		h.marked(c.Text, c.Parts)
		h.raw("</span> ")
	default:
		h.marked(c.Text, c.Parts)
	}
	if c.Small != "" {
		h.small(c)
	}
}

// small appends a cell's second line.
func (h *page) small(c *ui.Cell) {
	h.raw("<small>")
	if c.Tone == "" {
		h.text(c.Small)
	} else {
		h.raw("<span")
		h.attribute("class", c.Tone)
		h.raw(`><span class="tone-text">`)
		h.icon(c.Icon)
		h.text(c.Small)
		h.raw("</span></span>")
	}
	h.raw("</small>")
}

func (h *page) meter(m *ui.Meter) {
	h.raw(`<div class="meter`)
	if m.Tone != "" {
		h.raw(" ")
		h.text(m.Tone)
	}
	h.raw(`"><span class="meter-text"><span>`)
	h.text(m.Used)
	h.raw(" / ")
	if m.CapacityColumn == "" {
		h.text(m.Capacity)
	} else {
		h.raw("<span")
		h.attribute("data-col", m.CapacityColumn)
		h.attribute("data-value", m.CapacityValue)
		h.raw(">")
		h.text(m.Capacity)
		h.raw("</span>")
	}
	h.raw("</span> ")
	if m.Tone == "" {
		h.element("small", m.Note)
	} else {
		h.raw(`<span class="tone-text">`)
		h.icon(m.Icon)
		h.text(m.Note)
		h.raw("</span>")
	}
	h.raw("</span> ")
	if m.Width != "" {
		h.raw(`<svg class="bar" aria-hidden="true">`)
		if m.Width != "0" {
			h.raw(`<rect width="`)
			h.text(m.Width)
			h.raw(`%" height="100%"></rect>`)
		}
		h.raw("</svg>")
	}
	h.raw("</div>")
}

func (h *page) badge(b *ui.Badge) {
	h.raw(`<span class="badge `)
	h.text(b.Class)
	h.raw(`" translate="no">`)
	if b.Icon != "" {
		h.icon(b.Icon)
	}
	if b.Unknown {
		h.element("bdi", b.Word)
		h.raw(` <span class="sr">(not recognized by this version)</span>`)
	} else {
		h.text(b.Word)
	}
	h.raw("</span>")
}

func (h *page) moment(m *ui.Moment) {
	if m.DateTime == "" {
		h.raw("<span")
		h.attribute("title", m.Title)
		h.raw(">")
		h.text(m.Text)
		h.raw("</span>")
		return
	}
	h.raw("<time")
	h.attribute("datetime", m.DateTime)
	if m.Title != "" {
		h.attribute("title", m.Title)
	}
	h.raw(">")
	h.text(m.Text)
	h.raw("</time>")
}

// marked appends text with its search hits marked.
func (h *page) marked(text string, parts []ui.Part) {
	if len(parts) == 0 {
		h.element("bdi", text)
		return
	}
	h.raw("<bdi>")
	for _, p := range parts {
		if p.Hit {
			h.element("mark", p.Text)
		} else {
			h.text(p.Text)
		}
	}
	h.raw("</bdi>")
}

var sprite = static.URL("img/sprite.svg") + "#i-"

func (h *page) icon(name string) {
	h.raw(`<svg class="icon" aria-hidden="true"><use href="`)
	h.text(sprite)
	h.text(name)
	h.raw(`"></use></svg>`)
}
