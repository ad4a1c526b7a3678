package sheet

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Limits on the elements of a sheet and of the texts that the cells of all sheets share.
const (
	maxElements = 4_000_000
	maxDepth    = 100 // of elements in each other
	maxShared   = 400_000
	maxTexts    = 16 << 20 // bytes
)

// cellReader reads the cells of a workbook's sheets.
type cellReader struct {
	table    *reader
	shared   []string
	elements int // in all parts
	depth    int // of the current element
	line     int
}

// next returns the next token, within the limits on elements.
func (c *cellReader) next(d *xml.Decoder) (xml.Token, error) {
	token, err := d.Token()
	switch token.(type) {
	case xml.StartElement:
		c.elements++
		c.depth++
		if c.elements > maxElements || c.depth > maxDepth {
			return nil, ErrTooLarge
		}
	case xml.EndElement:
		c.depth--
	}
	return token, err
}

// skip reads the rest of an element that has been begun.
func (c *cellReader) skip(d *xml.Decoder) error {
	for end := c.depth - 1; c.depth > end; {
		if _, err := c.next(d); err != nil {
			return err
		}
	}
	return nil
}

// readShared reads the texts that cells share.
func (c *cellReader) readShared(d *xml.Decoder) error {
	size := 0
	c.depth = 0
	for {
		token, err := c.next(d)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if start, ok := token.(xml.StartElement); !ok || start.Name.Local != "si" {
			continue
		}
		text, err := c.text(d)
		if err != nil {
			return err
		}
		if text = trim(text); len(text) > maxCell {
			text = cut(text)
		}
		if size += len(text); len(c.shared) >= maxShared || size > maxTexts {
			return ErrTooLarge
		}
		c.shared = append(c.shared, text)
	}
}

// text returns the text of an element that has been begun, without hints on its pronunciation.
func (c *cellReader) text(d *xml.Decoder) (string, error) {
	var text strings.Builder
	for {
		token, err := c.next(d)
		if err != nil {
			return "", err
		}
		switch e := token.(type) {
		case xml.StartElement:
			switch e.Name.Local {
			case "rPh":
				err = c.skip(d)
			case "t":
				var part string
				part, err = c.content(d)
				text.WriteString(part)
				if text.Len() > maxToken {
					return "", ErrTooLarge
				}
			}
		case xml.EndElement:
			if e.Name.Local == "si" || e.Name.Local == "is" {
				return unescaped(text.String()), nil
			}
		}
		if err != nil {
			return "", err
		}
	}
}

// content returns the text in an element that has been begun and has no other elements.
func (c *cellReader) content(d *xml.Decoder) (string, error) {
	text := ""
	for {
		token, err := c.next(d)
		switch e := token.(type) {
		case xml.CharData:
			text += string(e)
		case xml.EndElement:
			return text, nil
		case xml.StartElement:
			return "", fmt.Errorf("a %s in a text", e.Name.Local)
		}
		if err != nil {
			return "", err
		}
	}
}

// readRows reads the rows of a sheet, up to the end of its data.
func (c *cellReader) readRows(d *xml.Decoder) error {
	c.depth, c.line = 0, 0
	for {
		token, err := c.next(d)
		if errors.Is(err, io.EOF) {
			return io.ErrUnexpectedEOF // a sheet has an element for its data
		}
		if err != nil {
			return err
		}
		switch e := token.(type) {
		case xml.StartElement:
			if e.Name.Local == "row" {
				if err := c.readRow(d, e); err != nil {
					return err
				}
			}
		case xml.EndElement:
			if e.Name.Local == "sheetData" {
				return nil
			}
		}
	}
}

// readRow reads a row that has been begun.
func (c *cellReader) readRow(d *xml.Decoder, row xml.StartElement) error {
	line := c.line + 1
	if s := attr(row, "r"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < line {
			return fmt.Errorf("row %q after row %d", s, c.line)
		}
		line = n
	}
	c.line = line
	var cells []string
	var failed []int
	at := -1
	for {
		token, err := c.next(d)
		if err != nil {
			return err
		}
		if end, ok := token.(xml.EndElement); ok && end.Name.Local == "row" {
			return c.table.add(Row{line, cells, failed})
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "c" {
			continue
		}
		at++
		if ref := attr(start, "r"); ref != "" {
			if at, err = column(ref); err != nil {
				return err
			}
		}
		text, ok, err := c.cell(d, attr(start, "t"))
		if err != nil {
			return err
		}
		if text == "" {
			continue
		}
		if at >= MaxColumns {
			return ErrTooWide
		}
		for len(cells) <= at {
			cells = append(cells, "")
		}
		if cells[at] = text; !ok {
			failed = append(failed, at)
		}
	}
}

// cell returns the text of a cell that has been begun. ok is false if the cell has an error, or a formula whose result
// isn't in the file.
func (c *cellReader) cell(d *xml.Decoder, kind string) (text string, ok bool, err error) {
	formula, result := "", false
	for {
		token, err := c.next(d)
		if err != nil {
			return "", false, err
		}
		switch e := token.(type) {
		case xml.StartElement:
			switch e.Name.Local {
			case "v":
				text, err = c.content(d)
				result = text != "" || kind == "str"
			case "f":
				formula, err = c.content(d)
				formula = "=" + formula
			case "is":
				text, err = c.text(d)
			default:
				err = c.skip(d)
			}
			if err != nil {
				return "", false, err
			}
		case xml.EndElement: // of the cell
			if formula != "" && !result {
				return formula, false, nil
			}
			text, err = c.value(kind, text)
			return text, kind != "e", err
		}
	}
}

// value returns the text that a cell of a kind shows.
func (c *cellReader) value(kind, text string) (string, error) {
	switch kind {
	case "s":
		if text == "" {
			return "", nil
		}
		i, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || i < 0 || i >= len(c.shared) {
			return "", fmt.Errorf("no text has the index %q", text)
		}
		return c.shared[i], nil
	case "b":
		return map[string]string{"1": "TRUE", "0": "FALSE"}[strings.TrimSpace(text)], nil
	case "", "n":
		return number(text), nil
	case "str":
		return unescaped(text), nil
	}
	return text, nil
}
