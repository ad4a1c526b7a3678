// Package codec encodes the data of a session, which is only its deadline: Cordboard puts no values in it. Decoding
// gob for each request would cost more than finding the session.
package codec

import (
	"encoding/binary"
	"time"

	"github.com/alexedwards/scs/v2"
)

// Deadline is an [scs.Codec].
type Deadline struct{}

// size is the length of an encoded deadline, in bytes. Data of any other length is gob, as versions before
// December 2026 wrote it.
const size = 8

// Encode returns 8 bytes for a deadline without values, and gob otherwise.
func (Deadline) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	if len(values) > 0 {
		return scs.GobCodec{}.Encode(deadline, values)
	}
	return binary.BigEndian.AppendUint64(nil, uint64(deadline.UnixNano())), nil
}

// Decode returns the deadline and values of data, in either encoding.
func (Deadline) Decode(data []byte) (time.Time, map[string]any, error) {
	if len(data) != size {
		return scs.GobCodec{}.Decode(data)
	}
	at := time.Unix(0, int64(binary.BigEndian.Uint64(data))) //nolint:gosec // both have 64 bits
	return at.UTC(), map[string]any{}, nil
}
