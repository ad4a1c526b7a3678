package imports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/batches"
	"cordboard/fleet/input"
	"cordboard/fleet/list"
	"cordboard/fleet/operations/create"
	"cordboard/fleet/sheet"
	"cordboard/store"
)

// Problem is what is wrong with a cell, or with a line or a file as a whole.
type Problem struct {
	input.Finding

	Line   int    // of the file
	Column int    // index of the cell; -1 if the field has no column
	Header string // of the column, or else the field's name
	Cell   string // content of the cell
}

// Result is what a file's lines are.
type Result struct {
	Rows     []store.BatchRow // the lines that can be planned
	Problems []Problem        // by line and column
	Lines    int              // number of lines, without the header
	Bad      int              // number of lines with problems
	Ignored  []string         // headers of the columns that have content but no field
}

// ErrorColumn is the header of the column with errors that Cordboard adds to a file. In a file that is sent, it means
// nothing.
const ErrorColumn = "error"

// namedIgnored is the number of ignored columns that a plan names.
const namedIgnored = 4

// Plan returns a plan of the good lines of a file with the given name and digest. judged is when the data was read by
// which they were judged.
func (r *Result) Plan(name, digest string, judged time.Time) batches.Plan {
	words := name
	if r.Bad > 0 {
		words += ", only the lines without errors"
	}
	switch n := len(r.Ignored); {
	case n > namedIgnored:
		words += fmt.Sprintf(", without %d columns, such as %s", n, strings.Join(r.Ignored[:namedIgnored], ", "))
	case n > 1:
		words += ", without the columns " + strings.Join(r.Ignored, ", ")
	case n == 1:
		words += ", without the column " + r.Ignored[0]
	}
	source := store.BatchSource{Words: words, Judged: judged, Digest: digest, Ignored: len(r.Ignored)}
	return batches.Plan{Kind: create.Name, Rows: r.Rows, Source: source}
}

// Judge validates the forms that are made of lines.
type Judge interface {
	Row(form create.Form, zone *time.Location) (store.BatchRow, create.Draft, error)
}

// Importer makes forms out of lines.
type Importer struct {
	judge   Judge
	rules   create.Rules
	zone    *time.Location
	names   map[fleet.OptionKind]names
	domains []string
}

// New returns an Importer. The days in files are days in zone.
func New(judge Judge, rules create.Rules, zone *time.Location) *Importer {
	im := &Importer{judge: judge, rules: rules, zone: zone, names: map[fleet.OptionKind]names{}}
	for _, kind := range fleet.OptionKinds {
		im.names[kind] = newNames(rules.Options(kind))
	}
	im.domains = im.names[fleet.Domains].words
	return im
}

// required are the fields without which no PBX can be created, and which have no default.
var required = []string{
	"name", "customerIds", "regionId", "plan", "extensionCapacity", "concurrentCallCapacity", "type",
}

// Check validates all lines of a file. If its columns aren't right, no line can be planned, but all cells that can be
// judged are.
func (im *Importer) Check(table *sheet.Table, columns Columns) (Result, error) {
	r := Result{Lines: len(table.Rows), Ignored: ignored(table, columns)}
	r.Problems = append(missing(columns, table.Line), doubled(columns, table)...)
	right := len(r.Problems) == 0
	hosts := map[string]int{}
	for _, line := range table.Rows {
		row, findings, err := im.checkLine(line, columns, table, hosts)
		if err != nil {
			return r, err
		}
		problems := placed(findings, line, columns, table)
		if !right {
			problems = slices.DeleteFunc(problems, func(p Problem) bool { return !judged(p, columns) })
		}
		r.Problems = append(r.Problems, problems...)
		switch {
		case !right || len(problems) > 0:
			r.Bad++
		default:
			row.Line = line.Line
			r.Rows = append(r.Rows, row)
		}
	}
	return r, nil
}

// judged reports whether a problem of a line doesn't follow from columns that the file lacks or has twice.
func judged(p Problem, columns Columns) bool {
	if p.Field == "" {
		return true
	}
	if (p.Field == "domainId" || p.Field == "versionId") && columns.Of("regionId") < 0 {
		return false
	}
	return p.Column >= 0 && !slices.Contains(columns[p.Column+1:], columns[p.Column])
}

// checkLine validates a line and returns the row that it becomes. hosts has the line of each host name so far.
func (im *Importer) checkLine(
	line sheet.Row, columns Columns, table *sheet.Table, hosts map[string]int,
) (store.BatchRow, []input.Finding, error) {
	form, findings := im.form(line, columns, table.Format.Workbook)
	row, d, err := im.judge.Row(form, im.zone)
	if err != nil {
		return row, nil, err
	}
	findings = append(findings, besides(d.Problems, findings)...)
	for i := len(table.Header); i < len(line.Cells); i++ {
		if line.Cell(i) != "" {
			findings = append(findings, input.Finding{
				Code: input.ExtraCells, Value: list.Shorten(line.Cell(i)), Number: int64(len(line.Cells)),
				Limit: int64(len(table.Header)),
			})
			break
		}
	}
	if host := strings.ToLower(d.Host); host != "" {
		first := hosts[host]
		if hosts[host] = cmp.Or(first, line.Line); first > 0 {
			findings = append(findings, besides([]input.Finding{{
				Field: "subDomain", Code: input.DuplicateLine, Value: d.Host, Number: int64(first),
			}}, findings)...)
		}
	}
	return row, findings, nil
}

// ignored returns the shortened headers of the columns that have content but no field.
func ignored(table *sheet.Table, columns Columns) (headers []string) {
	for i, header := range table.Header {
		if i < len(columns) && columns[i] == "" && header != ErrorColumn &&
			slices.ContainsFunc(table.Rows, func(row sheet.Row) bool { return row.Cell(i) != "" }) {
			headers = append(headers, fmt.Sprintf("“%s”", list.Shorten(header)))
		}
	}
	return headers
}

// doubled returns a problem for each column whose field an earlier column has.
func doubled(columns Columns, table *sheet.Table) (all []Problem) {
	for i, field := range columns {
		if field == "" || columns.Of(field) == i {
			continue
		}
		all = append(all, Problem{
			Finding: input.Finding{
				Field: field, Code: input.DoubledColumn, Value: list.Shorten(table.Header[columns.Of(field)]),
			},
			Line: table.Line, Column: i, Header: list.Shorten(cmp.Or(table.Header[i], field)),
		})
	}
	return all
}

// missing returns a problem for each required field that has no column.
func missing(columns Columns, header int) (all []Problem) {
	fields := slices.Clone(required)
	if columns.Of(Host) < 0 {
		fields = append(fields, "subDomain")
	}
	for _, field := range fields {
		if columns.Of(field) < 0 {
			all = append(all, Problem{
				Finding: input.Finding{Field: field, Code: input.NoColumn}, Line: header, Column: -1, Header: field,
			})
		}
	}
	return all
}

// besides returns the problems about fields that have no known one, and that don't follow from one: without a region,
// there is neither a domain nor a firmware version.
func besides(problems, known []input.Finding) (rest []input.Finding) {
	for _, p := range problems {
		if !slices.ContainsFunc(known, func(k input.Finding) bool {
			return k.Field == p.Field ||
				k.Field == "regionId" && p.Code == input.Missing && (p.Field == "domainId" || p.Field == "versionId")
		}) {
			rest = append(rest, p)
		}
	}
	return rest
}

// columnOf returns the index of a field's column, or -1 if it has none.
func columnOf(columns Columns, field string) int {
	if field == "" {
		return -1
	}
	return columns.Of(field)
}

// placed returns problems with their cells.
func placed(findings []input.Finding, line sheet.Row, columns Columns, table *sheet.Table) (all []Problem) {
	for _, f := range findings {
		p := Problem{Finding: f, Line: line.Line, Column: columnOf(columns, f.Field), Header: cmp.Or(f.Field, "line")}
		if p.Column < 0 && (f.Field == "subDomain" || f.Field == "domainId") {
			p.Column = columns.Of(Host)
		}
		if p.Column >= 0 {
			p.Header = list.Shorten(cmp.Or(table.Header[p.Column], f.Field))
			p.Cell = list.Shorten(Text(line.Cell(p.Column), columns[p.Column], table))
		}
		all = append(all, p)
	}
	slices.SortStableFunc(all, func(a, b Problem) int { return cmp.Compare(uint(a.Column), uint(b.Column)) })
	return all
}
