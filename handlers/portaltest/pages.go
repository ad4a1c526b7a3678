package portaltest

import (
	"maps"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// GoodForm returns a form for a new PBX with the given subdomain. The fake YCM accepts its values.
func GoodForm(subDomain string) url.Values {
	return url.Values{
		"name": {
			"Acme",
		},
		"plan":                   {"Enterprise Plan"},
		"extensionCapacity":      {"20"},
		"concurrentCallCapacity": {"5"},
		"recordingCapacity":      {"0"},
		"regionId": {
			"1",
		},
		"subDomain":   {subDomain},
		"domainId":    {"11"},
		"versionId":   {"788"},
		"type":        {"Commercial"},
		"customerIds": {"50086182"},
	}
}

// LinkIn returns the token of the one-time link on r's page, or on the page that r redirects to.
func LinkIn(t testing.TB, r Response) string {
	t.Helper()
	text, _ := r.Followed().Doc(t).Find("#link [data-copy]").Attr("data-copy")
	u, err := url.Parse(text)
	if err != nil || u.Query().Get("token") == "" {
		t.Fatalf("the page shows no link (status %d):\n%s", r.StatusCode, r.Text)
	}
	return u.Query().Get("token")
}

// ShownIn returns the values that a browser would post for the form with the given selector, but without empty values.
func ShownIn(d *goquery.Document, form string) url.Values {
	v := url.Values{}
	d.Find(form + " input, " + form + " select").Each(func(_ int, s *goquery.Selection) {
		name, _ := s.Attr("name")
		value, _ := s.Attr("value")
		kind, _ := s.Attr("type")
		_, checked := s.Attr("checked")
		switch {
		case goquery.NodeName(s) == "select":
			value, _ = s.Find("option[selected]").Attr("value")
		case (kind == "checkbox" || kind == "radio") && !checked:
			return
		}
		if value != "" {
			v.Add(name, value)
		}
	})
	return v
}

// With returns a copy of a form with changes. The value "" removes a field.
func With(form url.Values, changes ...map[string]string) url.Values {
	form = maps.Clone(form)
	for _, set := range changes {
		for name, v := range set {
			if form.Del(name); v != "" {
				form.Set(name, v)
			}
		}
	}
	return form
}

// WithoutBOM returns a CSV file's text without its byte order mark. It fails the test if the mark is missing.
func WithoutBOM(t testing.TB, body string) string {
	t.Helper()
	text, ok := strings.CutPrefix(body, "\ufeff")
	if !ok {
		t.Errorf("no byte order mark: %.40q", body)
	}
	return text
}

// Attr returns the value of an attribute, or "(none)" if the attribute is missing.
func Attr(s *goquery.Selection, name string) string { return s.AttrOr(name, "(none)") }

// Lines returns the lines of a CSV file with one column and no quoted values.
func Lines(csv string) []string {
	return strings.Split(strings.TrimSuffix(strings.TrimPrefix(csv, "\ufeff"), "\r\n"), "\r\n")
}
