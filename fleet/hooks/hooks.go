// Package hooks takes YCM's webhooks. A webhook is only a hint: it makes the mirror read the PBX that it names. The
// name of the person who changed the PBX is kept for the timeline.
package hooks

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"time"

	"cordboard/fleet"
	"cordboard/store"
	"cordboard/ycm"
)

// PBXs is the part of the mirror that webhooks use.
type PBXs interface {
	Snapshot() *fleet.Snapshot
	ReadOne(ctx context.Context, id int64)
	Refresh() <-chan struct{}
}

// Store keeps who changed a PBX.
type Store interface {
	AddModifiers(ctx context.Context, account string, all []store.Modifier) error
}

// Config configures Hooks. Account, PBXs and Store are required.
type Config struct {
	Account string
	Secret  string // the webhook's secret, as YCM shows it; "" means that webhooks are off
	PBXs    PBXs
	Store   Store
	Now     func() time.Time // time.Now if nil
	Log     *slog.Logger     // if nil, nothing is logged
}

// Limits that keep the work small, whatever arrives.
const (
	readEach      = 10 * time.Second // minimum time between two reads of one PBX, and between two requested syncs
	maxRemembered = 10_000           // bodies that are recognized if they arrive again
	maxModifiers  = 8                // modifiers of one PBX that are kept until it is read
	maxAge        = 24 * time.Hour   // older events are ignored
	maxAhead      = 5 * time.Minute  // modifiers of later events are ignored, since their time is wrong
)

// ErrSignature means that a webhook's signature is missing or wrong.
var ErrSignature = errors.New("the webhook's signature is wrong")

// Counts counts webhooks since the process started.
type Counts struct{ Accepted, Repeated, Rejected, Unreadable uint64 }

// Hooks takes webhooks. Receive and Counts are safe for concurrent use.
type Hooks struct {
	c     Config
	asked chan struct{} // signals that something is waiting

	mu     sync.Mutex
	counts Counts
	memory memory
	queue
}

// memory has the bodies that have arrived.
type memory struct {
	bodies map[[sha256.Size]byte]bool
	order  [][sha256.Size]byte // the next one to forget is at place
	place  int
}

// queue has what is to be read. It is guarded by Hooks.mu.
type queue struct {
	waiting map[int64][]store.Modifier // by PBX, not read yet
	read    map[int64]time.Time        // when a PBX was last read, for readEach
	bySN    map[string]int64           // the PBXs of snapshot
	fleet   uint64                     // version of the snapshot in bySN
	unknown bool                       // an event named a PBX that isn't in the mirror
	synced  time.Time                  // when a sync was last requested
}

// New returns Hooks. Run reads what the webhooks name.
func New(c Config) *Hooks {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Hooks{
		c:      c,
		asked:  make(chan struct{}, 1),
		memory: memory{bodies: map[[sha256.Size]byte]bool{}},
		queue:  queue{waiting: map[int64][]store.Modifier{}, read: map[int64]time.Time{}},
	}
}

// Enabled reports whether a secret is set.
func (h *Hooks) Enabled() bool { return h.c.Secret != "" }

// Counts returns the number of webhooks since the process started.
func (h *Hooks) Counts() Counts {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.counts
}

// event is the part of an event that is used. The other members depend on the event.
type event struct {
	SN         ycm.Text `json:"sn"`
	Modifier   ycm.Text `json:"modifier"`
	UpdateTime ycm.Time `json:"updateTime"`
}

// Receive takes a webhook. It returns ErrSignature unless signature is the Base64 of the HMAC-SHA256 of the body. It
// never waits for YCM or the database. A body that isn't understood, or that has arrived before, has no effect.
func (h *Hooks) Receive(body []byte, signature string) error {
	mac := hmac.New(sha256.New, []byte(h.c.Secret))
	mac.Write(body)
	given, err := base64.StdEncoding.DecodeString(signature)
	h.mu.Lock()
	defer h.mu.Unlock()
	if err != nil || !h.Enabled() || !hmac.Equal(mac.Sum(nil), given) {
		h.counts.Rejected++
		return ErrSignature
	}
	if h.memory.isRepeated(sha256.Sum256(body)) {
		h.counts.Repeated++
		return nil
	}
	var events []event
	if err := json.Unmarshal(body, &events); err != nil {
		h.counts.Unreadable++
		h.c.Log.Error("read webhook", "err", err)
		return nil
	}
	h.counts.Accepted++
	h.take(events)
	fleet.Wake(h.asked)
	return nil
}

// isRepeated reports whether a body has arrived before, and remembers it.
func (m *memory) isRepeated(sum [sha256.Size]byte) bool {
	if m.bodies[sum] {
		return true
	}
	if len(m.order) < maxRemembered {
		m.order = append(m.order, sum)
	} else {
		delete(m.bodies, m.order[m.place])
		m.order[m.place] = sum
		m.place = (m.place + 1) % maxRemembered
	}
	m.bodies[sum] = true
	return false
}

// take notes the PBXs to read. The caller holds h.mu.
func (h *Hooks) take(events []event) {
	h.learnSNs()
	now := h.c.Now()
	for _, e := range events {
		at := time.Unix(e.UpdateTime.N, 0)
		if e.SN == "" || e.UpdateTime.Known() && now.Sub(at) > maxAge {
			continue
		}
		id, ok := h.bySN[string(e.SN)]
		if !ok {
			h.unknown = true
			continue
		}
		all := h.waiting[id]
		if e.Modifier != "" && e.UpdateTime.Known() && at.Sub(now) < maxAhead && len(all) < maxModifiers {
			all = append(all, store.Modifier{CloudPBXID: id, At: at, By: string(e.Modifier)})
		}
		h.waiting[id] = all
	}
}

// learnSNs updates the PBXs by serial number. The caller holds h.mu.
func (h *Hooks) learnSNs() {
	snapshot := h.c.PBXs.Snapshot()
	if h.bySN != nil && h.fleet == snapshot.Version() {
		return
	}
	h.bySN, h.fleet = map[string]int64{}, snapshot.Version()
	for _, p := range snapshot.PBXs() {
		if sn := p.Text(fleet.FieldSN); sn != "" && !p.IsGone() {
			h.bySN[sn] = p.CloudPBXID
		}
	}
}

// Run reads what the webhooks name, until ctx ends. Without a secret, it returns immediately.
func (h *Hooks) Run(ctx context.Context) {
	if !h.Enabled() {
		return
	}
	for {
		timer := time.NewTimer(h.Step(ctx))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		case <-h.asked:
		}
		timer.Stop()
	}
}

// Step reads the PBXs that are due, and returns how long to wait before the next step. It reads each PBX at most once
// in ten seconds. Step must not be called while Run or another Step is running.
func (h *Hooks) Step(ctx context.Context) time.Duration {
	ctx = ycm.Background(ctx)
	now := h.c.Now()
	due, modifiers, next := h.due(now)
	if len(modifiers) > 0 {
		if err := h.c.Store.AddModifiers(context.WithoutCancel(ctx), h.c.Account, modifiers); err != nil {
			h.c.Log.Error("store modifiers", "err", err)
		}
	}
	for _, id := range due {
		if ctx.Err() == nil {
			h.c.PBXs.ReadOne(ctx, id)
		}
	}
	return next
}

// due returns the PBXs that can be read now, and the modifiers to store. next is how long the others have to wait.
func (h *Hooks) due(now time.Time) (due []int64, modifiers []store.Modifier, next time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	next = time.Minute
	for id, at := range h.read {
		if now.Sub(at) >= readEach {
			delete(h.read, id)
		}
	}
	for id, all := range h.waiting {
		if at, ok := h.read[id]; ok {
			next = min(next, readEach-now.Sub(at))
			continue
		}
		due = append(due, id)
		modifiers = append(modifiers, all...)
		delete(h.waiting, id)
		h.read[id] = now
	}
	if h.unknown {
		if wait := readEach - now.Sub(h.synced); wait > 0 {
			return due, modifiers, min(next, wait)
		}
		h.unknown, h.synced = false, now
		h.c.PBXs.Refresh()
	}
	return due, modifiers, max(next, time.Millisecond)
}
