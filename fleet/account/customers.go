package account

import (
	"context"
	"encoding/json"

	"cordboard/fleet/customers"
	"cordboard/fleet/operations"
	"cordboard/store"
	"cordboard/ycm"
)

// remembering is a YCM client whose reads of a PBX's customers also update the directory.
type remembering struct {
	*ycm.Client

	directory *customers.Directory
}

// GetCloudPBXCustomers is like that of the client.
func (r remembering) GetCloudPBXCustomers(ctx context.Context, id int64) ([]int64, error) {
	return r.directory.OfPBX(ctx, id)
}

// owning is a kind of operation that sets a PBX's customers. When it has, the directory has them at once.
type owning struct {
	operations.Kind

	directory *customers.Directory
}

// Send implements [operations.Kind].
func (k owning) Send(ctx context.Context, o *store.Operation) (operations.Sent, error) {
	sent, err := k.Kind.Send(ctx, o)
	var body struct {
		CustomerIDs []int64 `json:"customerIds"`
	}
	if err == nil && sent.CloudPBXID > 0 && json.Unmarshal(o.Request.Body, &body) == nil {
		k.directory.Learn(ctx, sent.CloudPBXID, body.CustomerIDs)
	}
	return sent, err
}
