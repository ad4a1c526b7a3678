package pbxs

import (
	"fmt"
	"net/url"
	"strconv"
	"testing"
)

// TestChosenColumns checks the order of columns by the places that a user entered. A moved column gets its place, also
// if the one that was there has the same number.
func TestChosenColumns(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		moved string // names with new places
		want  string
	}{
		"nothing moved":     {"", "[name pbxStatus plan sn]"},
		"up to a place":     {"sn=2", "[name sn pbxStatus plan]"},
		"down to a place":   {"pbxStatus=3", "[name plan pbxStatus sn]"},
		"to the end":        {"pbxStatus=99", "[name plan sn pbxStatus]"},
		"to the front":      {"plan=0", "[plan name pbxStatus sn]"},
		"two moved":         {"sn=2&pbxStatus=4", "[name sn plan pbxStatus]"},
		"not a number":      {"name=first", "[pbxStatus plan sn name]"},
		"an enormous place": {"name=99999999999999999999", "[pbxStatus plan sn name]"},
	} {
		form := url.Values{"cols": {"name", "pbxStatus", "plan", "sn", "plan", "bogus"}}
		before := allColumns([]string{"name", "pbxStatus", "plan", "sn"})
		for i, column := range before {
			form.Set("place-"+column, strconv.Itoa(i+1))
		}
		moved, err := url.ParseQuery(tt.moved)
		if err != nil {
			t.Fatal(err)
		}
		for column := range moved {
			form.Set("place-"+column, moved.Get(column))
		}
		if got := fmt.Sprint(chosenColumns(form, before)); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
	if got := fmt.Sprint(chosenColumns(url.Values{"cols": {"sn", "name"}}, allColumns(nil))); got != "[sn name]" {
		t.Errorf("without places, the columns are %s", got)
	}
}
