package account

import (
	"context"
	"encoding/json"

	"cordboard/fleet"
	"cordboard/fleet/customers"
	"cordboard/fleet/mirror"
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

// measuring is a mirror that also reads the subscription after an operation has changed a PBX's capacity.
type measuring struct {
	*mirror.Mirror

	subscriptions *mirror.Subscriptions
}

// ReadOne is like that of the mirror.
func (m measuring) ReadOne(ctx context.Context, id int64) {
	before, _ := m.Snapshot().PBX(id)
	m.Mirror.ReadOne(ctx, id)
	after, _ := m.Snapshot().PBX(id)
	if before == nil || after == nil || before.IsGone() != after.IsGone() || capacityOf(before) != capacityOf(after) {
		m.subscriptions.Refresh()
	}
}

// capacityOf returns a PBX's own part of the subscription's capacity.
func capacityOf(p *fleet.PBX) [4]int64 {
	return [...]int64{
		p.Number(fleet.FieldExtensionCapacity),
		p.Number(fleet.FieldConcurrentCallCapacity),
		p.Number(fleet.FieldRecordingCapacity),
		p.Number(fleet.FieldTranscriptionCapacityAddon),
	}
}
