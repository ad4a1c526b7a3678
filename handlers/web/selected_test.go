package web

import (
	"net/url"
	"testing"
)

// TestCheckSelected checks that only a form for selected rows that has none is refused.
func TestCheckSelected(t *testing.T) {
	t.Parallel()
	for query, refused := range map[string]bool{
		"":                              false,
		"status=Running":                false,
		"presence=all&cloudPbxId=7":     false,
		"presence=all&selected=rows":    true,
		"selected=rows&cloudPbxId=7":    false,
		"selected=rows&sort=name&per=9": true,
	} {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		if err := CheckSelected(values); (err != nil) != refused {
			t.Errorf("CheckSelected(%q) = %v, refused: %t", query, err, refused)
		}
		if values.Has("selected") {
			t.Errorf("%q still has the form's field", query)
		}
	}
}
