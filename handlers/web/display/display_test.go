package display

import (
	"strings"
	"testing"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/capacity"
	"cordboard/fleet/list"
	"cordboard/fleet/pbxtest"
	"cordboard/opt"
	"cordboard/store"
	"cordboard/views/ui"
	"cordboard/ycm"
)

var clock = ui.Clock{Now: time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC), Zone: time.UTC}

func pbx(texts map[fleet.Field]string, numbers map[fleet.Field]opt.Int) *fleet.PBX {
	return fleet.NewPBX(
		7715,
		func(f fleet.Field) string { return texts[f] },
		func(f fleet.Field) opt.Int { return numbers[f] },
	)
}

func cell(p *fleet.PBX, f fleet.Field, shown ...string) ui.Cell {
	return Cells{Clock: clock, Thresholds: fleet.DefaultThresholds, Shown: shown}.Cell(p, f)
}

// TestCells checks how known, never, malformed and unreported values of a field are shown.
func TestCells(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 3, 20, 23, 59, 59, 0, time.UTC).Unix()
	never := opt.Int{State: opt.Never, Raw: "0"}
	bad := opt.Int{State: opt.Malformed, Raw: "soon"}
	for _, tt := range []struct {
		name  string
		field fleet.Field
		given opt.Int
		want  func(ui.Cell) bool
	}{
		{"a day ahead", fleet.FieldExpirationDate, opt.New(day), func(c ui.Cell) bool {
			return c.Moment.Text == "20 Mar 2026" && c.Small == "in 3 days" && c.Tone == "tone-warn"
		}},
		{"a day that is over", fleet.FieldExpirationDate, opt.New(day - 10*86400), func(c ui.Cell) bool {
			return c.Tone == "tone-bad" && c.Icon == "circle-alert"
		}},
		{"a day far ahead", fleet.FieldExpirationDate, opt.New(day + 60*86400), func(c ui.Cell) bool {
			return c.Tone == "" && c.Moment != nil
		}},
		{"no date", fleet.FieldExpirationDate, never, func(c ui.Cell) bool { return c.Text == "No date" && c.Muted }},
		{"never backed up", fleet.FieldLastBackupTime, never, func(c ui.Cell) bool { return c.Text == "Never" && c.Muted }},
		{"a malformed date", fleet.FieldExpirationDate, bad, func(c ui.Cell) bool {
			return c.Text == "soon" && c.Small == "Not understood" && c.Tone == "tone-warn"
		}},
		{"a date not reported", fleet.FieldExpirationDate, opt.Int{}, func(c ui.Cell) bool {
			return c.Text == "" && c.Value == "" && c.Moment == nil
		}},
		{"a time", fleet.FieldLastBackupTime, opt.New(clock.Now.Unix() - 3600), func(c ui.Cell) bool {
			return c.Moment != nil && c.Small == "1 h ago" && c.Tone == ""
		}},
		{"a number", fleet.FieldExtensionCapacity, opt.New(1284), func(c ui.Cell) bool {
			return c.Text == "1,284" && c.Number && c.Value == "1284"
		}},
		{"zero", fleet.FieldExtensionCapacity, opt.New(0), func(c ui.Cell) bool { return c.Text == "0" }},
		{"a malformed number", fleet.FieldExtensionCapacity, bad, func(c ui.Cell) bool {
			return c.Text == "soon" && !c.Number
		}},
		{"recording off", fleet.FieldUsedRecording, opt.New(0), func(c ui.Cell) bool {
			return c.Meter != nil // the capacity wasn't reported, so recording may be on
		}},
	} {
		c := cell(pbx(nil, map[fleet.Field]opt.Int{tt.field: tt.given}), tt.field)
		if !tt.want(c) || c.Column != tt.field.Name() {
			t.Errorf("%s: got %+v with moment %+v", tt.name, c, c.Moment)
		}
	}
	off := pbx(nil, map[fleet.Field]opt.Int{
		fleet.FieldRecordingCapacity: opt.New(0), fleet.FieldUsedRecording: opt.New(0),
	})
	if c := cell(off, fleet.FieldUsedRecording); c.Text != "Off" || !c.Muted || c.Meter != nil {
		t.Errorf("without recording: %+v", c)
	}
	if c := cell(off, fleet.FieldID); c.Text != "7715" || !c.Mono || !c.Number {
		t.Errorf("the ID: %+v", c)
	}
}

// TestNameCell checks that each PBX has a visible name, and below it the host name unless that has a column of its own.
func TestNameCell(t *testing.T) {
	t.Parallel()
	named := pbx(map[fleet.Field]string{fleet.FieldName: "Acme", fleet.FieldURL: "acme.example.com"}, nil)
	if c := cell(named, fleet.FieldName); c.Text != "Acme" || c.Host == nil || c.Host.Value != "acme.example.com" {
		t.Errorf("got %+v", c)
	}
	if c := cell(named, fleet.FieldName, "name", "url"); c.Host != nil {
		t.Errorf("with a column of its own, the host name is shown twice: %+v", c)
	}
	for _, name := range []string{"", " ", "\u200b\u00ad"} {
		p := pbx(map[fleet.Field]string{fleet.FieldName: name}, nil)
		if got := Name(p); got != "PBX 7715 (unnamed)" {
			t.Errorf("Name(%q) = %q", name, got)
		}
		if c := cell(p, fleet.FieldName); c.Text != "PBX 7715 (unnamed)" || c.Value != name {
			t.Errorf("the cell of %q is %+v, want YCM's value unchanged", name, c)
		}
	}
}

// TestMeter checks the notes and tones of usage meters, and that unreported values aren't shown as 0.
func TestMeter(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name               string
		used, of           opt.Int
		shownUsed, shownOf string
		note, tone, width  string
	}{
		{"normal", opt.New(10), opt.New(100), "10", "100", "10%", "", "10"},
		{"nearly full", opt.New(80), opt.New(100), "80", "100", "80%", "tone-warn", "80"},
		{"full", opt.New(100), opt.New(100), "100", "100", "100%", "tone-bad", "100"},
		{"over", opt.New(1300), opt.New(100), "1,300", "100", "1,200 over", "tone-bad", "100"},
		{"no capacity", opt.New(0), opt.New(0), "0", "0", "no capacity", "", ""},
		{"usage not reported", opt.Int{}, opt.New(100), "?", "100", "not reported", "", ""},
		{"capacity not reported", opt.New(5), opt.Int{}, "5", "?", "", "", ""},
		{"malformed", opt.Int{State: opt.Malformed, Raw: "x"}, opt.New(100), "x", "100", "not reported", "", ""},
		{"neither", opt.Int{}, opt.Int{}, "?", "?", "not reported", "", ""},
	} {
		p := pbx(nil, map[fleet.Field]opt.Int{
			fleet.FieldUsedExtensions:    tt.used,
			fleet.FieldExtensionCapacity: tt.of,
		})
		m := cell(p, fleet.FieldUsedExtensions).Meter
		if m.Used != tt.shownUsed || m.Capacity != tt.shownOf || m.Note != tt.note || m.Tone != tt.tone ||
			m.Width != tt.width {
			t.Errorf("%s: got %+v", tt.name, m)
		}
		if m.CapacityColumn != "extensionCapacity" {
			t.Errorf("%s: the capacity has the column %q", tt.name, m.CapacityColumn)
		}
		if m := cell(p, fleet.FieldUsedExtensions, "extensionCapacity").Meter; m.CapacityColumn != "" {
			t.Errorf("%s: the capacity has two columns", tt.name)
		}
	}
}

// TestTimesAsLiked checks that a cell follows the user's choice of absolute times, relative times or both.
func TestTimesAsLiked(t *testing.T) {
	t.Parallel()
	at := func() ui.Cell {
		return cell(pbx(nil, map[fleet.Field]opt.Int{
			fleet.FieldLastBackupTime: opt.New(clock.Now.Unix() - 86400*3),
		}), fleet.FieldLastBackupTime)
	}
	both, absolute, relative := at(), at(), at()
	AsLiked(&both, "")
	AsLiked(&absolute, "absolute")
	AsLiked(&relative, "relative")
	if both.Small == "" || both.Moment.Text == "" {
		t.Errorf("both: %+v", both)
	}
	if absolute.Small != "" || absolute.Moment.Text != both.Moment.Text {
		t.Errorf("absolute: %+v", absolute)
	}
	if relative.Small != "" || relative.Moment.Text != both.Small || relative.Moment.DateTime != both.Moment.DateTime {
		t.Errorf("relative: %+v", relative.Moment)
	}
	text := ui.Cell{Text: "Acme"}
	AsLiked(&text, "relative")
	if text.Text != "Acme" {
		t.Errorf("a text became %+v", text)
	}
}

// TestMarkedCells checks that hits are marked only in columns that the search covers.
func TestMarkedCells(t *testing.T) {
	t.Parallel()
	p := pbx(map[fleet.Field]string{
		fleet.FieldName:   "Acme Müller",
		fleet.FieldURL:    "acme.example.com",
		fleet.FieldStatus: "Running",
	}, nil)
	name := cell(p, fleet.FieldName)
	MarkCell(&name, []string{"muller"})
	hits := ""
	for _, part := range name.Parts {
		if part.Hit {
			hits += part.Text
		}
	}
	if hits != "Müller" || name.Host.Parts != nil {
		t.Errorf("marked %q in %+v and %+v", hits, name.Parts, name.Host.Parts)
	}
	plan := ui.Cell{Column: "plan", Text: "Ultimate Plan"}
	MarkCell(&plan, []string{"ultimate"})
	if plan.Parts != nil {
		t.Errorf("marked %+v in a column that the search doesn't cover", plan.Parts)
	}
}

// TestEnumLabel checks that every filter value that Cordboard defines has a label of its own, and that date ranges
// are readable.
func TestEnumLabel(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"expires", "usage", "attention", "onboarding", "size", "presence"} {
		values := list.EnumValues(key)
		if key == "presence" {
			values = list.Presences
		}
		if key == "expires" {
			values = list.Expiries
		}
		seen := map[string]string{}
		for _, value := range values {
			label := EnumLabel(key, value, fleet.DefaultThresholds)
			if label == "" || label == value || strings.Contains(label, "%!") {
				t.Errorf("%s=%s has the label %q", key, value, label)
			}
			if seen[label] != "" {
				t.Errorf("%s=%s has the label of %s: %q", key, value, seen[label], label)
			}
			seen[label] = value
		}
	}
	for word, want := range map[string]string{
		"2026-12-01..2026-12-31": "1 Dec 2026 – 31 Dec 2026",
		"2026-12-01..":           "from 1 Dec 2026",
		"..2026-12-31":           "up to 31 Dec 2026",
		"2026-12-01":             "1 Dec 2026",
		"2026-12-01..2026-12-01": "1 Dec 2026",
		"x..y":                   "x..y",
		"..":                     "..",
		"":                       "",
	} {
		if got := DateRange(word); got != want {
			t.Errorf("DateRange(%q) = %q, want %q", word, got, want)
		}
	}
}

// TestLabels checks that every field and resource has a label, and that every field appears exactly once in Columns.
func TestLabels(t *testing.T) {
	t.Parallel()
	columns := map[string]int{}
	for _, name := range Columns {
		columns[name]++
	}
	for _, f := range append(fleet.Fields(), fleet.FieldID) {
		if Labels[f.Name()] == "" {
			t.Errorf("%s has no label", f.Name())
		}
		if columns[f.Name()] != 1 {
			t.Errorf("%s stands %d times in the menu of columns", f.Name(), columns[f.Name()])
		}
	}
	for i, name := range fleet.Resources {
		if ResourceLabels[name] == "" {
			t.Errorf("resource %d, %s, has no label", i, name)
		}
	}
}

// TestExpiryEntries checks the entries for a valid and a malformed date.
func TestExpiryEntries(t *testing.T) {
	t.Parallel()
	today := fleet.Day(clock.Now.Unix(), clock.Zone)
	later := opt.New(clock.Now.AddDate(0, 0, 9).Unix())
	e := ExpiryEntry(pbx(nil, map[fleet.Field]opt.Int{fleet.FieldPlanExpirationDate: later}), today, clock)
	if e.Which != "Plan date 26 Mar 2026" || e.URL != "/pbxs/7715" || e.Badge.Word != "In 9 days" {
		t.Errorf("got %+v", e)
	}
	bad := opt.Int{State: opt.Malformed, Raw: "20261201"}
	e = ExpiryEntry(pbx(nil, map[fleet.Field]opt.Int{fleet.FieldExpirationDate: bad}), today, clock)
	if e.Which != "PBX date “20261201”" || e.Badge != NotUnderstood {
		t.Errorf("a malformed date: %+v", e)
	}
}

// TestSubscriptionDates checks the order of subscription dates, and that malformed dates are listed separately. It also
// checks ZoneWords.
func TestSubscriptionDates(t *testing.T) {
	t.Parallel()
	sub := capacity.Subscription{}
	sub.ExpirationTime, sub.RecordingEnds = opt.New(200), opt.New(100)
	dates := SubscriptionDates(sub)
	if len(dates) != 2 || dates[0].Field != "recordingExpireDate" || dates[1].At != 200 {
		t.Errorf("got %+v, want the earlier one first", dates)
	}
	sub.RecordingEnds = opt.Int{State: opt.Malformed, Raw: "soon"}
	if dates, odd := SubscriptionDates(sub), MalformedDates(sub); len(dates) != 1 || len(odd) != 1 ||
		odd[0].Raw != "soon" {
		t.Errorf("got %+v and malformed %+v", dates, odd)
	}
	if got := ZoneWords(clock); got != "UTC" {
		t.Errorf("ZoneWords = %q", got)
	}
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	if got := ZoneWords(ui.Clock{Now: clock.Now, Zone: berlin}); got != "CET (Europe/Berlin)" {
		t.Errorf("ZoneWords = %q", got)
	}
}

// TestProblemWords checks that each kind of problem has a title, an explanation and a short form, and that the texts of
// known kinds differ.
func TestProblemWords(t *testing.T) {
	t.Parallel()
	titles := map[string]fleet.ProblemKind{}
	for _, kind := range []fleet.ProblemKind{
		fleet.Credentials, fleet.Permission, fleet.Rate, fleet.Unreadable, fleet.NoAnswer, fleet.Unavailable,
		fleet.NotYetRead, fleet.Incomplete, fleet.NotKept, fleet.Refused, "from the future",
	} {
		title, text := ProblemWords(fleet.Problem{Kind: kind, Message: "customers"}, "ycm.example.com")
		if title == "" || text == "" || ShortProblem(kind) == "" || !strings.HasSuffix(text, ".") {
			t.Errorf("%s: %q, %q, %q", kind, title, text, ShortProblem(kind))
		}
		titles[title+text] = kind
	}
	if len(titles) != 10 {
		t.Errorf("got %d different texts, want one for each kind but the unknown one", len(titles))
	}
	if _, text := ProblemWords(fleet.Problem{Kind: fleet.Rate, Code: 1000009, Message: "RATE"}, "x"); !strings.Contains(
		text, "YCM reported: RATE (1000009).") {
		t.Errorf("the code is missing in %q", text)
	}
}

// TestFreshnessOf checks that the description of each state includes the age of the data.
func TestFreshnessOf(t *testing.T) {
	t.Parallel()
	read := clock.Now.Add(-time.Hour)
	for _, state := range []fleet.State{fleet.Never, fleet.Running, fleet.Current, fleet.Stale, fleet.Failing} {
		v := FreshnessOf(state, read, clock)
		if v.State != string(state) || v.Text == "" || v.Tone == "" || v.At == nil || v.Ago != "1 h ago" {
			t.Errorf("%s: %+v", state, v)
		}
	}
	if v := FreshnessOf(fleet.Failing, time.Time{}, clock); v.At != nil || v.Text != "Never synced" {
		t.Errorf("failing before the first sync: %+v", v)
	}
}

// TestChangeEntry checks the titles and values of timeline entries, and that only changes made outside Cordboard are
// described as such.
func TestChangeEntry(t *testing.T) {
	t.Parallel()
	change := store.PBXEvent{
		Kind:  store.PBXChanged,
		Field: "pbxStatus",
		Old:   "Running",
		New:   "Stopped",
		After: clock.Now.Add(-2 * time.Minute),
		At:    clock.Now.Add(-time.Minute),
	}
	e := ChangeEntry(change, nil, clock)
	if e.Title != "Status" || e.Change.Old != "Running" || e.Change.New != "Stopped" ||
		!strings.HasPrefix(e.Meta, "Outside Cordboard") {
		t.Errorf("got %+v with %+v", e, e.Change)
	}
	ours := []store.Event{{At: clock.Now.Add(-90 * time.Second)}}
	if e := ChangeEntry(change, ours, clock); !strings.HasPrefix(e.Meta, "Seen") {
		t.Errorf("a change of ours is %q", e.Meta)
	}
	for kind, want := range map[store.PBXEventKind]string{
		store.PBXAppeared: "First seen",
		store.PBXGone:     "Removed: no longer in YCM",
		store.PBXReturned: "Returned",
	} {
		if e := ChangeEntry(store.PBXEvent{Kind: kind, At: clock.Now}, nil, clock); e.Title != want || e.Icon == "" {
			t.Errorf("%s: %+v", kind, e)
		}
	}
	for _, tt := range []struct{ field, raw, want string }{
		{"name", "", "not reported"},
		{"extensionCapacity", "1284", "1,284"},
		{"expirationDate", "1773964799", "19 Mar 2026"},
		{"version", "84.19.0.1", "84.19.0.1"},
		{"formerField", "x", "x"},
		{"extensionCapacity", "lots", "lots"},
	} {
		if got := FieldText(tt.field, tt.raw, clock); got != tt.want {
			t.Errorf("FieldText(%s, %s) = %q, want %q", tt.field, tt.raw, got, tt.want)
		}
	}
}

// TestSmallWords checks the small helpers that format values.
func TestSmallWords(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "Recording is on": "recording is on", "PBX": "PBX", "a": "a", "IM": "IM",
	} {
		if got := LowerFirst(in); got != want {
			t.Errorf("LowerFirst(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[float64]string{1: "1", 1.5: "1.5", 1.04: "1", 96.46: "96.5", 0: "0", 100: "100"} {
		if got := Trim(in); got != want {
			t.Errorf("Trim(%v) = %q, want %q", in, got, want)
		}
	}
	if NumberText(fleet.Absent) != "–" || NumberText(1284) != "1,284" {
		t.Error("NumberText must show a dash for no value")
	}
	if IntText(opt.New(1284)) != "1,284" || IntText(opt.Int{State: opt.Malformed, Raw: "x"}) != "x" {
		t.Error("IntText must show what YCM sent")
	}
	if got := Indent([]byte(`{"a":1}`)); got != "{\n  \"a\": 1\n}" {
		t.Errorf("Indent = %q", got)
	}
	if got := Indent([]byte(`{`)); got != "{" {
		t.Errorf("Indent of broken JSON = %q", got)
	}
	for _, tt := range []struct {
		saved store.Saved
		own   bool
		want  string
	}{
		{store.Saved{}, true, "Yours"},
		{store.Saved{Shared: true}, true, "Yours, shared with the team"},
		{store.Saved{OwnerName: "Kim"}, false, "Shared by Kim"},
		{store.Saved{}, false, "Shared by a former team member"},
	} {
		if got := SavedOf(tt.saved, tt.own); got != tt.want {
			t.Errorf("SavedOf(%+v, %t) = %q, want %q", tt.saved, tt.own, got, tt.want)
		}
	}
}

func TestChangeText(t *testing.T) {
	t.Parallel()
	names := map[string]string{"7": "Acme", "8": "Birch"}
	for _, tt := range []struct{ field, raw, want string }{
		{"customerIds", "7 8", "Acme; Birch"},
		{"customerIds", "7 9", "Acme; customer 9"},
		{"customerIds", "", "none"},
		{"activationEmail", "8", "Birch"},
		{"presence", "gone", "Removed"},
		{"pbxStatus", "Running", "Running"},
		{"extensionCapacity", "1200", "1,200"},
		{"name", "", "not reported"},
	} {
		if got := ChangeText(tt.field, tt.raw, names, ui.Clock{}); got != tt.want || FieldLabel(tt.field) == "" {
			t.Errorf("ChangeText(%s, %q) = %q, want %q; label %q", tt.field, tt.raw, got, tt.want, FieldLabel(tt.field))
		}
	}
}

func TestDateText(t *testing.T) {
	t.Parallel()
	for date, want := range map[string]string{"2026-04-01": "1 Apr 2026", "": "", "soon": "soon"} {
		if got := DateText(date); got != want {
			t.Errorf("DateText(%q) = %q, want %q", date, got, want)
		}
	}
}

// TestActions checks which changes each status of a PBX allows, and which actions a word names.
func TestActions(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]string{
		"Running":   "Stop Suspend Resize Edit Customers Delete",
		"Stopped":   "Start Resize Edit Customers Delete",
		"Abnormal":  "Start Stop Suspend Resize Edit Customers Delete",
		"Upgrading": "",
	} {
		var got []string
		record := pbxtest.Record(7, func(r *ycm.CloudPBX) { r.PBXStatus = ycm.Text(status) })
		for _, a := range Actions(pbxtest.PBX(record)) {
			got = append(got, a.Label)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("a PBX that is %s: %q, want %q", status, got, want)
		}
	}
	for word, want := range map[string]string{"st": "Start Stop", "SUSP": "Suspend", "": "", "acme": ""} {
		if got := strings.Join(ActionsNamed(word), " "); got != want {
			t.Errorf("%q names %q, want %q", word, got, want)
		}
	}
}

// TestTaskClosed checks the sentence about how a task ended.
func TestTaskClosed(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC)
	c := ui.Clock{Now: at, Zone: time.UTC}
	here := pbxtest.PBX(pbxtest.Record(7, nil))
	for want, tt := range map[string]struct {
		closed store.Closed
		pbx    *fleet.PBX
	}{
		"Closed by Kim on 17 Mar 2026, 12:00.": {
			store.Closed{At: at, By: &store.Actor{Name: "Kim"}}, here,
		},
		"Done in YCM by leo@example.com, seen on 17 Mar 2026, 12:00.": {
			store.Closed{At: at, ChangedBy: "leo@example.com"}, here,
		},
		"Done in YCM, seen on 17 Mar 2026, 12:00.": {
			store.Closed{At: at}, here.AsGone(at.Unix() + 1),
		},
		"Closed on 17 Mar 2026, 12:00, since YCM no longer had the PBX.": {
			store.Closed{At: at}, here.AsGone(at.Unix()),
		},
	} {
		if got := TaskClosed(tt.closed, tt.pbx, c); got != want {
			t.Errorf("TaskClosed = %q, want %q", got, want)
		}
	}
}
