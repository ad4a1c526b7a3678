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

func isSwitch(field string) bool {
	return field == fleet.FieldRecordingStatus.Name() || slices.ContainsFunc(SwitchFields, func(f fleet.Field) bool {
		return f.Name() == field
	})
}

// Again returns the form for another try at what an operation was to change. The PBX's other values are as p has them.
func Again(o *store.Operation, p *fleet.PBX) url.Values {
	form := url.Values{}
	a := actions[o.Kind]
	if a.fill != nil && !a.customers {
		form = a.fill(p, Owners{})
	}
	for _, c := range o.Request.Changes {
		switch {
		case c.Field == CustomerIDs || c.Field == ActivationEmail:
			form[CustomerIDs] = strings.Fields(c.After)
		case a.fill == nil: // what the operation changes follows from its kind
		case c.Field == fleet.FieldTranscriptionCapacityAddon.Name():
			form.Set("transcriptionCapacity", c.After)
		case c.After == input.Off && isSwitch(c.Field):
			form.Del(c.Field)
		default:
			form.Set(c.Field, c.After)
		}
	}
	if s := o.Request.Suspension; s != nil {
		form.Set("note", s.Note)
		form.Set("reviewOn", s.ReviewOn)
	}
	if o.Request.Reason != "" {
		form.Set("reason", o.Request.Reason)
	}
	return form
}
