package imports

import (
	"slices"
	"strconv"
	"strings"

	"cordboard/fleet"
	"cordboard/fleet/input"
	"cordboard/fleet/list"
	"cordboard/fleet/operations/create"
	"cordboard/fleet/sheet"
	"cordboard/fold"
)

// form returns the form that a line stands for, and the problems with cells that can't be understood.
func (im *Importer) form(line sheet.Row, columns Columns, workbook bool) (create.Form, []input.Finding) {
	f := filler{im: im, form: create.Form{}, workbook: workbook}
	for _, field := range Fields() { // the region comes before what it offers
		column := columns.Of(field)
		text := line.Cell(column)
		if slices.Contains(line.Failed, column) {
			problem := input.Finding{Field: field, Code: input.NoValue, Value: list.Shorten(text)}
			if field == Host {
				problem.Field = "subDomain"
			}
			f.problems = append(f.problems, problem)
			continue
		}
		if field != "name" {
			text = strings.TrimSpace(fold.Typed(text))
		}
		if text != "" {
			f.fill(field, text)
		}
	}
	f.complete()
	return f.form, f.problems
}

// filler fills in a form.
type filler struct {
	im       *Importer
	form     create.Form
	workbook bool
	problems []input.Finding
}

// set sets a field, unless there is a problem.
func (f *filler) set(field, value string, problem *input.Finding) {
	if problem != nil {
		f.problems = append(f.problems, *problem)
		return
	}
	f.form.Set(field, value)
}

// region returns the ID of the form's region, or 0.
func (f *filler) region() int64 {
	id, _ := strconv.ParseInt(f.form.Get("regionId"), 10, 64)
	return id
}

// fill sets a field from the text of a cell.
func (f *filler) fill(field, text string) {
	switch field {
	case "regionId", "versionId", "domainId", "provisionTemplateId":
		kind, _ := create.OptionKindOf(field)
		region := f.region()
		if field == "regionId" || field == "provisionTemplateId" {
			region = 0
		}
		id, problem := f.im.names[kind].find(field, text, region)
		f.set(field, id, problem)
	case "customerIds":
		ids, problems := f.im.names[fleet.Customers].all(field, text)
		f.problems = append(f.problems, problems...)
		f.form[field] = ids
	case Host:
		f.host(text)
	case "plan":
		plan, problem := word(field, text, "Enterprise Plan", fleet.UltimatePlan)
		f.set(field, plan, problem)
	case "type":
		kind, problem := word(field, text, "Trial", "Commercial")
		f.set(field, kind, problem)
	case "recordingStatus", "passwordlessLogin", "allowSuperiorPasswordlessLogin", "im", "upgradeInPbx",
		"provisioningViaTemplate":
		on, problem := toggle(field, text)
		f.set(field, on, problem)
	case "allowRunAfterExpirationDate":
		on, problem := toggle(field, text)
		f.set(field, strconv.FormatBool(on == input.On), problem)
	case "extensionCapacity", "concurrentCallCapacity", "recordingCapacity", "transcriptionCapacity":
		f.form.Set(field, wholeNumber(text))
	case "expirationDate":
		date, problem := day(text, f.workbook, f.im.zone)
		f.set(field, date, problem)
	default:
		f.form.Set(field, text)
	}
}

// host sets the subdomain and the domain from a whole host name.
func (f *filler) host(text string) {
	sub, domain, ok := splitHost(text, f.im.domains)
	if !ok {
		f.problems = append(f.problems, input.Finding{
			Field: "subDomain", Code: input.UnknownDomain, Value: list.Shorten(text), Names: f.im.domains[:min(
				len(f.im.domains), 5)],
		})
		return
	}
	if given := f.form.Get("subDomain"); given != "" && !strings.EqualFold(given, sub) {
		f.problems = append(f.problems, input.Finding{Field: "subDomain", Code: input.OtherHost, Value: list.Shorten(given)})
	}
	f.form.Set("subDomain", sub)
	id, problem := f.im.names[fleet.Domains].find("domainId", domain, f.region())
	if given := f.form.Get("domainId"); given != "" && problem == nil && given != id {
		f.problems = append(f.problems, input.Finding{Field: "domainId", Code: input.OtherHost, Value: domain})
	}
	f.set("domainId", id, problem)
}

// complete sets what follows from other fields: the region's first domain and newest firmware, if the line has none.
func (f *filler) complete() {
	if f.region() == 0 {
		return
	}
	given := map[string]bool{}
	for _, p := range f.problems {
		given[p.Field] = true
	}
	before := f.form.Values()
	f.im.rules.Complete(f.form)
	for _, field := range []string{"domainId", "versionId"} {
		if given[field] && before.Get(field) == "" {
			f.form.Set(field, "")
		}
	}
}
