package create

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"cordboard/fleet/input"
	"cordboard/ycm"
	"cordboard/ycm/ycmtest"
)

// goodForm returns a minimal form that the fake YCM accepts: everything that YCM requires, and nothing else.
func goodForm(subDomain string) Form {
	return Form{
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

// rule is a change to a good form that causes a problem or a warning, the field where it is reported, and its code. All
// rules but one are in testdata/rules.json, which the tests of handlers/newpbx also use.
type rule struct {
	Name    string
	Set     map[string]string // "" removes the field
	Long    map[string]int    // the number of characters to fill each field with
	Field   string
	Code    input.FindingCode
	Warning bool // the finding is a warning, which can be acknowledged
}

func rules(t testing.TB) []rule {
	t.Helper()
	content, err := os.ReadFile("testdata/rules.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []rule
	if err := json.Unmarshal(content, &all); err != nil {
		t.Fatal(err)
	}
	for i := range all {
		for name, n := range all[i].Long {
			all[i].Set[name] = strings.Repeat("x", n)
		}
	}
	// JSON can't contain invalid UTF-8, so this rule is not in the file.
	return append(
		all,
		rule{
			Name:  "a name that is not UTF-8",
			Set:   map[string]string{"name": "Acme \xff"},
			Field: "name",
			Code:  input.ControlCharacter,
		},
	)
}

func spoil(f Form, set map[string]string) Form {
	f = Form(maps.Clone(url.Values(f)))
	for name, v := range set {
		f.Set(name, v)
	}
	return f
}

func hasFinding(findings []input.Finding, field string, code input.FindingCode) bool {
	return slices.ContainsFunc(findings, func(f input.Finding) bool { return f.Field == field && f.Code == code })
}

// TestRules checks that each rule's finding is reported at the rule's field with its code, whether the rule is applied
// alone or together with an unrelated one.
func TestRules(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{})
	if d := b.creates.c.Rules.Validate(goodForm("acme"), time.UTC); len(d.Problems)+len(d.Warnings) != 0 {
		t.Fatalf("a good form: %+v %+v", d.Problems, d.Warnings)
	}
	look := func(form Form, broken ...rule) {
		t.Helper()
		d := b.creates.c.Rules.Validate(form, time.UTC)
		for _, r := range broken {
			findings := d.Problems
			if r.Warning {
				findings = d.Warnings
			}
			if !hasFinding(findings, r.Field, r.Code) {
				t.Errorf("%s: no finding %s for %s in %+v, %+v", r.Name, r.Code, r.Field, d.Problems, d.Warnings)
			}
			if r.Warning && len(broken) == 1 && len(d.Problems) > 0 {
				t.Errorf("%s: %+v, want a warning only", r.Name, d.Problems)
			}
		}
	}
	pairs, all := 0, rules(t)
	for i, r := range all {
		look(spoil(goodForm("acme"), r.Set), r)
		for _, other := range all[:i] {
			if related(r.Set, other.Set) {
				continue
			}
			pairs++
			look(spoil(spoil(goodForm("acme"), other.Set), r.Set), r, other)
		}
	}
	if pairs < 1000 {
		t.Errorf("%d pairs, want all", pairs)
	}
}

// TestTooManyCustomers checks that a form with one customer more than allowed is rejected.
func TestTooManyCustomers(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{})
	form := goodForm("acme")
	for i := range input.MaxCustomers {
		form["customerIds"] = append(form["customerIds"], fmt.Sprint(i+1))
	}
	want := []input.Finding{{Field: "customerIds", Code: input.TooManyChosen, Limit: 500}}
	if diff := cmp.Diff(want, b.creates.c.Rules.Validate(form, time.UTC).Problems); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

// related reports whether two rules set the same field, or whether each sets at least one of the region, the firmware
// and the domain. In the second case, one rule can hide the other, because a region's options can't be checked without
// the region.
func related(a, b map[string]string) bool {
	for name := range a {
		if hasKey(b, name) {
			return true
		}
	}
	place := func(m map[string]string) bool {
		return hasKey(m, "regionId") || hasKey(m, "versionId") || hasKey(m, "domainId")
	}
	return place(a) && place(b)
}

func hasKey(m map[string]string, key string) bool {
	_, ok := m[key]
	return ok
}

// TestWhatHasNoEffect checks that settings without effect are sent as off or zero, or left out, and cause no finding.
func TestWhatHasNoEffect(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{})
	for _, tt := range []struct {
		name string
		set  map[string]string
		want func(ycm.CreateCloudPBXRequest) bool
	}{
		{
			"superior login without passwordless login",
			map[string]string{"allowSuperiorPasswordlessLogin": "Enabled"},
			func(r ycm.CreateCloudPBXRequest) bool { return r.AllowSuperiorPasswordlessLogin == "Disabled" },
		},
		{
			"superior login with it",
			map[string]string{"allowSuperiorPasswordlessLogin": "Enabled", "passwordlessLogin": "Enabled"},
			func(r ycm.CreateCloudPBXRequest) bool { return r.AllowSuperiorPasswordlessLogin == "Enabled" },
		},
		{"a choice without a date", map[string]string{
			"allowRunAfterExpirationDate": "true",
		}, func(r ycm.CreateCloudPBXRequest) bool {
			return r.AllowRunAfterExpirationDate == nil && r.ExpirationDate == nil
		}},
		{
			"no transcription minutes",
			map[string]string{"transcriptionCapacity": "0"},
			func(r ycm.CreateCloudPBXRequest) bool { return r.TranscriptionCapacity == nil },
		},
		{"no template", map[string]string{
			"provisioningViaTemplate": "Enabled",
		}, func(r ycm.CreateCloudPBXRequest) bool {
			return r.ProvisionTemplateID == nil && r.ProvisioningViaTemplate == "Enabled"
		}},
		{"no recording minutes while it is off", map[string]string{
			"recordingCapacity": "",
		}, func(r ycm.CreateCloudPBXRequest) bool {
			return r.RecordingStatus == "Disabled" && r.RecordingCapacity == 0
		}},
	} {
		d := b.creates.c.Rules.Validate(spoil(goodForm("acme"), tt.set), time.UTC)
		if len(d.Problems)+len(d.Warnings) != 0 || !tt.want(d.Request) {
			t.Errorf("%s: %+v %+v %+v", tt.name, d.Request, d.Problems, d.Warnings)
		}
	}
}

// TestDatesEndWithTheirDay checks that an expiration date is sent as the last second of its day in the form's zone, and
// that a date that has passed in that zone is rejected. Some of the days have clock changes, and one is the end of a
// year.
func TestDatesEndWithTheirDay(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{})
	for _, tt := range []struct{ zone, day, want string }{
		{"UTC", "2026-03-17", "2026-03-17T23:59:59Z"}, // today
		{"Europe/Amsterdam", "2026-03-29", "2026-03-29T21:59:59Z"},
		{"Europe/Amsterdam", "2026-10-25", "2026-10-25T22:59:59Z"},
		{"America/Sao_Paulo", "2026-12-31", "2027-01-01T02:59:59Z"},
		{"Pacific/Kiritimati", "2026-03-18", "2026-03-18T09:59:59Z"}, // already tomorrow there
		{"America/Santiago", "2027-09-05", "2027-09-06T02:59:59Z"},   // clocks skip the midnight that begins this day
		{"America/Santiago", "2027-09-04", "2027-09-05T03:59:59Z"},   // clocks skip the midnight that ends this day
		{"America/Santiago", "2027-04-03", "2027-04-04T03:59:59Z"},   // the last hour of this day occurs twice
		{"Africa/Cairo", "2026-04-24", "2026-04-24T20:59:59Z"},       // clocks skip the midnight that begins this day
	} {
		zone, err := time.LoadLocation(tt.zone)
		if err != nil {
			t.Fatal(err)
		}
		d := b.creates.c.Rules.Validate(
			spoil(
				goodForm("acme"),
				map[string]string{"expirationDate": tt.day, "allowRunAfterExpirationDate": "false"},
			),
			zone,
		)
		if len(d.Problems) > 0 {
			t.Errorf("%s in %s: %+v", tt.day, tt.zone, d.Problems)
			continue
		}
		if got := time.Unix(*d.Request.ExpirationDate, 0).UTC().Format(time.RFC3339); got != tt.want {
			t.Errorf("the end of %s in %s = %s, want %s", tt.day, tt.zone, got, tt.want)
		}
	}
	kiritimati, _ := time.LoadLocation("Pacific/Kiritimati")
	if d := b.creates.c.Rules.Validate(
		spoil(
			goodForm("acme"),
			map[string]string{"expirationDate": "2026-03-17", "allowRunAfterExpirationDate": "false"},
		),
		kiritimati,
	); !hasFinding(d.Problems, "expirationDate", input.DatePassed) {
		t.Error("a date that has passed in the form's zone is accepted")
	}
}

// drawForm draws a random valid form.
func drawForm(t *rapid.T) Form {
	f := goodForm(rapid.StringMatching(`[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?`).Draw(t, "subDomain"))
	set := func(name, v string) { f.Set(name, v) }
	set("name", rapid.StringMatching(`[\p{Latin}\p{Nd}]([^\pC\pZ�]{0,40}[^\pC\s�])?`).Draw(t, "name"))
	set("plan", rapid.SampledFrom([]string{"Enterprise Plan", "Ultimate Plan"}).Draw(t, "plan"))
	set("extensionCapacity", fmt.Sprint(rapid.IntRange(10, 500).Draw(t, "extensions")))
	set("concurrentCallCapacity", fmt.Sprint(rapid.IntRange(1, 100_000).Draw(t, "calls")))
	if rapid.Bool().Draw(t, "recording") {
		set("recordingStatus", "Enabled")
		set("recordingCapacity", fmt.Sprint(rapid.IntRange(1, 100_000_000).Draw(t, "minutes")))
	}
	if rapid.Bool().Draw(t, "transcription") {
		set("transcriptionCapacity", fmt.Sprint(rapid.IntRange(0, 1000).Draw(t, "transcribed")))
	}
	place := rapid.SampledFrom([][3]string{
		{"1", "11", "788"},
		{"1", "12", "781"},
		{"2", "21", "772"},
		{"3", "31", "788"},
		{"4", "41", "781"},
	}).
		Draw(t, "place")
	set("regionId", place[0])
	set("domainId", place[1])
	set("versionId", place[2])
	set("type", rapid.SampledFrom([]string{"Trial", "Commercial"}).Draw(t, "type"))
	if f.Get("type") == "Trial" || rapid.Bool().Draw(t, "dated") {
		set("expirationDate", noon.AddDate(0, 0, rapid.IntRange(0, 2000).Draw(t, "days")).Format(time.DateOnly))
		set("allowRunAfterExpirationDate", rapid.SampledFrom([]string{"true", "false"}).Draw(t, "keep"))
	}
	f["customerIds"] = nil
	for _, i := range rapid.SliceOfNDistinct(rapid.IntRange(0, 136), 1, 5, rapid.ID).Draw(t, "customers") {
		f["customerIds"] = append(f["customerIds"], fmt.Sprint(50086182+37*i))
	}
	for _, name := range []string{
		"upgradeInPbx",
		"im",
		"passwordlessLogin",
		"allowSuperiorPasswordlessLogin",
		"provisioningViaTemplate",
	} {
		set(name, rapid.SampledFrom([]string{"", "Enabled"}).Draw(t, name))
	}
	if f.IsOn("provisioningViaTemplate") && rapid.Bool().Draw(t, "template") {
		set("provisionTemplateId", rapid.SampledFrom([]string{"306", "307", "311", "3933"}).Draw(t, "templateId"))
	}
	return f
}

// TestBody checks that the requests of 1,000 random valid forms conform to openapi.yaml, have optional members only if
// the forms have their values, and can be converted back to forms.
func TestBody(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{})
	doc, err := openapi3.NewLoader().LoadFromFile("../../../ycm/testdata/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	schema := doc.Components.Schemas["CreateCloudPbxRequest"].Value
	amsterdam, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for i := range 1000 {
		form := rapid.Custom(drawForm).Example(i)
		d := b.creates.c.Rules.Validate(form, amsterdam)
		if len(d.Problems)+len(d.Warnings) > 0 {
			t.Fatalf("%v: %+v %+v", form, d.Problems, d.Warnings)
		}
		body, err := json.Marshal(d.Request)
		if err != nil {
			t.Fatal(err)
		}
		var members map[string]any
		if err := json.Unmarshal(body, &members); err != nil {
			t.Fatal(err)
		}
		if err := schema.VisitJSON(members); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		for name := range members {
			if _, known := schema.Properties[name]; !known {
				t.Errorf("the API has no member %s", name)
			}
		}
		for _, name := range []string{
			"transcriptionCapacity",
			"expirationDate",
			"allowRunAfterExpirationDate",
			"provisionTemplateId",
		} {
			typed := form.Get(name)
			if name == "allowRunAfterExpirationDate" {
				typed = form.Get("expirationDate")
			}
			if _, sent := members[name]; sent != (typed != "" && typed != "0") {
				t.Errorf("%s was typed as %q; sent: %t", name, form.Get(name), sent)
			}
		}
		// Converting the request to a form and validating that form gives the same request.
		back := FormOfOperation(storedOperation(body), amsterdam)
		again := b.creates.c.Rules.Validate(back, amsterdam)
		if diff := cmp.Diff(d.Request, again.Request); diff != "" {
			t.Errorf("form from the request (-typed +from request):\n%s", diff)
		}
		seen++
	}
	if seen != 1000 {
		t.Errorf("%d forms, want 1,000", seen)
	}
}
