package sheet

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPack checks that a table survives packing, and that damaged bytes are an error.
func TestPack(t *testing.T) {
	for name, want := range map[string]Table{
		"header only": {Header: []string{"name"}, Line: 1, Format: Format{Workbook: true, Sheet: "Größe"}},
		"rows": {
			Header: []string{"name", "plan"},
			Line:   3,
			Rows:   []Row{{Line: 2, Cells: []string{"Åse", "a\nb"}}, {Line: 5, Cells: []string{"", "x"}}},
			Format: Format{Separator: ";", Encoding: Windows1252},
		},
	} {
		t.Run(name, func(t *testing.T) {
			packed, err := want.Pack()
			if err != nil {
				t.Fatal(err)
			}
			got, err := Unpack(packed)
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("unpacked with error %v, and differences (-want +got):\n%s", err, diff)
			}
			for _, damaged := range [][]byte{nil, packed[:len(packed)-9], bytes.Repeat([]byte("{"), 40)} {
				if _, err := Unpack(damaged); err == nil {
					t.Errorf("%d damaged bytes were unpacked", len(damaged))
				}
			}
		})
	}
}
