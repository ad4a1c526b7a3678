package parts

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"pgregory.net/rapid"
)

// render renders a page whose parts have the given texts, for a browser that shows the page with the given name.
func render(t *rapid.T, m *Memory, texts []string, shown string) string {
	var out strings.Builder
	ctx := With(t.Context(), m, shown)
	for i, text := range texts {
		child := templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
			_, err := fmt.Fprintf(w, "<p id=%q>%s</p>", fmt.Sprint("p", i), text)
			return err
		})
		if err := Part(fmt.Sprint("#p", i)).Render(templ.WithChildren(ctx, child), &out); err != nil {
			t.Fatal(err)
		}
	}
	if err := Name().Render(ctx, &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

var (
	carried = regexp.MustCompile(`data-parts="(.*?)"`)
	element = regexp.MustCompile(`<p id="(.*?)">.*?</p>`)
	left    = regexp.MustCompile(`<!--same #(.*?)-->`)
)

// TestUpdate checks that a page that a browser puts together from what it shows and from an update is the whole page,
// and that only what has changed is sent.
func TestUpdate(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(rapid.StringMatching(`[a-c]?`), 0, 12)
		before, after := texts.Draw(t, "before"), texts.Draw(t, "after")
		var m Memory
		old := render(t, &m, before, "")
		shown := map[string]string{}
		for _, m := range element.FindAllStringSubmatch(old, -1) {
			shown[m[1]] = m[0]
		}
		update := render(t, &m, after, carried.FindStringSubmatch(old)[1])
		for _, m := range element.FindAllStringSubmatch(update, -1) {
			if shown[m[1]] == m[0] {
				t.Fatalf("%s is sent again", m[0])
			}
		}
		got := left.ReplaceAllStringFunc(update, func(c string) string { return shown[left.FindStringSubmatch(c)[1]] })
		if want := render(t, &m, after, ""); got != want {
			t.Fatalf("put together:\n%s, want\n%s", got, want)
		}
	})
}

// TestUnknownName checks that names that aren't from this process, and values that aren't names, leave nothing out.
func TestUnknownName(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		shown := rapid.OneOf(rapid.String(), rapid.StringMatching(`-?[a-z0-9]{0,14}`)).Draw(t, "shown")
		texts := []string{"a", "b", ""}
		var m Memory
		if got, want := render(t, &m, texts, shown), render(t, &m, texts, ""); got != want {
			t.Fatalf("with %q:\n%s, want\n%s", shown, got, want)
		}
	})
}

// TestNoPage checks that a component that is rendered on its own leaves nothing out and carries no name.
func TestNoPage(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	ctx := templ.WithChildren(t.Context(), templ.Raw("<p></p>"))
	if err := Part("p").Render(ctx, &out); err != nil {
		t.Fatal(err)
	}
	if err := Name().Render(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	if out.String() != "<p></p>" || From(t.Context()).Shows(nil) {
		t.Errorf("rendered %s, want the part alone", out.String())
	}
}

// TestForgets checks that a memory keeps the pages that were sent last, and no more.
func TestForgets(t *testing.T) {
	t.Parallel()
	var m Memory
	first := m.keep([]uint64{1})
	for i := range uint64(mostPages - 1) {
		m.keep([]uint64{2, i})
		m.keep([]uint64{2, i}) // the same page again takes no place
	}
	if got := m.find(first); len(got) != 1 || len(m.pages) != mostPages {
		t.Errorf("of %d pages, the first has sums %v, want [1]", len(m.pages), got)
	}
	m.keep([]uint64{3})
	if got := m.find(first); got != nil || len(m.pages) != mostPages {
		t.Errorf("after one more, of %d pages, the first has sums %v, want none", len(m.pages), got)
	}
}
