package fleet

import (
	"cordboard/ycm"
	"cordboard/ycm/ycmtest"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// goodForm is one that the fake takes: everything that YCM requires, and no more.
func goodForm(subDomain string) Form {
	return Form{
		"name": {"Acme"}, "plan": {"Enterprise Plan"}, "extensionCapacity": {"20"}, "concurrentCallCapacity": {"5"}, "recordingCapacity": {"0"},
		"regionId": {"1"}, "subDomain": {subDomain}, "domainId": {"11"}, "versionId": {"788"}, "type": {"Commercial"}, "customerIds": {"50086182"},
	}
}

// rules are ways to spoil a good form, each with the field that is told of it. Those that change the same fields are not
// tried in one form.
var rules = []struct {
	name    string
	set     map[string]string // "" takes the field away
	field   string
	warning bool
}{
	{"no name", map[string]string{"name": ""}, "name", false},
	{"a name of spaces", map[string]string{"name": "   "}, "name", false},
	{"a name of 10,000 characters", map[string]string{"name": strings.Repeat("x", 10_000)}, "name", false},
	{"a name with a control character", map[string]string{"name": "Acme\x00Ltd"}, "name", false},
	{"a name of two lines", map[string]string{"name": "Acme\r\nLtd"}, "name", false},
	{"a name that turns around", map[string]string{"name": "Acme \u202eLtd"}, "name", false},
	{"a name that is no UTF-8", map[string]string{"name": "Acme \xff"}, "name", false},
	{"no customer", map[string]string{"customerIds": ""}, "customerIds", false},
	{"a customer of no look-up", map[string]string{"customerIds": "1"}, "customerIds", false},
	{"a customer that is no id", map[string]string{"customerIds": "Acme"}, "customerIds", false},
	{"a customer beyond int64", map[string]string{"customerIds": "99999999999999999999"}, "customerIds", false},
	{"a reason that is too long", map[string]string{"reason": strings.Repeat("r", 201)}, "reason", false},
	{"no region", map[string]string{"regionId": ""}, "regionId", false},
	{"a region of no look-up", map[string]string{"regionId": "99"}, "regionId", false},
	{"a region below 0", map[string]string{"regionId": "-1"}, "regionId", false},
	{"no firmware", map[string]string{"versionId": ""}, "versionId", false},
	{"a firmware of another region", map[string]string{"versionId": "757"}, "versionId", false},
	{"a firmware of no look-up", map[string]string{"versionId": "1"}, "versionId", false},
	{"no domain", map[string]string{"domainId": ""}, "domainId", false},
	{"a domain of another region", map[string]string{"domainId": "21"}, "domainId", false},
	{"a domain beyond int32", map[string]string{"domainId": "4294967307"}, "domainId", false},
	{"no sub-domain", map[string]string{"subDomain": ""}, "subDomain", false},
	{"a space in it", map[string]string{"subDomain": "ac me"}, "subDomain", false},
	{"a dot in it", map[string]string{"subDomain": "ac.me"}, "subDomain", false},
	{"an umlaut in it", map[string]string{"subDomain": "größe"}, "subDomain", false},
	{"a hyphen in front", map[string]string{"subDomain": "-acme"}, "subDomain", false},
	{"64 characters", map[string]string{"subDomain": strings.Repeat("a", 64)}, "subDomain", false},
	{"no plan", map[string]string{"plan": ""}, "plan", false},
	{"a plan that is none of the API's words", map[string]string{"plan": "Platinum Plan"}, "plan", false},
	{"a plan in other letters", map[string]string{"plan": "enterprise plan"}, "plan", false},
	{"no extensions", map[string]string{"extensionCapacity": ""}, "extensionCapacity", false},
	{"0 extensions", map[string]string{"extensionCapacity": "0"}, "extensionCapacity", false},
	{"501 extensions", map[string]string{"extensionCapacity": "501"}, "extensionCapacity", false},
	{"-5 extensions", map[string]string{"extensionCapacity": "-5"}, "extensionCapacity", false},
	{"20.5 extensions", map[string]string{"extensionCapacity": "20.5"}, "extensionCapacity", false},
	{"2e1 extensions", map[string]string{"extensionCapacity": "2e1"}, "extensionCapacity", false},
	{"extensions beyond int64", map[string]string{"extensionCapacity": "92233720368547758070"}, "extensionCapacity", false},
	{"no calls", map[string]string{"concurrentCallCapacity": ""}, "concurrentCallCapacity", false},
	{"0 calls", map[string]string{"concurrentCallCapacity": "0"}, "concurrentCallCapacity", false},
	{"1,000,000,000 calls", map[string]string{"concurrentCallCapacity": "1000000000"}, "concurrentCallCapacity", false},
	{"many calls, in words", map[string]string{"concurrentCallCapacity": "many"}, "concurrentCallCapacity", false},
	{"recording on without minutes", map[string]string{"recordingStatus": "Enabled", "recordingCapacity": ""}, "recordingCapacity", false},
	{"recording on with 0 minutes", map[string]string{"recordingStatus": "Enabled", "recordingCapacity": "0"}, "recordingCapacity", false},
	{"recording off with minutes", map[string]string{"recordingStatus": "", "recordingCapacity": "500"}, "recordingStatus", false},
	{"recording half on", map[string]string{"recordingStatus": "on", "recordingCapacity": "0"}, "recordingStatus", false},
	{"-1 minutes", map[string]string{"recordingStatus": "Enabled", "recordingCapacity": "-1"}, "recordingCapacity", false},
	{"-1 minutes of transcription", map[string]string{"transcriptionCapacity": "-1"}, "transcriptionCapacity", false},
	{"1e9 minutes of transcription", map[string]string{"transcriptionCapacity": "1000000000"}, "transcriptionCapacity", false},
	{"no type", map[string]string{"type": ""}, "type", false},
	{"a type of nobody's", map[string]string{"type": "Demo"}, "type", false},
	{"a date without a choice", map[string]string{"expirationDate": "2027-03-31", "allowRunAfterExpirationDate": ""}, "allowRunAfterExpirationDate", false},
	{"a date with a choice of nobody's", map[string]string{"expirationDate": "2027-03-31", "allowRunAfterExpirationDate": "yes"}, "allowRunAfterExpirationDate", false},
	{"yesterday", map[string]string{"expirationDate": "2026-03-16", "allowRunAfterExpirationDate": "true"}, "expirationDate", false},
	{"a day that no month has", map[string]string{"expirationDate": "2027-02-30", "allowRunAfterExpirationDate": "true"}, "expirationDate", false},
	{"a date of another writing", map[string]string{"expirationDate": "31.03.2027", "allowRunAfterExpirationDate": "true"}, "expirationDate", false},
	{"the year 9999", map[string]string{"expirationDate": "9999-12-31", "allowRunAfterExpirationDate": "true"}, "expirationDate", false},
	{"a switch of nobody's", map[string]string{"im": "yes"}, "im", false},
	{"another switch of nobody's", map[string]string{"upgradeInPbx": "true"}, "upgradeInPbx", false},
	{"a template while that is off", map[string]string{"provisioningViaTemplate": "", "provisionTemplateId": "306"}, "provisionTemplateId", false},
	{"a template of no look-up", map[string]string{"provisioningViaTemplate": "Enabled", "provisionTemplateId": "1"}, "provisionTemplateId", false},

	{"fewer extensions than the account's least", map[string]string{"extensionCapacity": "5"}, "extensionCapacity", true},
	{"a trial without a date", map[string]string{"type": "Trial", "expirationDate": ""}, "expirationDate", true},
	{"chat on an old firmware", map[string]string{"im": "Enabled", "regionId": "2", "domainId": "21", "versionId": "757"}, "im", true},
	{"transcription on an old firmware", map[string]string{"transcriptionCapacity": "60", "versionId": "764"}, "transcriptionCapacity", true},
}

// formBench is a fleet with its look-ups read.
func formBench(t testing.TB, c ycmtest.Config) *bench {
	t.Helper()
	c.Plain = true
	b := newBench(t, c)
	b.fleet.minExtensions = 10
	b.fleet.Reload(t.Context(), LookUps...)
	return b
}

func spoil(f Form, set map[string]string) Form {
	f = Form(maps.Clone(url.Values(f)))
	for name, v := range set {
		f.Set(name, v)
	}
	return f
}

func told(findings []Finding, field string) bool {
	return slices.ContainsFunc(findings, func(f Finding) bool { return f.Field == field && f.Text != "" })
}

// TestRules: each rule alone, and each pair of rules that don't speak of the same fields, is told at its field.
func TestRules(t *testing.T) {
	b := formBench(t, ycmtest.Config{})
	if d := b.fleet.Judge(goodForm("acme"), time.UTC); len(d.Problems)+len(d.Warnings) != 0 {
		t.Fatalf("a good form: %+v %+v", d.Problems, d.Warnings)
	}
	look := func(form Form, broken ...int) {
		t.Helper()
		d := b.fleet.Judge(form, time.UTC)
		for _, i := range broken {
			r := rules[i]
			if r.warning && !told(d.Warnings, r.field) || !r.warning && !told(d.Problems, r.field) {
				t.Errorf("%s: nothing of %s in %+v, %+v", r.name, r.field, d.Problems, d.Warnings)
			}
			if r.warning && len(broken) == 1 && len(d.Problems) > 0 {
				t.Errorf("%s: %+v, want a warning only", r.name, d.Problems)
			}
		}
	}
	pairs := 0
	for i, r := range rules {
		look(spoil(goodForm("acme"), r.set), i)
		for j := range i {
			apart := true
			for name := range r.set {
				_, both := rules[j].set[name]
				apart = apart && !both
			}
			if related(r.set, rules[j].set) || !apart {
				continue
			}
			pairs++
			look(spoil(spoil(goodForm("acme"), rules[j].set), r.set), i, j)
		}
	}
	if pairs < 1000 {
		t.Errorf("%d pairs, want all", pairs)
	}
}

// related are rules of which one hides the other: what a region offers can't be told without the region, nor a firmware's age without the firmware.
func related(a, b map[string]string) bool {
	place := func(m map[string]string) bool {
		return m["regionId"] != "" || m["versionId"] != "" || hasKey(m, "regionId") || hasKey(m, "versionId") || hasKey(m, "domainId")
	}
	return place(a) && place(b)
}

func hasKey(m map[string]string, key string) bool {
	_, ok := m[key]
	return ok
}

// TestWhatHasNoEffect: posted apart from what it depends on, it is sent as off.
func TestWhatHasNoEffect(t *testing.T) {
	b := formBench(t, ycmtest.Config{})
	for _, tt := range []struct {
		name string
		set  map[string]string
		want func(ycm.CreateCloudPBXRequest) bool
	}{
		{"superior login without passwordless login", map[string]string{"allowSuperiorPasswordlessLogin": "Enabled"}, func(r ycm.CreateCloudPBXRequest) bool { return r.AllowSuperiorPasswordlessLogin == "Disabled" }},
		{"superior login with it", map[string]string{"allowSuperiorPasswordlessLogin": "Enabled", "passwordlessLogin": "Enabled"}, func(r ycm.CreateCloudPBXRequest) bool { return r.AllowSuperiorPasswordlessLogin == "Enabled" }},
		{"a choice without a date", map[string]string{"allowRunAfterExpirationDate": "true"}, func(r ycm.CreateCloudPBXRequest) bool {
			return r.AllowRunAfterExpirationDate == nil && r.ExpirationDate == nil
		}},
		{"no minutes of transcription", map[string]string{"transcriptionCapacity": "0"}, func(r ycm.CreateCloudPBXRequest) bool { return r.TranscriptionCapacity == nil }},
		{"no template", map[string]string{"provisioningViaTemplate": "Enabled"}, func(r ycm.CreateCloudPBXRequest) bool {
			return r.ProvisionTemplateID == nil && r.ProvisioningViaTemplate == "Enabled"
		}},
		{"no minutes of recording while it is off", map[string]string{"recordingCapacity": ""}, func(r ycm.CreateCloudPBXRequest) bool {
			return r.RecordingStatus == "Disabled" && r.RecordingCapacity == 0
		}},
	} {
		d := b.fleet.Judge(spoil(goodForm("acme"), tt.set), time.UTC)
		if len(d.Problems)+len(d.Warnings) != 0 || !tt.want(d.Request) {
			t.Errorf("%s: %+v %+v %+v", tt.name, d.Request, d.Problems, d.Warnings)
		}
	}
}

// TestDatesEndWithTheirDay: the last second of the day in the form's zone, over changes of the clocks and the end of a year.
func TestDatesEndWithTheirDay(t *testing.T) {
	b := formBench(t, ycmtest.Config{})
	for _, tt := range []struct{ zone, day, want string }{
		{"UTC", "2026-03-17", "2026-03-17T23:59:59Z"}, // today
		{"Europe/Amsterdam", "2026-03-29", "2026-03-29T21:59:59Z"},
		{"Europe/Amsterdam", "2026-10-25", "2026-10-25T22:59:59Z"},
		{"America/Sao_Paulo", "2026-12-31", "2027-01-01T02:59:59Z"},
		{"Pacific/Kiritimati", "2026-03-18", "2026-03-18T09:59:59Z"}, // already tomorrow there
		{"Africa/Cairo", "2026-04-24", "2026-04-24T20:59:59Z"},       // its clocks skip midnight
	} {
		zone, err := time.LoadLocation(tt.zone)
		if err != nil {
			t.Fatal(err)
		}
		d := b.fleet.Judge(spoil(goodForm("acme"), map[string]string{"expirationDate": tt.day, "allowRunAfterExpirationDate": "false"}), zone)
		if len(d.Problems) > 0 {
			t.Errorf("%s in %s: %+v", tt.day, tt.zone, d.Problems)
			continue
		}
		if got := time.Unix(*d.Request.ExpirationDate, 0).UTC().Format(time.RFC3339); got != tt.want {
			t.Errorf("the end of %s in %s = %s, want %s", tt.day, tt.zone, got, tt.want)
		}
	}
	kiritimati, _ := time.LoadLocation("Pacific/Kiritimati")
	if d := b.fleet.Judge(spoil(goodForm("acme"), map[string]string{"expirationDate": "2026-03-17", "allowRunAfterExpirationDate": "false"}), kiritimati); !told(d.Problems, "expirationDate") {
		t.Error("a day that has passed in the form's zone is taken")
	}
}

// drawForm draws any valid form.
func drawForm(t *rapid.T) Form {
	f := goodForm(rapid.StringMatching(`[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?`).Draw(t, "subDomain"))
	set := func(name, v string) { f.Set(name, v) }
	set("name", rapid.StringMatching(`[^\pC\s�]([^\pC\pZ�]{0,40}[^\pC\s�])?`).Draw(t, "name"))
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
	place := rapid.SampledFrom([][3]string{{"1", "11", "788"}, {"1", "12", "781"}, {"2", "21", "772"}, {"3", "31", "788"}, {"4", "41", "781"}}).Draw(t, "place")
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
	for _, name := range []string{"upgradeInPbx", "im", "passwordlessLogin", "allowSuperiorPasswordlessLogin", "provisioningViaTemplate"} {
		set(name, rapid.SampledFrom([]string{"", "Enabled"}).Draw(t, name))
	}
	if f.IsOn("provisioningViaTemplate") && rapid.Bool().Draw(t, "template") {
		set("provisionTemplateId", rapid.SampledFrom([]string{"306", "307", "311", "3933"}).Draw(t, "templateId"))
	}
	return f
}

// TestBody: the JSON of any valid form is as openapi.yaml has it, and says what the form said.
func TestBody(t *testing.T) {
	b := formBench(t, ycmtest.Config{})
	doc, err := openapi3.NewLoader().LoadFromFile("../ycm/testdata/openapi.yaml")
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
		d := b.fleet.Judge(form, amsterdam)
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
		for _, name := range []string{"transcriptionCapacity", "expirationDate", "allowRunAfterExpirationDate", "provisionTemplateId"} {
			typed := form.Get(name)
			if name == "allowRunAfterExpirationDate" {
				typed = form.Get("expirationDate")
			}
			if _, sent := members[name]; sent != (typed != "" && typed != "0") {
				t.Errorf("%s was typed as %q, and sent: %t", name, form.Get(name), sent)
			}
		}
		// What was sent makes the same form again.
		back := FormOfCreation(storeCreation(body), amsterdam)
		again := b.fleet.Judge(back, amsterdam)
		if diff := cmp.Diff(d.Request, again.Request); diff != "" {
			t.Errorf("a form, its body, and the form of that (-first +again):\n%s", diff)
		}
		seen++
	}
	if seen != 1000 {
		t.Errorf("%d forms, want 1,000", seen)
	}
}
