package change

import (
	"context"
	"strings"

	"cordboard/fleet/input"
	"cordboard/fleet/operations"
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
	if typed := strings.TrimSpace(v.form.Get("confirmName")); typed != strings.TrimSpace(nameOf(v.PBX)) {
		f := input.Finding{Field: "confirmName", Code: FindingWrongName, Name: nameOf(v.PBX)}
		if typed == "" {
			f.Code = input.Missing
		}
		v.Problem(f)
	}
	v.Changes = append(v.Changes, store.FieldChange{Field: Presence, Before: here, After: gone})
	v.encode(map[string][]int64{"cloudPbxIds": {v.PBX.CloudPBXID}})
}

func sendDelete(ctx context.Context, y YCM, o *store.Operation) (operations.Sent, error) {
	done, err := y.DeleteCloudPBXs(ctx, o.Target.CloudPBXID)
	return sent(o, done), err
}
