package ycm

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"

	"cordboard/ycm/split"
)

// records is a list in a response, with at most maxRecords entries. The limit caps memory use: an entry of only two
// bytes in the response can take up to a kilobyte when decoded.
type records[T any] []T

const maxRecords = 10_000

// maxWalk is the highest page number that walk reads, whatever total YCM reports.
const maxWalk = 2_000

// walk returns an iterator that reads pages until it reaches the total, or until a page is empty or contains only
// records from earlier pages.
func walk[T any](o ListOptions, read func(ListOptions) (Page[T], error), id func(T) Int) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		seen := map[Int]bool{}
		if o.PageSize <= 0 || o.PageSize > MaxPageSize {
			o.PageSize = MaxPageSize
		}
		for o.PageNumber = max(o.PageNumber, 1); o.PageNumber <= maxWalk; o.PageNumber++ {
			p, err := read(o)
			if err != nil {
				var zero T
				yield(zero, err)
				return
			}
			known := len(seen)
			for _, record := range p.List {
				seen[id(record)] = true
				if !yield(record, nil) {
					return
				}
			}
			size := int64(o.PageSize)
			if p.PageSize > 0 {
				size = min(size, p.PageSize) // the size that YCM applied
			}
			if len(seen) == known || p.Total != UnknownTotal && int64(o.PageNumber)*size >= p.Total {
				return
			}
		}
	}
}

// UnmarshalJSON decodes a list. It returns an error as soon as the list has more than maxRecords entries, before it
// decodes the rest.
func (r *records[T]) UnmarshalJSON(b []byte) error {
	if bytes.Equal(bytes.TrimSpace(b), []byte("null")) {
		*r = nil
		return nil
	}
	if trimmed := bytes.TrimSpace(b); len(trimmed) == 0 || trimmed[0] != '[' {
		return fmt.Errorf("%w: not a list", ErrUnreadable)
	}
	list := []T{}
	for element := range split.Array(b) { // b is valid, as encoding/json has checked
		if len(list) == maxRecords {
			return fmt.Errorf("%w: list has more than %d records", ErrUnreadable, maxRecords)
		}
		var record T
		if err := decodeValid(element, &record); err != nil {
			return err
		}
		list = append(list, record)
	}
	*r = list
	return nil
}

// decodeValid decodes JSON that is known to be valid, without checking it again if to decodes itself.
func decodeValid(b []byte, to any) error {
	if own, ok := to.(json.Unmarshaler); ok && !bytes.Equal(b, []byte("null")) {
		return own.UnmarshalJSON(b)
	}
	return json.Unmarshal(b, to)
}
