package ycm

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// plainPBX is decoded by encoding/json alone.
type plainPBX CloudPBX

// TestRecordIsDecodedPlainly compares records with what encoding/json makes of them: names in any case, with escapes,
// unknown and repeated; values of any type.
func TestRecordIsDecodedPlainly(t *testing.T) {
	names := rapid.OneOf(
		rapid.SampledFrom([]string{
			"cloudPbxId", "CLOUDPBXID", "name", "Name", `na\u006de`, "sn", "ſn", "creator", "createTime", "usedExtensions",
			"raw", "Raw", "", "unknown", "extensionCapacity", "planExpirationDate", "receptionistCapacity",
		}),
		rapid.StringMatching(`[a-zA-Z]{0,70}`),
	)
	values := rapid.SampledFrom([]string{
		"null", "1", "-7", "50.0", "1e400", "true", `""`, `"12"`, `" 12 "`, `"Alder & Söhne"`, `"a\"b\\"`, `"\ud800"`,
		"\"\xff\"", `"tab	"`, "[]", `{"firstName":"A","email":null}`, `{"a":{"b":[1,"}"]}}`,
		`"2026-12-01"`, "1795162533", `"<>&"`,
	})
	rapid.Check(t, func(t *rapid.T) {
		document := "{"
		for i := range rapid.IntRange(0, 6).Draw(t, "members") {
			if i > 0 {
				document += " ,"
			}
			document += `"` + names.Draw(t, "name") + `" : ` + values.Draw(t, "value")
		}
		document += "}\n"
		var want plainPBX
		var got CloudPBX
		wantErr, err := json.Unmarshal([]byte(document), &want), json.Unmarshal([]byte(document), &got)
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("%s: error %v, want %v", document, err, wantErr)
		}
		got.Raw = nil
		if d := cmp.Diff(CloudPBX(want), got); err == nil && d != "" {
			t.Fatalf("%s (-want +got):\n%s", document, d)
		}
	})
}

// TestRecordFields checks that each field can be decoded on its own: otherwise, records would be decoded slowly.
func TestRecordFields(t *testing.T) {
	document := map[string]any{}
	for name := range recordFields {
		document[name] = "1"
	}
	b, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	var p CloudPBX
	if !p.decode(b) || len(recordFields) < 39 {
		t.Errorf("a record with %d fields isn't decoded at once", len(recordFields))
	}
}
