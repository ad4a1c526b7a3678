package sheet

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Pack encodes a table in few bytes, row by row, so that a large one isn't in memory twice.
func (t *Table) Pack() ([]byte, error) {
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	out := json.NewEncoder(zip)
	if err := out.Encode(Table{Header: t.Header, Line: t.Line, Format: t.Format}); err != nil {
		return nil, err
	}
	for _, row := range t.Rows {
		if err := out.Encode(row); err != nil {
			return nil, err
		}
	}
	if err := zip.Close(); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}

// Unpack decodes what Pack has returned.
func Unpack(packed []byte) (Table, error) {
	var t Table
	zip, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return t, fmt.Errorf("unpack a table: %w", err)
	}
	in := json.NewDecoder(zip)
	if err := in.Decode(&t); err != nil {
		return t, fmt.Errorf("unpack a table: %w", err)
	}
	t.Line = max(t.Line, 1) // earlier versions didn't store it
	for {
		var row Row
		if err := in.Decode(&row); errors.Is(err, io.EOF) {
			return t, nil
		} else if err != nil {
			return t, fmt.Errorf("unpack row %d: %w", len(t.Rows)+1, err)
		}
		t.Rows = append(t.Rows, row)
	}
}
