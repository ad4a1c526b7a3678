package pbxs

import (
	"cmp"
	"slices"
	"strconv"

	"cordboard/fleet/list"
	views "cordboard/views/pbxs"
	"cordboard/views/ui"
)

// customerFacet returns the values of the filter by customer.
func customerFacet(q list.Query, counts list.FacetCounts, limit int, x *list.Index) views.Facet {
	f := views.Facet{More: counts.More}
	asked := plainWords(q.Filters[list.CustomerKey])
	for _, c := range counts.Counts {
		value := cmp.Or(c.Word, list.None)
		selected := slices.Contains(asked, value)
		if len(f.Choices) >= limit && !selected {
			f.More++
			continue
		}
		f.Choices = append(f.Choices, ui.Choice{
			Value:    value,
			Label:    customerName(list.FilterValue{Value: value}, x),
			Count:    ui.Number(int64(c.Count)),
			Selected: selected,
		})
	}
	for _, value := range asked {
		if !slices.ContainsFunc(f.Choices, func(c ui.Choice) bool { return c.Value == value }) {
			label := customerName(list.FilterValue{Value: value}, x)
			f.Choices = append(f.Choices, ui.Choice{Value: value, Label: label, Count: "0", Selected: true})
		}
	}
	return f
}

// customerName returns the label of a value of the filter by customer.
func customerName(w list.FilterValue, x *list.Index) string {
	switch {
	case w.IsNone() && w.Not:
		return "any"
	case w.IsNone():
		return "No customer"
	}
	id, _ := strconv.ParseInt(w.Value, 10, 64) // valid, as ParseQuery checked
	if c := x.Customer(id); c != nil {
		return c.Name()
	}
	return "Customer " + w.Value
}
