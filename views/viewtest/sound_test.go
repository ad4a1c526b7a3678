package viewtest

import (
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"
)

func parse(t *testing.T, html string) *goquery.Document {
	t.Helper()
	d, err := goquery.NewDocumentFromReader(strings.NewReader("<body>" + html + "</body>"))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestUnsound checks that each kind of mistake is found, and that none is found in correct HTML.
func TestUnsound(t *testing.T) {
	t.Parallel()
	for html, want := range map[string]string{
		`<p id="a"></p><p id="b"></p>`:                                         "",
		`<p id="a"></p><i id="a"></i><b id="a"></b>`:                           "the ID a occurs twice",
		`<label for="x">Name</label><input id="x">`:                            "",
		`<label for="y">Name</label><input id="x" aria-label="Name">`:          "for refers to y",
		`<section aria-labelledby="h g"><h2 id="h">H</h2></section>`:           "aria-labelledby refers to g",
		`<input aria-label="A" aria-describedby="p"><p id="p">Hint</p>`:        "",
		`<input aria-label="A" aria-describedby="q">`:                          "aria-describedby refers to q",
		`<button aria-label="Menu" aria-controls="m"></button>`:                "aria-controls refers to m",
		`<output for="elsewhere">3</output>`:                                   "",
		`<input type="hidden" name="x"><input aria-hidden="true" name="user">`: "",
		`<input name="x">`:                               "no name",
		`<label>Name <input name="x"></label>`:           "",
		`<label> <input name="x"></label>`:               "no name",
		`<label for="x"></label><input id="x">`:          "no name",
		`<select id="s"></select>`:                       "no name",
		`<button> </button>`:                             "no name",
		`<button>Save</button>`:                          "",
		`<a href="/x"><svg></svg></a>`:                   "no name",
		`<a href="/x" aria-label="Home"><svg></svg></a>`: "",
		`<a name="x"></a>`:                               "", // not a link
	} {
		got := strings.Join(unsound(parse(t, html)), "; ")
		if (got == "") != (want == "") || !strings.Contains(got, want) || strings.Count(got, ";") > 0 {
			t.Errorf("unsound(%s) = %q, want %q", html, got, want)
		}
	}
}

// TestUnescaped checks that unescaped text, event handlers and javascript: URLs are found, and that escaped text is
// accepted.
func TestUnescaped(t *testing.T) {
	t.Parallel()
	escaped := strings.NewReplacer("<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;").Replace(hostile)
	for html, bad := range map[string]bool{
		"<p>" + escaped + "</p>":                false,
		`<input value="` + escaped + `">`:       false,
		"<p>" + hostile + "</p>":                true,
		`<input value="` + hostile + `">`:       true,
		`<p onmouseover="x()">a</p>`:            true,
		`<a href="javascript:alert(1)">a</a>`:   true,
		`<a href=" JavaScript:alert(1)">a</a>`:  true,
		`<a href="/javascript:x">a</a>`:         false,
		`<b>bold</b><script src="/x"></script>`: false,
	} {
		if got := unescaped(parse(t, html)); (len(got) > 0) != bad {
			t.Errorf("unescaped(%s) = %q, want some: %t", html, got, bad)
		}
	}
}

// TestFilled checks that every exported field of a model is set, and that no two texts are the same. It also checks
// that an unsupported type causes a panic.
func TestFilled(t *testing.T) {
	t.Parallel()
	type item struct {
		Name string
		On   bool
	}
	type model struct {
		item

		Title string
		Count int
		Items []item
		First *item
		ByKey map[string]string
	}
	got := filled[model]("x")
	want := model{
		Title: "x1", Count: 1, Items: []item{{"x2", true}, {"x3", true}}, First: &item{"x4", true},
		ByKey: map[string]string{"x5": "x6"},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(model{}, item{})); diff != "" {
		t.Errorf("filled model (-want +got):\n%s", diff)
	}
	defer func() {
		if recover() == nil {
			t.Error("a model with a channel was filled")
		}
	}()
	filled[struct{ C chan int }]("x")
}
