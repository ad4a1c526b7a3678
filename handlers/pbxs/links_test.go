package pbxs

import (
	"net/url"
	"testing"

	"pgregory.net/rapid"

	"cordboard/fleet/list"
	"cordboard/views/ui"
)

// TestLinks compares links with the URL that net/url makes of the changed parameters.
func TestLinks(t *testing.T) {
	t.Parallel()
	queries := []string{
		"", "q=a%26b+c&page=3", "status=Running&status=%21Stopped&sort=-createTime",
		"cols=name%2Cplan&per=100&region=S%C3%BCd",
	}
	keys := rapid.SampledFrom([]string{"q", "page", "sort", "status", "region", "zone"})
	rapid.Check(t, func(t *rapid.T) {
		values, _ := url.ParseQuery(rapid.SampledFrom(queries).Draw(t, "query"))
		q, _ := list.ParseQuery(values)
		key, other := keys.Draw(t, "key"), keys.Draw(t, "other")
		value := rapid.SampledFrom([]string{"1", "a&b=ü", "-name"}).Draw(t, "value")
		changed := q.Values()
		changed.Del(key)
		changed.Del(other)
		if got, want := linksOf(q).without(key, other), ui.PBXsURL(changed); got != want {
			t.Fatalf("without(%q, %q) = %q, want %q", key, other, got, want)
		}
		if value != "1" {
			changed.Set(key, value)
		}
		if got, want := linksOf(q).with(key, value, "1", other), ui.PBXsURL(changed); got != want {
			t.Fatalf("with(%q, %q, 1, %q) = %q, want %q", key, value, other, got, want)
		}
	})
}
