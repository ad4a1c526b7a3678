package ycm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
)

// records is a list in a response, of at most maxRecords entries. The limit protects memory: an entry can be as
// small as two bytes in the response and take up to a kilobyte once decoded.
type records[T any] []T

const maxRecords = 10_000

// maxWalk limits the pages that a walk reads, whatever total YCM reports.
const maxWalk = 2_000

// walk reads page after page until it reaches the total, or until a page has no record that earlier pages didn't
// have, because it is empty or repeated.
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

// UnmarshalJSON returns an error for a list that is too long before it takes up memory.
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
