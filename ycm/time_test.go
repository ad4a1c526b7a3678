package ycm

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cordboard/opt"
)

// TestTime checks which JSON values decode as a known time, as never, as malformed and as not reported.
func TestTime(t *testing.T) {
	t.Parallel()
	value := func(n int64) Time { return Time{opt.New(n)} }
	never := func(raw string) Time { return Time{opt.Int{State: opt.Never, Raw: raw}} }
	odd := func(raw string) Time { return Time{malformed(raw)} }
	for _, tt := range []struct {
		json string
		want Time
	}{
		{`1796083200`, value(1796083200)},
		{`"1796083200"`, value(1796083200)},
		{`" 1796083200 "`, value(1796083200)},
		{`1796083200.75`, value(1796083200)},
		{`"1796083200.0"`, value(1796083200)},
		{`1.7960832e9`, value(1796083200)},
		{`"2026-12-01"`, value(1796121000)}, // 10:30 UTC, the same date from Hawaii to New Zealand
		{`"2000-01-01"`, value(946722600)},
		{`"1970-01-01"`, odd("1970-01-01")},
		{`"1999-12-31T23:59:59Z"`, odd("1999-12-31T23:59:59Z")},
		{`20261201`, odd("20261201")},
		{`"20261201"`, odd("20261201")},
		{`2026`, odd("2026")},
		{`946684799`, odd("946684799")},
		{`"2026-12-01T00:00:00Z"`, value(1796083200)},
		{`"2026-12-01T01:00:00+01:00"`, value(1796083200)},
		{`"2026-12-01T00:00:00.123Z"`, value(1796083200)},
		{`"2026-12-01 00:00:00"`, value(1796083200)},
		{`0`, never("0")},
		{`"0"`, never("0")},
		{`-1`, never("-1")},
		{`0.0`, never("0.0")},
		{`-9223372036854775808`, never("-9223372036854775808")},
		{`1796083200000`, odd("1796083200000")},
		{`1e300`, odd("1e300")},
		{`9223372036854775807`, odd("9223372036854775807")},
		{`"2026-13-01"`, odd("2026-13-01")},
		{`"01.12.2026"`, odd("01.12.2026")},
		{`"12/01/2026"`, odd("12/01/2026")},
		{`"soon"`, odd("soon")},
		{`"Infinity"`, odd("Infinity")},
		{`"NaN"`, odd("NaN")},
		{`{"seconds":1}`, odd(`{"seconds":1}`)},
		{`true`, odd("true")},
		{`null`, Time{}},
		{`""`, Time{}},
	} {
		var got Time
		if err := json.Unmarshal([]byte(tt.json), &got); err != nil {
			t.Errorf("%s: %v", tt.json, err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", tt.json, diff)
		}
	}
}
