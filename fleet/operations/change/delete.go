package change

import (
	"context"
	"strings"

	"cordboard/fleet"
	"cordboard/fleet/input"
	"cordboard/fleet/operations"
	"cordboard/fold"
	"cordboard/store"
)

// Presence is the Field of the one change that a delete makes. Its values are those of the list's filter.
const (
	Presence = "presence"
	here     = "here"
	gone     = "gone"
)

// planDelete plans the deletion of a PBX whose name the user typed.
func planDelete(v *planner) {
	v.warnOfCalls()
	typed := asTyped(v.form.Get("confirmName"))
	if typed != ConfirmName(v.PBX) {
		f := input.Finding{Field: "confirmName", Code: FindingWrongName, Name: ConfirmName(v.PBX)}
		if typed == "" {
			f.Code = input.Missing
		}
		v.Problem(f)
	}
	v.Changes = append(v.Changes, store.FieldChange{Field: Presence, Before: here, After: gone})
	v.encode(map[string][]int64{"cloudPbxIds": {v.PBX.CloudPBXID}})
}

// ConfirmName returns what a user types to confirm that a PBX is deleted: its name as a keyboard can type it, or its
// host name or ID if it has no name.
func ConfirmName(p *fleet.PBX) string { return asTyped(nameOf(p)) }

// asTyped returns a text as a keyboard can type it, with single spaces.
func asTyped(s string) string { return strings.Join(strings.Fields(fold.Typed(s)), " ") }

func sendDelete(ctx context.Context, y YCM, o *store.Operation) (operations.Sent, error) {
	done, err := y.DeleteCloudPBXs(ctx, o.Target.CloudPBXID)
	return sent(o, done), err
}
