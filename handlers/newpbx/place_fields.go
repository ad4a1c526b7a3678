package newpbx

import (
	"slices"
	"strconv"
	"time"

	"cordboard/fleet"
	"cordboard/handlers/web/display"
	views "cordboard/views/newpbx"
	"cordboard/views/ui"
)

// placeFields returns the fields for the region, the domain and the firmware. A domain or firmware that the region
// doesn't offer is deselected. In a validated form, it stays selected instead, and its field shows the problem.
func (h *Handler) placeFields(f fieldMaker) views.PlaceFields {
	p := views.PlaceFields{Region: h.optionSelect(f, "regionId", fleet.Regions, 0)}
	p.Region.Hint = "Determines the available domains and firmware."
	region, _ := strconv.ParseInt(f.form.Get("regionId"), 10, 64)
	if region == 0 {
		region = -1 // without a region, no domain or firmware is offered
	}
	p.Firmware = h.optionSelect(f, "versionId", fleet.Firmwares, region)
	p.Domain = h.optionSelect(f, "domainId", fleet.Domains, region)
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
) ui.FormField {
	list := h.catalog.Options(from)
	v := f.field(name, "")
	v.Source = source(list, from, h.site.Config.YCMHost)
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

// source describes the options of one kind. If they could not be read, it has the reason, and they can be reloaded.
func source(list *fleet.Options, kind fleet.OptionKind, ycmHost string) ui.Source {
	s := ui.Source{ReloadOf: string(kind)}
	switch {
	case list.Problem.Kind != fleet.NoProblem:
		title, _ := display.ProblemWords(list.Problem, ycmHost)
		s.Failed = title + "."
		if !list.At.IsZero() {
			s.Failed += " The previous list is shown."
		}
	case list.At.IsZero():
		s.Failed = "Not read from YCM yet."
	default:
		return ui.Source{}
	}
	return s
}

// optionsAge returns a sentence about the oldest list of options, or "" if none has been read yet.
func optionsAge(catalog Catalog, c ui.Clock) string {
	var oldest time.Time
	for _, kind := range fleet.OptionKinds {
		if at := catalog.Options(kind).At; !at.IsZero() && (oldest.IsZero() || at.Before(oldest)) {
			oldest = at
		}
	}
	if oldest.IsZero() {
		return ""
	}
	return "Customers and choices from YCM, read " + c.Ago(oldest) + "."
}
