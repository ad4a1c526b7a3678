// Package operations is the durable machine for what changes YCM: it stores a request, sends it once, and finds out by
// reading YCM what became of it.
package operations

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/capacity"
	"cordboard/store"
	"cordboard/ycm"
)

// YCM is the part of the YCM client that operations use.
type YCM interface {
	ListCloudPBXs(ctx context.Context, o ycm.ListOptions) (ycm.Page[ycm.CloudPBX], error)
	GetCloudPBXByURL(ctx context.Context, host string) (ycm.CloudPBX, error)
	CreateCloudPBX(ctx context.Context, r ycm.CreateCloudPBXRequest) (ycm.CreatedCloudPBX, error)
}

// PBXs is the part of the mirror that operations use.
type PBXs interface {
	Snapshot() *fleet.Snapshot
	ReadOne(ctx context.Context, id int64)
	AfterPass(f func(context.Context))
}

// CapacitySource is the part of the subscription that operations use.
type CapacitySource interface {
	Mark() uint64
	Last() (capacity.Reading, uint64)
	Read(ctx context.Context, timeout time.Duration) (capacity.Reading, uint64, error)
}

// Config sets up a Machine. All fields but Now, Log, LookSpan and AskTimeout are required.
type Config struct {
	Account       string
	YCM           YCM
	Store         *store.Store
	Mirror        PBXs
	Subscriptions CapacitySource
	Rules         Rules
	Reload        func(ctx context.Context, kinds ...fleet.OptionKind) // reads options from YCM again
	Changed       *fleet.Signal                                        // notified of every change to an operation
	Now           func() time.Time                                     // time.Now if nil
	Log           *slog.Logger                                         // discards if nil
	LookSpan      time.Duration                                        // how long to check YCM for a PBX after an unanswered create; 2 min
	AskTimeout    time.Duration                                        // for all requests to YCM before an attempt; 10 s
}

// Machine sends creations, each once, and finds out what became of them. Its methods are safe for concurrent use.
type Machine struct {
	c         Config
	creations creations
}

// New returns a Machine. It sends nothing to YCM; Run does.
func New(ctx context.Context, c Config) (*Machine, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	c.LookSpan, c.AskTimeout = cmp.Or(c.LookSpan, 2*time.Minute), cmp.Or(c.AskTimeout, 10*time.Second)
	m := &Machine{c: c, creations: newCreations()}
	var err error
	if m.creations.last, err = c.Store.LastCreation(ctx, c.Account); err != nil {
		return nil, err
	}
	c.Mirror.AfterPass(m.claim)
	return m, nil
}

// Rules validates the forms of new PBXs. All fields but MinExtensions are required.
type Rules struct {
	Options       func(fleet.OptionKind) *fleet.Options
	Snapshot      func() *fleet.Snapshot
	Now           func() time.Time
	MinExtensions int64 // the fewest extensions per PBX; 0: not known
}
