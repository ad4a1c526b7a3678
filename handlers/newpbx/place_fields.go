package newpbx

import (
	"slices"
	"strconv"
	"strings"

	"cordboard/fleet"
	"cordboard/handlers/web/display"
	views "cordboard/views/newpbx"
	"cordboard/views/ui"
)

// placeFields returns the fields for the region, the domain and the firmware. A domain or firmware that the region
// doesn't offer is deselected. In a validated form, it stays selected instead, and its field shows the problem.
func (h *Handler) placeFields(f fieldMaker, c ui.Clock) views.PlaceFields {
	p := views.PlaceFields{Region: h.optionSelect(f, "regionId", fleet.Regions, 0, c)}
	p.Region.Hint = "Determines the available domains and firmware. " + p.Region.Hint
	region, _ := strconv.ParseInt(f.form.Get("regionId"), 10, 64)
	if region == 0 {
		region = -1 // without a region, no domain or firmware is offered
	}
	p.Firmware = h.optionSelect(f, "versionId", fleet.Firmwares, region, c)
	p.Domain = h.optionSelect(f, "domainId", fleet.Domains, region, c)
	p.Domain.Hint = strings.Replace(p.Domain.Hint, "From YCM", "Domains from YCM", 1)
	newest := true
	for i, o := range p.Firmware.Options {
		if newest && o.Value != "" {
			p.Firmware.Options[i].Label += ", newest"
			newest = false
		}
	}
	for i, o := range p.Domain.Options {
		if o.Value != "" {
			p.Domain.Options[i].Label = "." + o.Label
		}
	}
	return p
}

// optionSelect returns a select field with the options of one kind. Unless region is 0, the field is limited to options
// that the region offers.
func (h *Handler) optionSelect(
	f fieldMaker,
	name string,
	from fleet.OptionKind,
	region int64,
	c ui.Clock,
) ui.FormField {
	list := h.catalog.Options(from)
	v := f.field(name, "")
	v.ReloadOf = string(from)
	v.Hint, v.Failed = optionsAge(list, c, h.site.Config.YCMHost)
	entries := list.All
	if region != 0 {
		entries = list.In(region)
	}
	var options []ui.Choice
	for _, e := range entries {
		options = append(options, ui.Choice{Value: strconv.FormatInt(e.ID, 10), Label: e.Name})
	}
	value := f.form.Get(name)
	offered := slices.ContainsFunc(options, func(o ui.Choice) bool { return o.Value == value })
	if value == "" || !offered && !f.judged || name == "provisionTemplateId" {
		none := "Choose"
		if name == "provisionTemplateId" {
			none = "None"
		}
		options = append([]ui.Choice{{Label: none}}, options...)
	}
	if offered || f.judged {
		options = f.chosen(name, options)
		if id, err := strconv.ParseInt(value, 10, 64); err == nil && !offered {
			if e, known := list.ByID(id); known {
				options[len(options)-1].Label = e.Name + ", not offered in this region"
			}
		}
	}
	v.Options = options
	return v
}

// optionsAge returns the age of a list of options and, if the list could not be read, the reason.
func optionsAge(list *fleet.Options, c ui.Clock, ycmHost string) (hint, failed string) {
	if list.Problem.Kind != fleet.NoProblem {
		title, _ := display.ProblemWords(list.Problem, ycmHost)
		failed = title + "."
		if !list.At.IsZero() {
			failed += " The previous list is shown."
		}
	}
	if list.At.IsZero() {
		if failed == "" {
			failed = "Not read from YCM yet."
		}
		return "", failed
	}
	return "From YCM, read " + c.Ago(list.At) + ".", failed
}
