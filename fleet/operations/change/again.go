package change

import (
	"net/url"
	"slices"
	"strings"

	"cordboard/fleet"
	"cordboard/fleet/input"
	"cordboard/store"
)

// FormOf returns the kind of the form that an operation came from: Suspend, or the operation's kind. It returns "" if
// the operation has no form to try it again with.
func FormOf(o *store.Operation) store.OperationKind {
	switch {
	case o.Request.Suspension != nil:
		return Suspend
	case len(o.Request.Changes) > 0:
		return o.Kind
	}
	return ""
}

// inverses maps each kind of change that can be undone to the kind that undoes it.
var inverses = map[store.OperationKind]store.OperationKind{
	Start: Stop, Stop: Start, Suspend: Start, Resize: Resize, Update: Update, Customers: Customers,
}

// Inverse returns the kind of form that undoes changes from a kind of form, or "" if nothing does.
func Inverse(kind store.OperationKind) store.OperationKind { return inverses[kind] }

var recordingCapacity = fleet.FieldRecordingCapacity.Name()

// stays reports whether an operation gave a PBX more recording minutes, which YCM doesn't take back.
func stays(o *store.Operation) bool {
	return slices.ContainsFunc(o.Request.Changes, func(c store.FieldChange) bool { return c.Field == recordingCapacity })
}

// Undo returns the form of the kind Inverse that undoes an operation. Recording minutes stay as they are. It returns a
// finding instead if YCM didn't report what the values were before, if somebody has changed them since, or if nothing
// but recording minutes was changed.
func Undo(o *store.Operation, p *fleet.PBX) (url.Values, *input.Finding) {
	for _, c := range o.Request.Changes {
		field, ok := fleet.FieldByName(c.Field)
		switch {
		case c.Before == "" && c.Field != CustomerIDs && c.Field != recordingCapacity:
			return nil, &input.Finding{Field: c.Field, Code: FindingNotReported}
		case ok && !shows(field, valueOf(p, field), c.After):
			return nil, &input.Finding{Field: c.Field, Code: FindingChangedSince}
		}
	}
	if stays(o) && len(o.Request.Changes) == 1 {
		return nil, &input.Finding{Field: recordingCapacity, Code: FindingMinutesStay}
	}
	return setTo(o, p, func(c store.FieldChange) string {
		if c.Field == recordingCapacity {
			return c.After
		}
		return c.Before
	}), nil
}

func isSwitch(field string) bool {
	return field == fleet.FieldRecordingStatus.Name() || slices.ContainsFunc(SwitchFields, func(f fleet.Field) bool {
		return f.Name() == field
	})
}

// setTo returns the form that sets members of a PBX's record to the values that of returns. The PBX's other values are
// as p has them.
func setTo(o *store.Operation, p *fleet.PBX, of func(store.FieldChange) string) url.Values {
	form := url.Values{}
	a := actions[o.Kind]
	if a.fill != nil && !a.customers {
		form = a.fill(p, Owners{})
	}
	for _, c := range o.Request.Changes {
		switch value := of(c); {
		case c.Field == CustomerIDs || c.Field == ActivationEmail:
			form[CustomerIDs] = strings.Fields(value)
		case a.fill == nil: // what the operation changes follows from its kind
		case c.Field == fleet.FieldTranscriptionCapacityAddon.Name():
			form.Set("transcriptionCapacity", value)
		case isSwitch(c.Field):
			if form.Del(c.Field); switchOf(value) == input.On {
				form.Set(c.Field, input.On)
			}
		default:
			form.Set(c.Field, value)
		}
	}
	return form
}

// Again returns the form for another try at what an operation was to change. The PBX's other values are as p has them.
func Again(o *store.Operation, p *fleet.PBX) url.Values {
	form := setTo(o, p, func(c store.FieldChange) string { return c.After })
	if s := o.Request.Suspension; s != nil {
		form.Set("note", s.Note)
		form.Set("reviewOn", s.ReviewOn)
	}
	if o.Request.Reason != "" {
		form.Set("reason", o.Request.Reason)
	}
	return form
}
