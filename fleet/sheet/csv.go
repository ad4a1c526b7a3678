package sheet

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	utf16 "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// sampled is the number of bytes from which the separator and UTF-16 are recognized.
const sampled = 64 << 10

// readCSV reads a CSV file.
func (t *reader) readCSV(file *io.SectionReader) error {
	text, encoding, err := decoded(file)
	if err != nil {
		return err
	}
	t.Format.Encoding = encoding
	in := bufio.NewReaderSize(text, sampled)
	start, err := in.Peek(sampled)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if bytes.IndexByte(start, 0) >= 0 || otherFile.Match(start) {
		return ErrBinary
	}
	returns := endsInReturns(start)
	if returns {
		start = bytes.ReplaceAll(start, []byte("\r"), []byte("\n"))
	}
	separator, skip := separatorOf(string(start))
	if _, err := in.Discard(skip); err != nil {
		return err
	}
	first := 0
	if skip > 0 { // the first line says which separator the file has
		first = 1
	}
	t.Format.Separator = string(separator)
	r := csv.NewReader(&narrow{in: in, separator: string(separator)[0], returns: returns})
	r.Comma, r.FieldsPerRecord = separator, -1
	for {
		cells, err := r.Read()
		var syntax *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, ErrTooWide):
			return ErrTooWide
		case errors.As(err, &syntax):
			return &QuoteError{syntax.StartLine + first}
		case err != nil:
			return err
		}
		line, _ := r.FieldPos(0)
		if err := t.add(Row{Line: line + first, Cells: cells}); err != nil {
			return err
		}
	}
}

// otherFile matches the beginning of PDF, HTML, XML and JSON files.
var otherFile = regexp.MustCompile(`^(%PDF|\s*[<{[])`)

// endsInReturns reports whether the first line ends with a carriage return only, as those of old spreadsheets for the
// Mac do.
func endsInReturns(start []byte) bool {
	quoted := false
	for i, c := range start {
		switch {
		case c == '"':
			quoted = !quoted
		case c == '\n' && !quoted:
			return false
		case c == '\r' && !quoted:
			return i+1 == len(start) || start[i+1] != '\n'
		}
	}
	return false
}

// narrow reads a CSV file, and returns ErrTooWide if far more separators follow each other than a line can have: with
// them, a small file would become millions of cells.
type narrow struct {
	in        io.Reader
	separator byte
	returns   bool // it ends lines with a carriage return only
	run       int
}

func (n *narrow) Read(p []byte) (int, error) {
	read, err := n.in.Read(p)
	for i, c := range p[:read] {
		if n.returns && c == '\r' {
			p[i] = '\n'
		}
		switch c {
		case n.separator:
			if n.run++; n.run > 20*MaxColumns {
				return 0, ErrTooWide
			}
		case '\n', '\r':
			n.run = 0
		}
	}
	return read, err
}

// decoded returns a file's text as UTF-8.
func decoded(file *io.SectionReader) (io.Reader, Encoding, error) {
	start := make([]byte, min(file.Size(), sampled))
	if _, err := io.ReadFull(file, start); err != nil && !errors.Is(err, io.EOF) {
		return nil, "", err
	}
	whole := func() io.Reader { return io.NewSectionReader(file, 0, file.Size()) }
	order := utf16.LittleEndian
	switch {
	case bytes.HasPrefix(start, []byte("\xef\xbb\xbf")):
		rest := func() io.Reader { return io.NewSectionReader(file, 3, file.Size()-3) }
		valid, err := isUTF8(rest())
		if err == nil && !valid {
			err = ErrMixed
		}
		return rest(), UTF8, err
	case bytes.HasPrefix(start, []byte("\xff\xfe")), zeros(start, 1):
	case bytes.HasPrefix(start, []byte("\xfe\xff")), zeros(start, 0):
		order = utf16.BigEndian
	default:
		valid, err := isUTF8(whole())
		if err != nil || valid {
			return whole(), UTF8, err
		}
		return transform.NewReader(whole(), charmap.Windows1252.NewDecoder()), Windows1252, nil
	}
	return transform.NewReader(whole(), utf16.UTF16(order, utf16.UseBOM).NewDecoder()), UTF16, nil
}

// zeros reports whether most of every second byte, from the one with the given index on, is 0, as in UTF-16 without a
// byte order mark.
func zeros(start []byte, from int) bool {
	pairs, zero := 0, 0
	for i := from; i < len(start); i += 2 {
		if pairs++; start[i] == 0 {
			zero++
		}
	}
	return pairs > 1 && zero*10 >= pairs*7
}

// isUTF8 reports whether a file is valid UTF-8.
func isUTF8(file io.Reader) (bool, error) {
	in := bufio.NewReaderSize(file, sampled)
	for {
		r, size, err := in.ReadRune()
		if errors.Is(err, io.EOF) {
			return true, nil
		}
		if err != nil || r == utf8.RuneError && size == 1 {
			return false, err
		}
	}
}

// separatorOf returns the separator that splits the first line into the most cells, and the number of bytes to skip:
// Excel understands a first line such as "sep=;".
func separatorOf(start string) (separator rune, skip int) {
	blank := len(start) - len(strings.TrimLeft(start, "\r\n"))
	line, _, _ := strings.Cut(start[blank:], "\n")
	if word, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(line)), "sep="); ok && len(word) <= 1 {
		separator, skip = '\t', blank+len(line)+1
		if word != "" {
			separator = rune(word[0])
		}
		return separator, skip
	}
	separator, most := ',', 0
	for _, s := range ",;\t" {
		quoted, n := false, 0
	first:
		for _, r := range start[blank:] {
			switch {
			case r == '"':
				quoted = !quoted
			case r == '\n' && !quoted:
				break first
			case r == s && !quoted:
				n++
			}
		}
		if n > most {
			separator, most = s, n
		}
	}
	return separator, 0
}

// trim removes surrounding space, and the apostrophes with which Cordboard's exports keep spreadsheets from running
// cells, or parts of them, as formulas.
func trim(cell string) string {
	cell = strings.TrimSpace(cell)
	if !strings.Contains(cell, "'") {
		return cell
	}
	var b strings.Builder
	start := true
	for i, r := range cell {
		switch {
		case strings.ContainsRune(",;\t\r\n", r):
			start = true
		case start && (unicode.IsSpace(r) || r == '"'):
		case start && r == '\'':
			start = false
			if next, _ := utf8.DecodeRuneInString(cell[i+1:]); strings.ContainsRune("=+-@|＝＋－＠", next) {
				continue
			}
		default:
			start = false
		}
		b.WriteRune(r)
	}
	return b.String()
}
