package customers

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

	"cordboard/fleet"
	"cordboard/fleet/customers"
	"cordboard/fleet/mirror"
	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/handlers/web/lists"
	"cordboard/opt"
	"cordboard/store"
	views "cordboard/views/customers"
	"cordboard/views/ui"
)

const (
	timelinePage = 50 // changes per page
	mostNotes    = 50 // notes on the page
	shownPBXs    = 50 // PBXs on the page; a link leads to all of them
)

// row returns the customer that the URL names. Each customer has only one URL, so 007 isn't found.
func (h *Handler) row(r *http.Request) (*customers.Row, error) {
	word := chi.URLParam(r, "customerId")
	id, err := strconv.ParseInt(word, 10, 64)
	if err != nil || id <= 0 || word != strconv.FormatInt(id, 10) {
		return nil, store.ErrNotFound
	}
	row := h.c.Directory.Book().Row(id)
	if row == nil {
		return nil, store.ErrNotFound
	}
	return row, nil
}

// Show shows a customer's page.
func (h *Handler) Show(w http.ResponseWriter, r *http.Request) error {
	row, err := h.row(r)
	if err != nil {
		return err
	}
	c := h.site.Clock(r)
	m := h.page(row, c)
	if web.CanCreate(r) {
		m.Actions = actions(row)
	}
	open, err := h.open(r.Context())
	if err != nil {
		return fmt.Errorf("read open operations: %w", err)
	}
	if n := open[row.ID]; n > 0 && web.CanCreate(r) {
		m.Open = &ui.Link{Label: ui.Count(int64(n), "open operation", "open operations"), URL: "/operations"}
	}
	before, _ := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64) // 0, the newest page, if it isn't a number
	if m.Timeline, err = h.timeline(r.Context(), row, before, c, web.CanCreate(r)); err != nil {
		return fmt.Errorf("read timeline of customer %d: %w", row.ID, err)
	}
	notes, err := h.c.AuditLog.Remarks(r.Context(), mirror.DefaultAccount, store.AboutCustomer, row.ID, mostNotes)
	if err != nil {
		return err
	}
	if m.Notes = display.Notes(notes, c); web.CanCreate(r) {
		m.NoteForm = display.NoteForm(ui.CustomerURL(row.ID)+"/notes", r.URL.Query())
	}
	if m.Owner, err = h.owner(r, row.ID); err != nil {
		return err
	}
	m.PBXs = h.pbxs(row, web.UserFrom(r.Context()).Prefs, c)
	return h.site.Render(w, r, http.StatusOK, m.Name, views.Customer(m), views.Customer(m))
}

// owner returns who looks after the customer, and the form that changes that.
func (h *Handler) owner(r *http.Request, id int64) (o views.Owner, err error) {
	owners, err := h.c.AuditLog.Owners(r.Context(), mirror.DefaultAccount, store.AboutCustomer)
	if err != nil {
		return o, err
	}
	users, err := h.c.AuditLog.Users(r.Context())
	if err != nil {
		return o, err
	}
	o.Name = "Nobody"
	for _, choice := range lists.Colleagues(users, strconv.FormatInt(owners[id], 10)) {
		if o.Choices = append(o.Choices, choice); choice.Selected {
			o.Name = choice.Label
		}
	}
	if web.CanCreate(r) {
		o.URL = ui.CustomerURL(id) + "/owner"
	}
	return o, nil
}

// actions returns what an operator may do with a customer.
func actions(row *customers.Row) []views.Action {
	if row.IsGone() {
		return nil
	}
	id := strconv.FormatInt(row.ID, 10)
	return []views.Action{
		{Label: "Edit", Icon: "pencil", URL: ui.CustomerURL(row.ID) + "/edit"},
		{Label: "New PBX", Icon: "plus", URL: ui.NewPBXURL(url.Values{"customerIds": {id}})},
		{Label: "Delete", Icon: "trash-2", URL: ui.CustomerURL(row.ID) + "/delete"},
	}
}

func (h *Handler) page(row *customers.Row, c ui.Clock) views.CustomerPage {
	m := views.CustomerPage{
		Head: views.Head{
			Name: row.Name(),
			ID:   strconv.FormatInt(row.ID, 10),
			Gone: goneWords(row.Customer, c),
		},
		Fresh:    h.site.Freshness(c),
		Back:     ui.CustomerURL(row.ID),
		Snapshot: h.site.SnapshotID(h.c.Fleet.Snapshot()),
		Sums:     h.sums(row, c),
	}
	if person := row.Person(); person != m.Name {
		m.Person = person
	}
	for _, name := range fleet.CustomerMembers {
		if v := row.Members[name]; v != "" {
			m.Facts = append(m.Facts, views.Fact{Name: name, Label: display.CustomerLabels[name], Value: v})
		}
	}
	return m
}

// sums returns what the customer's PBXs add up to. A PBX that doesn't report a number doesn't count.
func (h *Handler) sums(row *customers.Row, c ui.Clock) []views.Sum {
	pbxs := ui.Cell{Text: ui.Number(int64(len(row.PBXs)))}
	sums := []views.Sum{{Name: "pbxs", Label: "PBXs", Value: ui.Plain(pbxs.Text), Cell: pbxs}}
	cells := h.site.Cells(c, display.Columns)
	for _, u := range fleet.Usages {
		if len(row.PBXs) == 0 {
			break
		}
		all := sumOf(row.PBXs, u.Used, u.Capacity)
		sums = append(sums, views.Sum{
			Name:  u.Capacity.Name(),
			Label: display.Labels[u.Used.Name()],
			Value: all.Raw(u.Capacity),
			Cell:  ui.Cell{Meter: cells.Meter(all, u.Used, u.Capacity)},
		})
	}
	expires := ui.Cell{Column: "expirationDate"}
	value := ""
	if row.Expires != fleet.Absent {
		value = strconv.FormatInt(row.Expires, 10)
		display.ExpiryCell(&expires, time.Unix(row.Expires, 0), c)
	}
	return append(sums, views.Sum{Name: "expires", Label: labels[customers.ColumnExpires], Value: value, Cell: expires})
}

// pbxs returns the customer's PBXs, with the columns of the user's list.
func (h *Handler) pbxs(row *customers.Row, prefs store.Prefs, c ui.Clock) views.PBXs {
	m := views.PBXs{
		All:  ui.Link{Label: ui.ShowAll(len(row.PBXs)), URL: pbxsURL(row.ID)},
		Text: "This customer has no PBX.",
	}
	if len(row.PBXs) == 0 {
		m.All = ui.Link{}
		if p := h.c.Directory.Progress(); p.Unread+p.Failed > 0 {
			m.Text = "No PBX of this customer is known. " + h.progressWords(c)
		}
		return m
	}
	cols := slices.DeleteFunc(slices.Clone(lists.OwnColumns(prefs)), func(name string) bool {
		return name == fleet.FieldCustomer.Name() || name == fleet.FieldName.Name()
	})
	cols = append([]string{fleet.FieldName.Name()}, cols...)
	for _, name := range cols {
		f, _ := fleet.FieldByName(name)
		_, isUsage := display.UsageOf(f)
		m.Columns = append(m.Columns, ui.Column{
			Name: name, Label: display.Labels[name], Number: f.Kind() == fleet.NumberField && !isUsage,
		})
	}
	all := slices.Clone(row.PBXs)
	slices.SortStableFunc(all, func(a, b *fleet.PBX) int { // the earliest date first
		x, _ := a.Expires()
		y, _ := b.Expires()
		if (x == fleet.Absent) != (y == fleet.Absent) {
			return cmp.Compare(y, x)
		}
		return cmp.Compare(x, y)
	})
	cells := h.site.Cells(c, cols)
	for _, p := range all[:min(len(all), shownPBXs)] {
		r := ui.Row{ID: strconv.FormatInt(p.CloudPBXID, 10), URL: ui.PBXURL(p.CloudPBXID)}
		for _, name := range cols {
			f, _ := fleet.FieldByName(name)
			cell := cells.Cell(p, f)
			display.AsLiked(&cell, prefs.Times)
			r.Cells = append(r.Cells, cell)
		}
		m.Rows = append(m.Rows, r)
	}
	return m
}

// timeline returns one page of the history of the customer and its PBXs.
func (h *Handler) timeline(
	ctx context.Context,
	row *customers.Row,
	before int64,
	c ui.Clock,
	canAudit bool,
) (ui.Timeline, error) {
	ids := make([]int64, 0, len(row.PBXs))
	for _, p := range row.PBXs {
		ids = append(ids, p.CloudPBXID)
	}
	events, err := h.c.Fleet.Timeline(ctx, before, timelinePage+1, ids...)
	if err != nil {
		return ui.Timeline{}, err
	}
	done, err := h.c.AuditLog.AuditOfPBXs(ctx, timelinePage, ids...)
	if err != nil {
		return ui.Timeline{}, err
	}
	own, err := h.c.AuditLog.AuditOfCustomer(ctx, timelinePage, row.ID)
	if err != nil {
		return ui.Timeline{}, err
	}
	done = append(done, own...)
	slices.SortFunc(done, func(a, b store.Event) int { return cmp.Compare(b.Seq, a.Seq) })
	by, err := h.c.AuditLog.Modifiers(ctx, mirror.DefaultAccount, display.MostModifiers, ids...)
	if err != nil {
		return ui.Timeline{}, err
	}
	snapshot := h.c.Fleet.Snapshot()
	t := display.Timeline{
		By:       by,
		Events:   events,
		Done:     done,
		Per:      timelinePage,
		Before:   before,
		CanAudit: canAudit,
		Customer: h.c.Directory.Customer,
		URL: func(before int64) string {
			if before == 0 {
				return ui.CustomerURL(row.ID) + "#timeline"
			}
			return fmt.Sprintf("%s?before=%d#timeline", ui.CustomerURL(row.ID), before)
		},
		PBX: func(id int64) *ui.Link {
			p, ok := snapshot.PBX(id)
			if !ok {
				return nil
			}
			return &ui.Link{Label: display.Name(p), URL: ui.PBXURL(id)}
		},
	}
	return t.Page(c), nil
}

// sumOf returns a PBX whose used and capacity are the sums of those of other PBXs. What no PBX reports isn't reported.
func sumOf(pbxs []*fleet.PBX, used, capacity fleet.Field) *fleet.PBX {
	sum := func(f fleet.Field) (n opt.Int) {
		for _, p := range pbxs {
			if v := p.Number(f); v != fleet.Absent {
				n = opt.New(n.N + v)
			}
		}
		return n
	}
	return fleet.NewPBX(0, func(fleet.Field) string { return "" }, func(f fleet.Field) opt.Int {
		if f == used || f == capacity {
			return sum(f)
		}
		return opt.Int{}
	})
}
