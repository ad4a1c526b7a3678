package ycm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
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
	d := json.NewDecoder(bytes.NewReader(b))
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return fmt.Errorf("%w: not a list", errors.Join(ErrUnreadable, err))
	}
	list := []T{}
	for d.More() {
		if len(list) == maxRecords {
			return fmt.Errorf("%w: list has more than %d records", ErrUnreadable, maxRecords)
		}
		var record T
		if err := d.Decode(&record); err != nil {
			return err
		}
		list = append(list, record)
	}
	*r = list
	return nil
}
