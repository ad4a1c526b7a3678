package change

import (
	"context"
	"net/url"
	"slices"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/input"
	"cordboard/fleet/operations"
	"cordboard/store"
	"cordboard/ycm"
)

// action is what is special about one kind of operation.
type action struct {
	// fill returns the form for the PBX as it is; nil if the form has no values of the PBX.
	fill func(p *fleet.PBX, o Owners) url.Values

	// depends lists the fields that a user must have seen before confirming. If one of them changes in YCM, the operation
	// isn't sent.
	depends []fleet.Field

	// customers reports whether the action depends on the PBX's customers, which the mirror doesn't have.
	customers bool

	// plan adds what a form changes to the draft.
	plan func(v *planner)

	// send makes the one request.
	send func(ctx context.Context, y YCM, o *store.Operation) (operations.Sent, error)
}

// valueOf returns the value of a field as changes state it, or "" if YCM doesn't report it.
func valueOf(p *fleet.PBX, field fleet.Field) string {
	if field == fleet.FieldTranscriptionCapacityAddon {
		if n := addon(p); n.Known() {
			return number(n.N)
		}
	}
	return p.Raw(field)
}

// planner builds a Draft from a form.
type planner struct {
	Draft
	form          url.Values
	now           time.Time
	minExtensions int64
}

// change adds a change of one field. It adds nothing if the field has that value already.
func (v *planner) change(field fleet.Field, after string) {
	if before := valueOf(v.PBX, field); before != after {
		v.Changes = append(v.Changes, store.FieldChange{Field: field.Name(), Before: before, After: after})
	}
}

var actions = map[store.OperationKind]action{
	Start:   {depends: []fleet.Field{fleet.FieldStatus}, plan: planStart, send: sendStart},
	Stop:    {depends: []fleet.Field{fleet.FieldStatus}, plan: planStop, send: sendStop},
	Suspend: {depends: []fleet.Field{fleet.FieldStatus}, plan: planSuspend},
	Resize: {
		fill:    fillResize,
		depends: append(slices.Clone(sizeFields), fleet.FieldPlan),
		plan:    planResize,
		send:    sendResize,
	},
	Update: {
		fill:    fillUpdate,
		depends: append([]fleet.Field{fleet.FieldName}, SwitchFields...),
		plan:    planUpdate,
		send:    sendUpdate,
	},
	Customers: {fill: fillCustomers, customers: true, plan: planCustomers, send: sendCustomers},
	Email: {
		customers: true,
		depends:   []fleet.Field{fleet.FieldActivation},
		plan:      planEmail,
		send:      sendEmail,
	},
	Delete: {depends: []fleet.Field{fleet.FieldName, fleet.FieldStatus}, plan: planDelete, send: sendDelete},
}

func sendStart(ctx context.Context, y YCM, o *store.Operation) (operations.Sent, error) {
	done, err := y.StartCloudPBX(ctx, o.Target.CloudPBXID)
	return sent(o, done), err
}

func sendStop(ctx context.Context, y YCM, o *store.Operation) (operations.Sent, error) {
	done, err := y.StopCloudPBX(ctx, o.Target.CloudPBXID)
	return sent(o, done), err
}

// sent returns the result of a request for an operation.
func sent(o *store.Operation, done ycm.Done) operations.Sent {
	return operations.Sent{CloudPBXID: o.Target.CloudPBXID, RequestID: done.RequestID}
}

func planStart(v *planner) {
	if v.PBX.Status() == fleet.StatusRunning {
		v.Problem(input.Finding{Code: FindingAlreadyRunning})
		return
	}
	v.change(fleet.FieldStatus, string(fleet.StatusRunning))
}

func planStop(v *planner) {
	if v.PBX.Status() == fleet.StatusStopped {
		v.Problem(input.Finding{Code: FindingAlreadyStopped})
		return
	}
	v.change(fleet.FieldStatus, string(fleet.StatusStopped))
	v.warnOfCalls()
}

// warnOfCalls adds a warning if the PBX has calls in progress.
func (v *planner) warnOfCalls() {
	if n := v.PBX.Number(fleet.FieldActiveCalls); n != fleet.Absent && n > 0 {
		v.Warn(input.Finding{Field: fleet.FieldActiveCalls.Name(), Code: FindingCallsInProgress, Number: n})
	}
}

// maxReviewYears is how many years ahead the date of review can be.
const maxReviewYears = 5

// maxNote is the maximum length of the note on a suspension, in characters.
const maxNote = 1000

// planSuspend plans a stop with a date on which somebody should look at the PBX again, and with a note or a reason.
func planSuspend(v *planner) {
	planStop(v)
	v.Suspension = v.suspension()
}

// suspension returns the note and the date of review in the form.
func (v *planner) suspension() *store.Suspension {
	s := &store.Suspension{Note: v.Text(v.form, "note", maxNote)}
	if s.Note == "" && v.reason == "" {
		v.Missing("note")
	}
	if day, ok := v.Date(v.form, "reviewOn", input.Required, v.now, maxReviewYears); ok {
		s.ReviewOn = day.Format(time.DateOnly)
	}
	return s
}
