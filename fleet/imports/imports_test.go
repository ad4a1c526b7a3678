package imports

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"cordboard/fleet"
	"cordboard/fleet/input"
	"cordboard/fleet/operations/create"
	"cordboard/fleet/sheet"
	"cordboard/store"
)

var noon = time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC)

// catalog has the options of a small account.
var catalog = map[fleet.OptionKind]*fleet.Options{
	fleet.Regions: fleet.NewOptions(noon, []fleet.Option{{ID: 1, Name: "Frankfurt"}, {ID: 2, Name: "Singapore"}}),
	fleet.Domains: fleet.NewOptions(noon, []fleet.Option{
		{ID: 11, Name: "pbx.example.com", Regions: []int64{1}}, {ID: 12, Name: "sg.pbx.example.com", Regions: []int64{2}},
	}),
	fleet.Firmwares: fleet.NewOptions(noon, []fleet.Option{
		{ID: 788, Name: "84.19.0.110", Regions: []int64{1, 2}}, {ID: 700, Name: "84.12.0.32", Regions: []int64{1}},
	}),
	fleet.Templates: fleet.NewOptions(noon, []fleet.Option{{ID: 5, Name: "Office"}}),
	fleet.Customers: fleet.NewOptions(noon, []fleet.Option{
		{ID: 31, Name: "Alder Dental, Ann Ash", Email: "ann@example.com"},
		{ID: 32, Name: "Birch; Sons", Email: "b@example.com"},
		{ID: 33, Name: "Cedar, Carl", Email: "c@example.com"},
		{ID: 34, Name: "Cedar, Cora", Email: "cora@example.com"},
	}),
}

var rules = create.Rules{
	Options:  func(kind fleet.OptionKind) *fleet.Options { return catalog[kind] },
	Snapshot: func() *fleet.Snapshot { return &fleet.Snapshot{} },
	Now:      func() time.Time { return noon },
}

// judge validates forms without a fleet.
type judge struct{}

func (judge) Row(form create.Form, zone *time.Location) (store.BatchRow, create.Draft, error) {
	d := rules.Validate(form, zone)
	return store.BatchRow{State: store.RowPlanned, Target: store.Target{Name: d.Host}}, d, nil
}

const header = "name;host name;customer;region;plan;extensions;calls;type;expires;keep running;IM;template;firmware"

// check checks lines below the header.
func check(t testing.TB, lines ...string) Result {
	t.Helper()
	return checkTable(t, sheet.Table{Header: strings.Split(header, ";"), Rows: rowsOf(lines)})
}

func rowsOf(lines []string) (rows []sheet.Row) {
	for i, line := range lines {
		rows = append(rows, sheet.Row{Line: i + 2, Cells: strings.Split(line, "\t")})
	}
	return rows
}

func checkTable(t testing.TB, table sheet.Table) Result {
	t.Helper()
	table.Line = 1
	r, err := New(judge{}, rules, time.UTC).Check(&table, Match(table.Header))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// line returns a line with some cells replaced.
func line(set map[string]string) string {
	cells := map[string]string{
		"name": "Alder", "host name": "alder.pbx.example.com", "customer": "31", "region": "Frankfurt", "plan": "ultimate",
		"extensions": "20", "calls": "5", "type": "Commercial",
	}
	for name, value := range set {
		cells[name] = value
	}
	var all []string
	for _, name := range strings.Split(header, ";") {
		all = append(all, cells[name])
	}
	return strings.Join(all, "\t")
}

// TestMatch checks which fields columns get from their headers.
func TestMatch(t *testing.T) {
	t.Parallel()
	got := Match([]string{
		"Name", "customerIds", "Region ", "E-Mail", "Host-Name", "region", "EXTENSIONCAPACITY", "Ablaufdatum",
	})
	want := Columns{"name", "customerIds", "regionId", "", Host, "", "extensionCapacity", ""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Match (-want +got):\n%s", diff)
	}
	for _, field := range Fields() {
		if got := Match([]string{field}); got[0] != field {
			t.Errorf("the column %s has the field %q", field, got[0])
		}
	}
	for field := range others {
		if !slices.Contains(Fields(), field) {
			t.Errorf("there are headers for %s, which is no field", field)
		}
	}
}

// TestGoodLines checks what values of good lines become.
func TestGoodLines(t *testing.T) {
	t.Parallel()
	im := New(judge{}, rules, time.UTC)
	columns := Match(strings.Split(header, ";"))
	for _, tt := range []struct{ column, cell, field, want string }{
		{"name", "Café \"B\"", "name", `Café "B"`},
		{"customer", "31", "customerIds", "31"},
		{"customer", "alder dental", "customerIds", "31"},
		{"customer", "Alder Dental, Ann Ash", "customerIds", "31"},
		{"customer", "ANN@example.com", "customerIds", "31"},
		{"customer", "ann ash", "customerIds", "31"},
		{"customer", "Birch; Sons", "customerIds", "32"},
		{"customer", "31; b@example.com|33", "customerIds", "31 32 33"},
		{"region", "frankfurt", "regionId", "1"},
		{"region", "1", "regionId", "1"},
		{"host name", "https://ALDER.pbx.example.com/", "subDomain", "alder"},
		{"host name", "alder.pbx.example.com", "domainId", "11"},
		{"firmware", "", "versionId", "788"},
		{"firmware", "84.12.0.32", "versionId", "700"},
		{"template", "office", "provisionTemplateId", "5"},
		{"plan", "Enterprise", "plan", "Enterprise Plan"},
		{"type", "trial", "type", "Trial"},
		{"extensions", "1,000", "extensionCapacity", "1000"},
		{"extensions", "1.000", "extensionCapacity", "1000"},
		{"extensions", "12 500", "extensionCapacity", "12500"},
		{"extensions", "20.0", "extensionCapacity", "20"},
		{"IM", "yes", "im", "Enabled"},
		{"IM", "No", "im", ""},
		{"keep running", "true", "allowRunAfterExpirationDate", "true"},
		{"keep running", "no", "allowRunAfterExpirationDate", "false"},
		{"expires", "2026-12-31", "expirationDate", "2026-12-31"},
		{"expires", "31.12.2026", "expirationDate", "2026-12-31"},
		{"expires", "1.2.2027", "expirationDate", "2027-02-01"},
		{"expires", "12/31/2026", "expirationDate", "2026-12-31"},
		{"expires", "31/12/26", "expirationDate", "2026-12-31"},
		{"expires", "31 Dec 2026", "expirationDate", "2026-12-31"},
		{"expires", "December 31, 2026", "expirationDate", "2026-12-31"},
		{"expires", "20261231", "expirationDate", "2026-12-31"},
		{"expires", "2026-12-31T00:00:00Z", "expirationDate", "2026-12-31"},
		{"expires", "2026-12-31T23:30:00-08:00", "expirationDate", "2027-01-01"},
		{"expires", "2026-12-31T10:00", "expirationDate", "2026-12-31"},
		{"expires", "2026-2-3", "expirationDate", "2026-02-03"},
		{"expires", "March 4 2027", "expirationDate", "2027-03-04"},
		{"host name", "alder.pbx.example.com:443", "subDomain", "alder"},
	} {
		row := rowsOf([]string{line(map[string]string{tt.column: tt.cell})})[0]
		form, problems := im.form(row, columns, false)
		if got := strings.Join(form.All(tt.field), " "); got != tt.want || len(problems) > 0 {
			t.Errorf("%s %q: %s = %q, want %q; problems %+v", tt.column, tt.cell, tt.field, got, tt.want, problems)
		}
	}
	serial, problem := day("46387", true, time.UTC)
	if serial != "2026-12-31" || problem != nil {
		t.Errorf("day 46387 of a workbook is %s, %+v", serial, problem)
	}
	if _, problem := day("46387", false, time.UTC); problem == nil {
		t.Error("day 46387 of a CSV file is a date")
	}
}

// TestBadLines checks the problem with each kind of bad cell, and where it is.
func TestBadLines(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		column, cell string
		want         input.Finding
	}{
		{"region", "Frankfort", input.Finding{Field: "regionId", Code: input.UnknownName, Names: []string{"Frankfurt"}}},
		{"region", "9", input.Finding{
			Field: "regionId", Code: input.UnknownName, Names: []string{"Frankfurt", "Singapore"}, // all that there are
		}},
		{"customer", "Cedar", input.Finding{
			Field: "customerIds", Code: input.AmbiguousName, Names: []string{"Cedar, Carl (33)", "Cedar, Cora (34)"},
		}},
		{"customer", "31;99", input.Finding{Field: "customerIds", Code: input.UnknownName}},
		{"customer", "", input.Finding{Field: "customerIds", Code: input.Missing}},
		{"name", "", input.Finding{Field: "name", Code: input.Missing}},
		{"host name", "alder.example.net", input.Finding{
			Field: "subDomain", Code: input.UnknownDomain, Names: []string{"pbx.example.com", "sg.pbx.example.com"},
		}},
		{"host name", "al der.pbx.example.com", input.Finding{Field: "subDomain", Code: create.FindingSpace}},
		{"host name", "alder.sg.pbx.example.com", input.Finding{Field: "domainId", Code: create.FindingOtherRegion}},
		{"firmware", "84.99", input.Finding{
			Field: "versionId", Code: input.UnknownName, Names: []string{"84.19.0.110", "84.12.0.32"},
		}},
		{"plan", "Basic", input.Finding{
			Field: "plan", Code: input.NotOneOf, Names: []string{"Enterprise Plan", "Ultimate Plan"},
		}},
		{"extensions", "twenty", input.Finding{Field: "extensionCapacity", Code: input.NotANumber}},
		{"extensions", "9999", input.Finding{Field: "extensionCapacity", Code: input.TooHigh, Limit: 500}},
		{"calls", "-1", input.Finding{Field: "concurrentCallCapacity", Code: input.TooLow, Limit: 1}},
		{"IM", "maybe", input.Finding{Field: "im", Code: input.NotASwitch}},
		{"expires", "someday", input.Finding{Field: "expirationDate", Code: input.NotADate}},
		{"expires", "32.13.2026", input.Finding{Field: "expirationDate", Code: input.NotADate}},
		{"expires", "03/04/2027", input.Finding{
			Field: "expirationDate", Code: input.AmbiguousDate, Names: []string{"2027-04-03", "2027-03-04"},
		}},
		{"expires", "2020-01-01", input.Finding{Field: "expirationDate", Code: input.DatePassed}},
	} {
		set := map[string]string{"keep running": "yes", tt.column: tt.cell}
		r := check(t, line(map[string]string{"name": "Good", "host name": "good.pbx.example.com"}), line(set))
		if len(r.Problems) != 1 || r.Bad != 1 || len(r.Rows) != 1 {
			t.Errorf("%s %q: %d problems, %d bad lines: %+v", tt.column, tt.cell, len(r.Problems), r.Bad, r.Problems)
			continue
		}
		p := r.Problems[0]
		got := input.Finding{Field: p.Field, Code: p.Code, Names: p.Names, Limit: p.Limit}
		if diff := cmp.Diff(tt.want, got); diff != "" || p.Line != 3 || p.Header != tt.column || p.Cell != tt.cell {
			t.Errorf("%s %q: line %d, column %s, cell %q (-want +got):\n%s", tt.column, tt.cell, p.Line, p.Header, p.Cell, diff)
		}
	}
}

// TestDuplicateLines checks that a host name that occurs twice is a problem of the second line.
func TestDuplicateLines(t *testing.T) {
	t.Parallel()
	r := check(t, line(nil), line(map[string]string{"host name": "ALDER.pbx.example.com", "name": "Other"}))
	if len(r.Problems) != 1 || r.Problems[0].Code != input.DuplicateLine || r.Problems[0].Line != 3 ||
		r.Problems[0].Number != 2 {
		t.Errorf("problems: %+v", r.Problems)
	}
}

// TestMissingColumns checks that each required column that a file lacks is named once, rather than on each line.
func TestMissingColumns(t *testing.T) {
	t.Parallel()
	r := checkTable(t, sheet.Table{
		Header: []string{"seq", "actor", "name"}, Rows: rowsOf([]string{"1\tInes\tA", "2\tKim\tB"}),
	})
	var fields []string
	for _, p := range r.Problems {
		if p.Code != input.NoColumn || p.Line != 1 || p.Column != -1 {
			t.Errorf("problem: %+v", p)
		}
		fields = append(fields, p.Field)
	}
	want := []string{
		"customerIds", "regionId", "plan", "extensionCapacity", "concurrentCallCapacity", "type", "subDomain",
	}
	if diff := cmp.Diff(want, fields); diff != "" || r.Bad != 2 || len(r.Rows) != 0 {
		t.Errorf("%d bad lines; fields (-want +got):\n%s", r.Bad, diff)
	}
}

// TestSeveralErrors checks that each unknown customer of a cell is named, that a formula without a result is an error
// whichever column has it, and that a host name in another domain than the line's is one.
func TestSeveralErrors(t *testing.T) {
	t.Parallel()
	r := check(t, line(map[string]string{"customer": "Elm Works; 31; Fir"}))
	if len(r.Problems) != 2 || r.Problems[0].Value != "Elm Works" || r.Problems[1].Value != "Fir" {
		t.Errorf("unknown customers: %+v", r.Problems)
	}
	names := strings.Split(header, ";")
	for i, name := range names {
		rows := rowsOf([]string{line(nil)})
		rows[0].Cells[i], rows[0].Failed = "=TODAY()", []int{i}
		r := checkTable(t, sheet.Table{Header: names, Rows: rows})
		if len(r.Problems) != 1 || r.Problems[0].Code != input.NoValue || r.Problems[0].Header != name {
			t.Errorf("a formula in %s: %+v", name, r.Problems)
		}
	}
	r = checkTable(t, sheet.Table{
		Header: append(names, "domain"), Rows: rowsOf([]string{line(nil) + "\tsg.pbx.example.com"}),
	})
	if len(r.Problems) != 1 || r.Problems[0].Code != input.OtherHost || r.Problems[0].Header != "domain" {
		t.Errorf("another domain: %+v", r.Problems)
	}
}

// TestErrorsBesideMissingColumns checks that errors in the other cells are found although a column is missing, and that
// nothing is an error only because it is.
func TestErrorsBesideMissingColumns(t *testing.T) {
	t.Parallel()
	names := strings.Split(header, ";")
	without := func(i int, text, separator string) string {
		return strings.Join(slices.Delete(strings.Split(text, separator), i, i+1), separator)
	}
	for i, name := range names {
		field := Match(names)[i]
		if !slices.Contains(required, field) && field != Host {
			continue
		}
		lines := []string{
			without(i, line(nil), "\t"),
			without(i, line(map[string]string{"expires": "03/04/2027", "host name": "b.pbx.example.com"}), "\t"),
			without(i, line(map[string]string{"expires": "2027-03-04", "host name": "c.pbx.example.com"}), "\t"),
		}
		r := checkTable(t, sheet.Table{Header: strings.Split(without(i, header, ";"), ";"), Rows: rowsOf(lines)})
		var got []string
		for _, p := range r.Problems {
			got = append(got, fmt.Sprint(p.Line, " ", p.Code))
		}
		want := []string{"1 no-column", "3 ambiguous-date", "4 missing"}
		if diff := cmp.Diff(want, got); diff != "" || r.Bad != 3 || len(r.Rows) > 0 {
			t.Errorf("without %s: %d bad lines, %d rows (-want +got):\n%s", name, r.Bad, len(r.Rows), diff)
		}
	}
}

// TestPlantedErrors checks that all errors in a long file are found, by line and cell, and nothing else.
func TestPlantedErrors(t *testing.T) {
	t.Parallel()
	kinds := []struct{ column, cell string }{
		{"region", "Frankfort"},
		{"customer", "Cedar"},
		{"extensions", "many"},
		{"expires", "03/04/2027"},
		{"plan", "Basic"},
		{"name", ""},
		{"host name", "x.example.net"},
		{"type", "Free"},
	}
	var lines []string
	want := map[string]bool{}
	for i := range 5000 {
		set := map[string]string{"host name": fmt.Sprintf("pbx%d.pbx.example.com", i)}
		if i%12 == 5 && len(want) < 400 {
			k := kinds[len(want)%len(kinds)]
			set[k.column] = k.cell
			if k.column == "expires" {
				set["keep running"] = "no"
			}
			want[fmt.Sprintf("%d %s", i+2, k.column)] = true
		}
		lines = append(lines, line(set))
	}
	start := time.Now()
	r := check(t, lines...)
	t.Logf("checked in %s", time.Since(start))
	got := map[string]bool{}
	for _, p := range r.Problems {
		got[fmt.Sprintf("%d %s", p.Line, p.Header)] = true
	}
	if diff := cmp.Diff(want, got); diff != "" || len(want) != 400 || len(r.Rows) != 4600 {
		t.Errorf("%d planted, %d good lines; problems (-want +got):\n%s", len(want), len(r.Rows), diff)
	}
}

// TestAnyLine checks that no cell causes a panic, and that each problem names a line and a header.
func TestAnyLine(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		cells := rapid.SliceOfN(rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
			"Frankfurt", "1", "31;32", "yes", "1e9", "46387", "31.12.2026", "a.pbx.example.com", "=1+1", "\x00",
		})), 0, 15).Draw(rt, "cells")
		table := sheet.Table{
			Header: strings.Split(header, ";"), Rows: []sheet.Row{{Line: 7, Cells: cells}},
			Format: sheet.Format{Workbook: rapid.Bool().Draw(rt, "workbook")},
		}
		r := checkTable(t, table)
		if len(r.Problems) == 0 && len(r.Rows) != 1 {
			rt.Error("the line is neither good nor bad")
		}
		for _, p := range r.Problems {
			if p.Line != 7 || p.Header == "" || p.Column >= len(table.Header) {
				rt.Errorf("problem: %+v", p)
			}
		}
	})
}

// TestPlan checks what a plan of the good lines says about its source.
func TestPlan(t *testing.T) {
	t.Parallel()
	for words, r := range map[string]Result{
		"a.csv":                                check(t, line(nil)),
		"a.csv, only the lines without errors": check(t, line(nil), line(map[string]string{"plan": "Basic"})),
	} {
		p := r.Plan("a.csv", "d1", noon)
		if p.Source.Words != words || p.Source.Digest != "d1" || !p.Source.Judged.Equal(noon) || len(p.Rows) != 1 ||
			p.Rows[0].Line != 2 || p.Kind != "create" {
			t.Errorf("the plan is of %q, with %d rows: %+v", p.Source.Words, len(p.Rows), p)
		}
	}
}

// TestIgnoredColumns checks that a plan names the columns that have content but no field.
func TestIgnoredColumns(t *testing.T) {
	t.Parallel()
	for words, columns := range map[string][]string{
		"a.csv":                            {"empty", "error"},
		"a.csv, without the column “Rack”": {"empty", "Rack"},
		"a.csv, without the columns “Rack”, “Desk”":                        {"Rack", "Desk"},
		"a.csv, without 5 columns, such as “Rack”, “Desk”, “Unit”, “Hall”": {"Rack", "Desk", "Unit", "Hall", "Door"},
	} {
		cells := line(nil)
		for _, column := range columns {
			cells += "\t"
			if column != "empty" {
				cells += "x"
			}
		}
		r := checkTable(t, sheet.Table{Header: append(strings.Split(header, ";"), columns...), Rows: rowsOf([]string{cells})})
		if p := r.Plan("a.csv", "d1", noon); p.Source.Words != words || len(r.Problems) > 0 {
			t.Errorf("the plan is of %q, want %q; problems: %+v", p.Source.Words, words, r.Problems)
		}
	}
}

// TestContradictions checks that a column that is doubled, a line with more cells than the header, and a subdomain that
// isn't that of the host name are problems.
func TestContradictions(t *testing.T) {
	t.Parallel()
	r := check(t, line(nil)+"\textra\t")
	if len(r.Problems) != 1 || r.Problems[0].Code != input.ExtraCells || r.Problems[0].Limit != 13 {
		t.Errorf("a line with another cell: %+v", r.Problems)
	}
	table := sheet.Table{
		Header: append(strings.Split(header, ";"), "Firma"),
		Rows:   rowsOf([]string{line(map[string]string{"name": ""}) + "\tBirch"}),
	}
	doubled, err := New(judge{}, rules, time.UTC).Check(&table, append(Match(strings.Split(header, ";")), "name"))
	if err != nil || len(doubled.Problems) != 1 || doubled.Problems[0].Code != input.DoubledColumn ||
		doubled.Problems[0].Header != "Firma" {
		t.Errorf("a doubled column: %+v, %v", doubled.Problems, err)
	}
	table = sheet.Table{
		Header: append(strings.Split(header, ";"), "subDomain"), Rows: rowsOf([]string{line(nil) + "\tbirch"}),
	}
	if r := checkTable(t, table); len(r.Problems) != 1 || r.Problems[0].Code != input.OtherHost {
		t.Errorf("another subdomain: %+v", r.Problems)
	}
}
