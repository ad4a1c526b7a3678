// Package pbx serves the page of each PBX: its standing, usage, timeline and record.
package pbx

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

	"cordboard/fleet"
	"cordboard/fleet/capacity"
	"cordboard/fleet/list"
	"cordboard/fleet/mirror"
	"cordboard/fleet/operations/create"
	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/store"
	views "cordboard/views/pbx"
	"cordboard/views/ui"
)

// History has the record of each PBX, what changed in it, and its usage over time.
type History interface {
	Snapshot() *fleet.Snapshot
	Record(ctx context.Context, id int64) (store.PBX, error)
	Timeline(ctx context.Context, before int64, limit int, ids ...int64) ([]store.PBXEvent, error)
	Series(ctx context.Context, id int64, scale string, now time.Time) ([]mirror.Series, error)
}

// Operations has the operation that created a PBX.
type Operations interface {
	NewestOf(ctx context.Context, kind store.OperationKind, t store.Target) (store.Operation, error)
}

// Changes has the operations that changed a PBX.
type Changes interface {
	Newest(ctx context.Context, pbx int64) (*store.Operation, error)
	Suspension(ctx context.Context, pbx int64) (*store.Operation, error)
}

// AuditLog is the part of the store that has the audit entries about a PBX, who changed it in YCM, and what the team
// noted and has to do.
type AuditLog interface {
	AuditOfPBXs(ctx context.Context, limit int, ids ...int64) ([]store.Event, error)
	Modifiers(ctx context.Context, account string, limit int, ids ...int64) ([]store.Modifier, error)
	Remarks(ctx context.Context, account string, about store.About, subject int64, limit int) ([]store.Remark, error)
	OpenTasks(ctx context.Context, account string) ([]store.Task, error)
}

// Customers has the customers, and when a PBX's were last read.
type Customers interface {
	ReadAt(pbx int64) time.Time
	Customer(id int64) *fleet.Customer
}

// Readings has the subscription's capacity over time.
type Readings interface {
	Around(ctx context.Context, from, to time.Time) (capacity.Measured, error)
}

// Config configures a Handler. All fields are required.
type Config struct {
	History    History
	Operations Operations
	Changes    Changes
	AuditLog   AuditLog
	Customers  Customers
	Readings   Readings
}

// Handler serves the page of one PBX.
type Handler struct {
	site       *web.Site
	history    History
	operations Operations
	changes    Changes
	auditLog   AuditLog
	customers  Customers
	readings   Readings
}

// New returns a Handler for the site.
func New(s *web.Site, c Config) *Handler {
	return &Handler{s, c.History, c.Operations, c.Changes, c.AuditLog, c.Customers, c.Readings}
}

// sections are groups of fields on a PBX's page. The page's head has what identifies the PBX, and the other fields are
// meters and switches.
var sections = []struct {
	title  string
	fields []fleet.Field
}{
	{"Location", []fleet.Field{fleet.FieldRegion, fleet.FieldVersion, fleet.FieldGroup}},
	{
		"Dates",
		[]fleet.Field{
			fleet.FieldPlanExpirationDate,
			fleet.FieldExpirationDate,
			fleet.FieldCreateTime,
			fleet.FieldInitialStartUpTime,
			fleet.FieldLastBackupTime,
		},
	},
	{
		"Size",
		[]fleet.Field{
			fleet.FieldExtensionCapacity,
			fleet.FieldConcurrentCallCapacity,
			fleet.FieldRecordingCapacity,
			fleet.FieldTranscriptionCapacity,
			fleet.FieldTranscriptionCapacityPlan,
			fleet.FieldTranscriptionCapacityAddon,
			fleet.FieldUsedTranscription,
			fleet.FieldReceptionistCapacity,
			fleet.FieldReceptionistCapacityPlan,
			fleet.FieldReceptionistCapacityAddon,
			fleet.FieldUsedReceptionist,
		},
	},
	{"Creator and template", []fleet.Field{fleet.FieldCreator, fleet.FieldLastUsedTemplate, fleet.FieldLastUsedTime}},
}

// dateFields are the dates that matter for renewals and support.
var dateFields = []fleet.Field{
	fleet.FieldPlanExpirationDate,
	fleet.FieldExpirationDate,
	fleet.FieldLastBackupTime,
}

var switchFields = []fleet.Field{
	fleet.FieldActivation,
	fleet.FieldPasswordlessLogin,
	fleet.FieldAllowSuperiorPasswordlessLogin,
	fleet.FieldIM,
	fleet.FieldUpgradeInPBX,
	fleet.FieldRecordingStatus,
	fleet.FieldProvisioningViaTemplate,
}

// Show shows a PBX's page.
func (h *Handler) Show(w http.ResponseWriter, r *http.Request) error {
	word := chi.URLParam(r, "cloudPbxId")
	id, err := strconv.ParseInt(word, 10, 64)
	// Each PBX has only one URL, so +7715 and 007715 are not found.
	if err != nil || id <= 0 || word != strconv.FormatInt(id, 10) {
		return store.ErrNotFound
	}
	snapshot := h.history.Snapshot()
	p, ok := snapshot.PBX(id)
	if !ok {
		return store.ErrNotFound
	}
	record, err := h.history.Record(r.Context(), id)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("read PBX %d: %w", id, err)
	}
	h.site.Sessions.Recent.Open(web.UserFrom(r.Context()).ID, id)
	c := h.site.Clock(r)
	m := h.pbxPage(snapshot, p, record, c)
	query := r.URL.Query()
	before, _ := strconv.ParseInt(query.Get("before"), 10, 64) // 0, the newest page, if the parameter isn't a number
	if m.Timeline, err = h.timeline(
		r.Context(),
		p,
		record,
		before,
		c,
		web.UserFrom(r.Context()).Role != store.RoleViewer,
	); err != nil {
		return fmt.Errorf("read timeline of PBX %d: %w", id, err)
	}
	if m.Charts, err = h.charts(r.Context(), p, query, c); err != nil {
		return fmt.Errorf("read samples of PBX %d: %w", id, err)
	}
	if err := h.addFirst(r, &m, snapshot, p, c); err != nil {
		return fmt.Errorf("read operations on PBX %d: %w", id, err)
	}
	if err := h.addDesk(r, &m, p, c); err != nil {
		return fmt.Errorf("read notes and tasks of PBX %d: %w", id, err)
	}
	if web.CanCreate(r) {
		addActions(&m, p)
		made, err := h.operations.NewestOf(r.Context(), create.Name, store.Target{CloudPBXID: id})
		if err == nil {
			m.CreateOperation = &ui.Link{Label: "Operation " + ui.Number(made.Number), URL: ui.OperationURL(made.ID)}
		} else if !errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("read operation that created PBX %d: %w", id, err)
		}
	}
	return h.site.Render(w, r, http.StatusOK, m.Name, views.PBXDetail(m), views.PBXDetail(m))
}

// addActions adds what the user may do with a PBX.
func addActions(m *views.Page, p *fleet.PBX) {
	for _, a := range display.Actions(p) {
		if to := (views.Action{Label: a.Label, Icon: a.Icon, URL: a.URL}); a.InMenu {
			m.More = append(m.More, to)
		} else {
			m.Actions = append(m.Actions, to)
		}
	}
	clone := ui.NewPBXURL(url.Values{"clone": {m.ID}})
	m.Actions = append(m.Actions, views.Action{Label: "Clone", Icon: "copy-plus", URL: clone})
}

func (h *Handler) pbxPage(snapshot *fleet.Snapshot, p *fleet.PBX, record store.PBX, c ui.Clock) views.Page {
	m := views.Page{
		Snapshot: h.site.SnapshotID(snapshot),
		Fresh:    h.site.Freshness(c),
		Back:     ui.PBXURL(p.CloudPBXID),
		Identity: views.Identity{
			Name:    display.Name(p),
			ID:      strconv.FormatInt(p.CloudPBXID, 10),
			SN:      p.Text(fleet.FieldSN),
			Host:    p.Text(fleet.FieldURL),
			HostURL: ui.HostURL(p.Text(fleet.FieldURL)),
		},
		Record: views.Record{Raw: display.Indent(record.Record)},
	}
	for _, f := range []fleet.Field{fleet.FieldStatus, fleet.FieldPlan, fleet.FieldType} {
		if f == fleet.FieldStatus && p.IsGone() {
			continue // it has none now
		}
		badge := ui.BadgeFor(f.Name(), p.Text(f))
		m.Badges = append(m.Badges, ui.Cell{Column: f.Name(), Value: p.Text(f), Badge: &badge})
	}
	if p.IsGone() {
		m.Gone = "Removed on " + c.Date(time.Unix(p.GoneAt, 0)).Text
	}
	cells := h.site.Cells(c, display.Columns)
	for _, u := range fleet.Usages {
		m.Meters = append(m.Meters, namedMeter(cells, p, u.Used, u.Capacity))
	}
	for _, section := range sections {
		v := views.Section{Title: section.title}
		if section.title == "Dates" {
			v.Title = "Dates, shown in " + c.ZoneName()
		}
		for _, field := range section.fields {
			if field >= fleet.FieldReceptionistCapacity && p.Raw(field) == "" {
				continue // most PBXs don't report these
			}
			one := labeled(cells, p, field)
			if word := p.Text(field); section.title == "Location" && word != "" {
				like := url.Values{field.Name(): {list.LiteralFilterValue(word).String()}}
				one.Cell.Links = []ui.CellLink{{Text: one.Cell.Text, URL: ui.PBXsURL(like)}}
			}
			v.Cells = append(v.Cells, one)
		}
		m.Sections = append(m.Sections, v)
	}
	for _, field := range dateFields {
		m.Dates = append(m.Dates, labeled(cells, p, field))
	}
	for _, field := range switchFields {
		m.Switches = append(m.Switches, labeled(cells, p, field))
	}
	if !record.FirstSeenAt.IsZero() {
		m.Seen = []ui.Fact{
			{Name: "First seen", Value: c.DateTime(record.FirstSeenAt).Text},
			{Name: "Last changed, usage included", Value: c.DateTime(record.ChangedAt).Text},
		}
	}
	return m
}

func labeled(cells display.Cells, p *fleet.PBX, field fleet.Field) ui.LabelledCell {
	v := cells.Cell(p, field)
	v.Number = false
	return ui.LabelledCell{Label: display.Labels[field.Name()], Cell: v}
}

func namedMeter(cells display.Cells, p *fleet.PBX, used, capacity fleet.Field) views.NamedMeter {
	m := views.NamedMeter{Label: display.Labels[used.Name()], Cell: cells.Cell(p, used)}
	if n, of := p.Number(used), p.Number(capacity); n != fleet.Absent && of != fleet.Absent && n <= of {
		m.Left = ui.Number(of-n) + " left"
	}
	return m
}
