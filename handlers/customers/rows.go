package customers

import (
	"net/url"
	"slices"
	"strconv"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/customers"
	"cordboard/fleet/list"
	"cordboard/handlers/web/display"
	"cordboard/views/ui"
)

func heads(q customers.Query) (heads []ui.Column) {
	for _, name := range customers.Columns {
		h := ui.Column{
			Name: name, Label: labels[name],
			Number: slices.Contains([]string{"pbxs", "extensions", "operations"}, name),
		}
		to := q
		to.Page, to.Sort = 1, name
		switch q.Sort {
		case name:
			h.Sorted, to.Sort = "ascending", "-"+name
		case "-" + name:
			h.Sorted = "descending"
		}
		h.SortURL = ui.CustomersURL(to.Values())
		heads = append(heads, h)
	}
	return heads
}

// cardLabels are the labels of the columns where rows are cards. A name, an email address and a phone number need none.
var cardLabels = map[string]string{
	customers.ColumnPBXs:       labels[customers.ColumnPBXs],
	customers.ColumnExtensions: labels[customers.ColumnExtensions],
	customers.ColumnExpires:    labels[customers.ColumnExpires],
	customers.ColumnOpen:       labels[customers.ColumnOpen],
}

// rowOf returns the row of a customer.
func rowOf(r *customers.Row, open int, words []string, c ui.Clock) ui.Row {
	row := ui.Row{ID: strconv.FormatInt(r.ID, 10), URL: ui.CustomerURL(r.ID), Labels: cardLabels}
	row.Gone = goneWords(r.Customer, c)
	for _, name := range customers.Columns {
		cell := ui.Cell{Column: name}
		switch name {
		case customers.ColumnName:
			cell.Value, cell.Text = r.Name(), r.Name()
			cell.Parts = display.Parts(cell.Text, words)
			if person := r.Person(); person != "" && person != cell.Text {
				cell.Host = &ui.Host{Value: person, Parts: display.Parts(person, words)}
			}
		case customers.ColumnEmail:
			cell.Value, cell.Text = r.Members[fleet.Email], r.Members[fleet.Email]
			cell.Parts = display.Parts(cell.Text, words)
		case customers.ColumnPhone:
			cell.Value, cell.Text = r.Phone(), r.Phone()
			cell.Parts = display.Parts(cell.Text, words)
		case customers.ColumnPBXs:
			number(&cell, int64(len(r.PBXs)))
			if len(r.PBXs) > 0 {
				cell.Links = []ui.CellLink{{Text: cell.Text, URL: pbxsURL(r.ID)}}
			}
		case customers.ColumnExtensions:
			if cell.Number = true; r.Extensions.Known() {
				number(&cell, r.Extensions.N)
			}
		case customers.ColumnExpires:
			if r.Expires != fleet.Absent {
				cell.Value = strconv.FormatInt(r.Expires, 10)
				display.ExpiryCell(&cell, time.Unix(r.Expires, 0), c)
			}
		case customers.ColumnOpen:
			number(&cell, int64(open))
			cell.Muted = open == 0
		}
		row.Cells = append(row.Cells, cell)
	}
	return row
}

func number(cell *ui.Cell, n int64) {
	cell.Value, cell.Text, cell.Number = strconv.FormatInt(n, 10), ui.Number(n), true
}

// goneWords says when a customer was removed, or returns "" if YCM has the customer.
func goneWords(c *fleet.Customer, clock ui.Clock) string {
	if !c.IsGone() {
		return ""
	}
	return "Removed on " + clock.Date(time.Unix(c.GoneAt, 0)).Text
}

// pbxsURL returns the URL of the list of a customer's PBXs.
func pbxsURL(id int64) string {
	return ui.PBXsURL(url.Values{list.CustomerKey: {strconv.FormatInt(id, 10)}})
}
