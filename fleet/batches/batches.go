// Package batches makes plans for many operations, and carries them out: one row at a time, within YCM's rate, with
// pauses and a rule for stopping. A batch survives restarts of the portal.
package batches

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/input"
	"cordboard/fleet/operations"
	"cordboard/fleet/operations/change"
	"cordboard/opt"
	"cordboard/store"
)

// Lifetime is how long a plan can be applied after it is ready, or after its approval.
const Lifetime = time.Hour

// keepDrafts is how long a file with errors is kept.
const keepDrafts = 24 * time.Hour

// keepRows is how long the rows of a plan that expired are kept.
const keepRows = 7 * 24 * time.Hour

// A batch in waves pauses after FirstWave rows, and after SecondWave rows in all.
const (
	FirstWave  = 5
	SecondWave = 55
)

// Store is the part of the store that has the batches.
type Store interface {
	AddBatch(ctx context.Context, b store.Batch, rows []store.BatchRow) (store.Batch, error)
	Batch(ctx context.Context, account, id string) (store.Batch, error)
	Batches(ctx context.Context, account string, offset, limit int) ([]store.Batch, int, error)
	BatchOfDigest(ctx context.Context, account, digest string) (store.Batch, error)
	DeleteDrafts(ctx context.Context, old time.Time) error
	BatchCounts(ctx context.Context, batch int64) (store.RowCounts, error)
	BatchRows(ctx context.Context, batch int64, offset, limit int, states ...string) ([]store.BatchRow, error)
	BatchesIn(ctx context.Context, account string, limit int, states ...store.BatchState) ([]store.Batch, error)
	ChangeBatch(
		ctx context.Context,
		account, id string,
		by store.Actor,
		change func(b *store.Batch, open store.Pending) (store.Event, error),
	) (store.Batch, error)
	ExpireBatches(ctx context.Context, account string, now, old time.Time) error
	NextBatchRow(ctx context.Context, batch int64) (store.BatchRow, error)
	OperationsOfBatch(ctx context.Context, id string, since int64, limit int) ([]store.Operation, error)
}

// Machine stores and sends the operations of rows.
type Machine interface {
	Submit(
		ctx context.Context,
		o store.Operation,
		check func(o *store.Operation, open store.Pending) error,
	) (store.Operation, error)
	Send(ctx context.Context, id string)
	Notify()
}

// Left is the available capacity of each resource, indexed like fleet.Resources.
type Left = [len(fleet.Resources)]opt.Int

// Config sets up Batches. All fields but Log and Rules are required.
type Config struct {
	Account   string
	Store     Store
	Machine   Machine
	Measure   func(ctx context.Context) error // reads the subscription
	Left      func(open store.Pending) Left   // by the last reading
	Freshness func() fleet.Freshness
	Now       func() time.Time
	Log       *slog.Logger // discards if nil
	Rules     Rules
}

// Rules are the rules that a team chooses.
type Rules struct {
	// ApproveOver is the number of PBXs above which a plan needs a second user's approval, as does each plan that
	// deletes; 0: no plan does.
	ApproveOver int

	// MaxFailed is the number of consecutive failures after which a batch stops; 5 if 0.
	MaxFailed int
}

// Batches makes plans and carries them out. Its methods are safe for concurrent use, but Step must not be called while
// Run or another Step is running.
type Batches struct {
	c       Config
	work    chan struct{} // signals that there may be something to do
	expired time.Time     // when plans were last checked
}

// New returns Batches. They carry out nothing; Run does.
func New(c Config) *Batches {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	c.Rules.MaxFailed = cmp.Or(c.Rules.MaxFailed, 5)
	return &Batches{c: c, work: make(chan struct{}, 1)}
}

// Errors of changes to a batch. Nothing was changed.
var (
	ErrExpired    = errors.New("the plan has expired")
	ErrUnapproved = errors.New("the plan needs a second user's approval")
	ErrOwnPlan    = errors.New("the plan needs the approval of another user")
	ErrEmpty      = errors.New("no row of the plan can be carried out")
)

// StateError means that a batch's state doesn't allow a change.
type StateError struct{ State store.BatchState }

func (e *StateError) Error() string { return fmt.Sprintf("the batch is %s", e.State) }

// WarnedError means that warnings must be acknowledged first.
type WarnedError struct{ Warnings []input.Finding }

func (e *WarnedError) Error() string {
	return fmt.Sprintf("%d warnings are not acknowledged", len(e.Warnings))
}

// Batch returns a batch, or store.ErrNotFound. A plan is expired as soon as its time has passed, and knows of a batch
// from the same file as soon as that is applied.
func (b *Batches) Batch(ctx context.Context, id string) (store.Batch, error) {
	one, err := b.c.Store.Batch(ctx, b.c.Account, id)
	if err != nil {
		return one, err
	}
	b.c.Rules.update(&one, b.c.Now())
	if one.Source.Digest != "" && one.Applied.At.IsZero() {
		earlier, err := b.c.Store.BatchOfDigest(ctx, b.c.Account, one.Source.Digest)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return one, fmt.Errorf("look for a batch of the same file: %w", err)
		}
		one.Source.Earlier = earlier.Number
	}
	return one, nil
}

// update sets the state of a plan that has expired, or that was made under other rules.
func (r Rules) update(one *store.Batch, now time.Time) {
	switch {
	case isExpired(one, now):
		one.State = store.BatchExpired
	case one.State == store.BatchPlanned && one.Approved.At.IsZero() && r.needApproval(one):
		one.State = store.BatchWaiting
	}
}

func isExpired(one *store.Batch, now time.Time) bool {
	return one.State == store.BatchPlanned && !now.Before(one.Expires)
}

// Counts returns the number of a batch's rows in each state.
func (b *Batches) Counts(ctx context.Context, one *store.Batch) (store.RowCounts, error) {
	return b.c.Store.BatchCounts(ctx, one.Number)
}

// Rows returns up to limit of a batch's rows in the given states, or in any state if none is given.
func (b *Batches) Rows(
	ctx context.Context,
	one *store.Batch,
	offset, limit int,
	states ...string,
) ([]store.BatchRow, error) {
	return b.c.Store.BatchRows(ctx, one.Number, offset, limit, states...)
}

// Recent returns up to limit batches and plans: first those that are under way or wait for somebody, then the newest.
func (b *Batches) Recent(ctx context.Context, limit int) ([]store.Batch, error) {
	all, err := b.c.Store.BatchesIn(ctx, b.c.Account, limit, store.BatchWaiting, store.BatchRunning, store.BatchPaused)
	if err != nil {
		return nil, err
	}
	others, err := b.c.Store.BatchesIn(ctx, b.c.Account, limit-len(all), store.BatchPlanned, store.BatchStopped,
		store.BatchDone)
	all = append(all, others...)
	for i := range all {
		b.c.Rules.update(&all[i], b.c.Now())
	}
	return all, err
}

// Page returns up to limit batches and plans from the given offset on, newest first, and the number of all of them.
func (b *Batches) Page(ctx context.Context, offset, limit int) ([]store.Batch, int, error) {
	all, total, err := b.c.Store.Batches(ctx, b.c.Account, offset, limit)
	for i := range all {
		b.c.Rules.update(&all[i], b.c.Now())
	}
	return all, total, err
}

// Warnings returns the warnings that must be acknowledged before a plan is applied. open is what is under way.
func (b *Batches) Warnings(one *store.Batch, open store.Pending) []input.Finding {
	all := b.short(one.Takes, open)
	if one.Source.Earlier > 0 {
		all = append(all, input.Finding{Field: "file", Code: input.SameFile, Number: one.Source.Earlier})
	}
	if one.Warned > 0 {
		all = append(all, input.Finding{Field: "rows", Code: input.RowWarnings, Number: int64(one.Warned)})
	}
	if n := one.Calls; n > 0 && (one.Kind == deletes || one.Kind == change.Stop || one.Kind == change.Suspend) {
		all = append(all, input.Finding{
			Field: fleet.FieldActiveCalls.Name(), Code: change.FindingCallsCut, Number: n,
		})
	}
	if one.Kind == deletes {
		all = append(all, input.Finding{Field: "delete", Code: change.FindingDeletes, Number: int64(one.Total)})
	}
	return all
}

// short returns a warning for each resource of which less is available than rows take.
func (b *Batches) short(takes store.Resources, open store.Pending) (all []input.Finding) {
	for i, l := range b.c.Left(open) {
		if l.Known() && l.N < takes[i] && takes[i] > 0 {
			all = append(all, input.Finding{
				Field:  fleet.ResourceField(i),
				Code:   input.Shortage,
				Name:   fleet.Resources[i],
				Number: max(l.N, 0),
				Takes:  takes[i],
			})
		}
	}
	return all
}

// measure reads the subscription if rows take anything of it.
func (b *Batches) measure(ctx context.Context, takes store.Resources) error {
	if takes == (store.Resources{}) {
		return nil
	}
	if err := b.c.Measure(ctx); err != nil {
		return &operations.UpstreamError{Problem: fleet.ProblemOf(err)}
	}
	return nil
}

// event returns the audit event of a change to a batch.
func event(action string, b *store.Batch, notes ...store.Note) store.Event {
	return store.Event{
		Action:     action,
		Target:     b.ID,
		TargetName: fmt.Sprintf("Batch %d", b.Number),
		Outcome:    store.OutcomeDone,
		Notes:      append([]store.Note{store.NewNote(store.NoteBatch, b.Kind, b.Total)}, notes...),
	}
}
