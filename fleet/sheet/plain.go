package sheet

import (
	"errors"
	"io"
)

// maxToken is the largest number of bytes between two tags, or in one, of a workbook's XML.
const maxToken = 1 << 20

// errMarkup means that XML has more than tags and text. Workbooks don't.
var errMarkup = errors.New("the XML has a comment, a declaration or an instruction")

// plain reads XML that consists of tags and text only, so that a decoder, which keeps each of them in memory, doesn't
// keep much. It returns ErrTooLarge if one is large, or if the XML has more bytes than left.
type plain struct {
	in   io.Reader
	left int64
	read int64 // bytes so far, without a byte order mark
	run  int   // bytes since the last <
	open bool  // the last byte was <
}

func (p *plain) Read(b []byte) (int, error) {
	n, err := p.in.Read(b)
	if p.left -= int64(n); p.left < 0 {
		return 0, ErrTooLarge
	}
	for i, c := range b[:n] {
		at := p.read + int64(i)
		if at == 0 && c == 0xef { // a byte order mark, which may come before <?xml
			p.read -= 3
		}
		if p.open && (c == '!' || c == '?' && at != 1) {
			return 0, errMarkup
		}
		p.open = c == '<'
		if p.run++; p.open {
			p.run = 0
		}
		if p.run > maxToken {
			return 0, ErrTooLarge
		}
	}
	p.read += int64(n)
	return n, err
}
