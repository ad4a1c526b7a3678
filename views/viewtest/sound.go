package viewtest

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"
)

// hostile is text that would become markup or a script if a page didn't escape it.
const hostile = `"><script>alert(1)</script><b onclick='alert(2)'>&lt;`

// Page checks what every page must have, whatever its content: unique IDs, valid references to IDs, names for all
// controls, and escaped text. The page's model has all texts set, two items in every list, and every switch on. Page
// also renders the zero model, which must not panic.
func Page[T any](t *testing.T, name string, c func(T) templ.Component) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		for _, problem := range unsound(render(t, c(filled[T]("word")))) {
			t.Error(problem)
		}
		render(t, c(*new(T)))
	})
	Part(t, name+" with hostile texts", c)
}

// Part checks that a component escapes its text. Unlike a page, a component may refer to IDs outside itself.
func Part[T any](t *testing.T, name string, c func(T) templ.Component) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		for _, problem := range unescaped(render(t, c(filled[T](hostile)))) {
			t.Error(problem)
		}
	})
}

// filled returns a model in which each string is the given text followed by a unique number.
func filled[T any](text string) (model T) {
	n := 0
	fill(reflect.ValueOf(&model).Elem(), func() string { n++; return fmt.Sprint(text, n) })
	return model
}

func render(t *testing.T, c templ.Component) *goquery.Document {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(t.Context(), &b); err != nil {
		t.Fatalf("render: %v", err)
	}
	d, err := goquery.NewDocumentFromReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// fill sets v, or each exported field if v is a struct: strings to text(), integers to 1, booleans to true, and
// pointers, slices and maps to filled ones.
func fill(v reflect.Value, text func() string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text())
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(1)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), text)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0), text)
		fill(v.Index(1), text)
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, text)
		fill(value, text)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i), text)
			}
		}
	default:
		panic(fmt.Sprintf("viewtest: no value for a %s", v.Type()))
	}
}

// unsound returns what is wrong with a page's HTML: IDs that occur more than once, references to IDs that don't exist,
// and form controls and links that have no name.
func unsound(d *goquery.Document) (problems []string) {
	ids := map[string]int{}
	d.Find("[id]").Each(func(_ int, s *goquery.Selection) {
		id := s.AttrOr("id", "")
		if ids[id]++; ids[id] == 2 {
			problems = append(problems, "the ID "+id+" occurs twice")
		}
	})
	for _, name := range []string{"for", "aria-labelledby", "aria-describedby", "aria-controls", "form", "list"} {
		d.Find("[" + name + "]").Not("output").Each(func(_ int, s *goquery.Selection) {
			for _, id := range strings.Fields(s.AttrOr(name, "")) {
				if ids[id] == 0 {
					problems = append(problems, fmt.Sprintf("%s refers to %s, which doesn't exist: %.200s", name, id, outer(s)))
				}
			}
		})
	}
	d.Find("input, select, textarea, button, a[href]").Each(func(_ int, s *goquery.Selection) {
		if !isNamed(d, s) {
			problems = append(problems, fmt.Sprintf("no name: %.200s", outer(s)))
		}
	})
	return problems
}

func outer(s *goquery.Selection) string {
	html, _ := goquery.OuterHtml(s)
	return strings.Join(strings.Fields(html), " ")
}

// isNamed reports whether a control has a name that a screen reader can read, or is hidden from screen readers.
func isNamed(d *goquery.Document, s *goquery.Selection) bool {
	if s.AttrOr("type", "") == "hidden" || s.AttrOr("aria-hidden", "") == "true" || s.AttrOr("aria-label", "") != "" ||
		s.AttrOr("aria-labelledby", "") != "" {
		return true
	}
	if goquery.NodeName(s) == "a" || goquery.NodeName(s) == "button" {
		return strings.TrimSpace(s.Text()) != ""
	}
	if label := s.Closest("label"); strings.TrimSpace(label.Text()) != "" {
		return true
	}
	id := s.AttrOr("id", "")
	labels := d.Find("label[for]").FilterFunction(func(_ int, l *goquery.Selection) bool {
		return id != "" && l.AttrOr("for", "") == id
	})
	return strings.TrimSpace(labels.Text()) != ""
}

// unescaped returns the places where text became markup, an event handler or a javascript: URL.
func unescaped(d *goquery.Document) (problems []string) {
	d.Find("script, b").Each(func(_ int, s *goquery.Selection) {
		if strings.HasPrefix(s.Text(), "alert(") || s.AttrOr("onclick", "") != "" {
			problems = append(problems, fmt.Sprintf("text became markup: %.200s", outer(s.Parent())))
		}
	})
	d.Find("*").Each(func(_ int, s *goquery.Selection) {
		for _, a := range s.Get(0).Attr {
			if strings.HasPrefix(a.Key, "on") {
				problems = append(problems, fmt.Sprintf("an event handler: %.200s", outer(s)))
			}
			if strings.HasPrefix(strings.ToLower(strings.TrimSpace(a.Val)), "javascript:") {
				problems = append(problems, fmt.Sprintf("a script as a URL: %.200s", outer(s)))
			}
		}
	})
	return problems
}
