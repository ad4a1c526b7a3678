package split

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// leaves are JSON values without members, or with few.
var leaves = rapid.OneOf(
	rapid.SampledFrom([]string{
		"1", "-1.5e9", "true", "null", `""`, `"\\"`, `"\""`, `"]"`, `"}\\\","`, `"é"`, "{}", "[ ]", `{"a":[]}`, `"a\\\\"`,
	}),
	rapid.Map(rapid.String(), quoted),
)

// values are JSON values of all kinds, with white space where JSON allows it.
var values = nested(nested(nested(leaves)))

func nested(inner *rapid.Generator[string]) *rapid.Generator[string] {
	return rapid.OneOf(
		inner,
		rapid.Map(rapid.SliceOfN(inner, 0, 3), array),
		rapid.Map(rapid.SliceOfN(inner, 0, 3), object),
	)
}

func quoted(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func array(values []string) string {
	var b bytes.Buffer
	b.WriteString("[ ")
	for i, v := range values {
		if i > 0 {
			b.WriteString(" ,\n")
		}
		b.WriteString(v)
	}
	b.WriteString("\t]")
	return b.String()
}

func object(values []string) string {
	var b bytes.Buffer
	b.WriteString("{")
	for i, v := range values {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString([]string{`"a"`, `"a\"}"`, `"b" `}[i%3] + " :\r\n" + v)
	}
	b.WriteString(" }")
	return b.String()
}

// TestSplit compares the members of any document with those that encoding/json finds.
func TestSplit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		document := values.Draw(t, "document")
		var (
			want, got     []string
			names, wanted []string
			list          []json.RawMessage
			isArray       = bytes.HasPrefix(bytes.TrimSpace([]byte(document)), []byte("["))
			isObject      = bytes.HasPrefix(bytes.TrimSpace([]byte(document)), []byte("{"))
		)
		if !json.Valid([]byte(document)) {
			t.Fatalf("the generator made invalid JSON: %s", document)
		}
		d := json.NewDecoder(bytes.NewReader([]byte(document)))
		switch {
		case isArray:
			if err := json.Unmarshal([]byte(document), &list); err != nil {
				t.Fatal(err)
			}
			for _, v := range list {
				want = append(want, string(bytes.TrimSpace(v)))
			}
		case isObject:
			_, _ = d.Token()
			for d.More() {
				var v json.RawMessage
				name, err := d.Token()
				if err == nil {
					err = d.Decode(&v)
				}
				if err != nil {
					t.Fatal(err)
				}
				wanted, want = append(wanted, name.(string)), append(want, string(v))
			}
		}
		for v := range Array([]byte(document)) {
			got = append(got, string(v))
		}
		for raw, v := range Object([]byte(document)) {
			var name string
			if err := json.Unmarshal([]byte(`"`+string(raw)+`"`), &name); err != nil {
				t.Fatal(err)
			}
			names, got = append(names, name), append(got, string(v))
		}
		if d := cmp.Diff(want, got) + cmp.Diff(wanted, names); d != "" {
			t.Fatalf("members of %s (-want +got):\n%s", document, d)
		}
	})
}

// TestInvalid checks that documents that aren't valid do no harm, though the package doesn't expect them.
func TestInvalid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := []byte(rapid.StringOf(rapid.SampledFrom([]rune(`{}[]":,\ a1`))).Draw(t, "document"))
		for range Array(b) {
			continue
		}
		for range Object(b) {
			continue
		}
	})
}
