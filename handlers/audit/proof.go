package audit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cordboard/store"
	views "cordboard/views/audit"
	"cordboard/views/ui"
)

// The audit head is logged after headRows new entries, or after headEvery if there are fewer. New entries are verified
// every headEvery, and the whole chain every wholeEvery.
const (
	headRows   = 100
	headEvery  = time.Minute
	wholeEvery = time.Hour
)

// auditVerification is the result of the last verification.
type auditVerification struct {
	head store.Head
	at   time.Time
	err  error // a TamperedError or a read error; nil if the chain is intact
}

// Prover verifies the audit chain and logs its head.
type Prover struct {
	s             *Handler
	logged        store.Head
	loggedAt      time.Time
	whole, latest time.Time
}

// NewProver returns a Prover that stores its results in s.
func NewProver(s *Handler) *Prover { return &Prover{s: s} }

// Tick performs the tasks that are due: it logs the head, and then verifies the chain.
func (p *Prover) Tick(ctx context.Context) {
	s, now := p.s, p.s.site.Now()
	p.LogHead(ctx, false)
	if now.Sub(p.latest) >= headEvery {
		p.latest = now
		from := store.Head{}
		if last := s.proof.Load(); last != nil && last.err == nil && now.Sub(p.whole) < wholeEvery {
			from = last.head
		} else {
			p.whole = now
		}
		s.verifyAudit(ctx, from)
	}
}

// LogHead logs the head if it differs from the last one logged and logging is due. If always is true, LogHead doesn't
// wait until logging is due.
func (p *Prover) LogHead(ctx context.Context, always bool) {
	head, err := p.s.log.AuditHead(ctx)
	if err != nil || head == p.logged {
		return // a failed read is reported elsewhere
	}
	now := p.s.site.Now()
	if always || head.Seq >= p.logged.Seq+headRows || now.Sub(p.loggedAt) >= headEvery || head.Seq < p.logged.Seq {
		p.s.site.Log.InfoContext(ctx, "audit head", "seq", head.Seq, "hash", head.Hash)
		p.logged, p.loggedAt = head, now
	}
}

// verifyAudit verifies the entries after from, the head of an earlier verification. If from is zero, it verifies the
// whole chain. It also compares the chain with the last head that this process verified. That comparison detects a log
// that was truncated or replaced, even if the log itself is consistent.
func (h *Handler) verifyAudit(ctx context.Context, from store.Head) {
	last := h.proof.Load()
	var known []store.Head
	if last != nil && last.head.Seq > 0 {
		known = append(known, last.head)
	}
	head, err := h.log.VerifyAudit(ctx, from, known...)
	if ctx.Err() != nil {
		return
	}
	proof := &auditVerification{head, h.site.Now(), err}
	if err != nil {
		h.site.Log.ErrorContext(ctx, "verify audit log", "err", err)
		if last != nil { // keep the last head that was verified
			proof.head = last.head
		}
	}
	h.proof.Store(proof)
}

// proofWords describes the last verification for the page.
func (h *Handler) proofWords(c ui.Clock) views.Proof {
	p := h.proof.Load()
	var tampered *store.TamperedError
	switch {
	case p == nil:
		return views.Proof{Tone: "tone-info", Icon: "hourglass", Title: "The chain is being verified."}
	case errors.As(p.err, &tampered):
		return views.Proof{
			Tone:  "tone-bad",
			Icon:  "triangle-alert",
			Title: fmt.Sprintf("The log was changed at entry %s.", ui.Number(tampered.Seq)),
			Text: "The log does not match what Cordboard wrote: " + tampered.Why + ". Keep the database and all logs as " +
				"they are, and compare them with a backup as described in docs/security.md.",
			At: c.Time(p.at),
		}
	case p.err != nil:
		return views.Proof{
			Tone:  "tone-warn",
			Icon:  "triangle-alert",
			Title: "The chain could not be verified.",
			Text:  "The log could not be read. Cordboard will try again within a minute.",
			At:    c.Time(p.at),
		}
	}
	return views.Proof{
		Tone:  "tone-ok",
		Icon:  "shield-check",
		Title: "Chain verified up to entry " + ui.Number(p.head.Seq) + ".",
		Head:  p.head.Hash,
		At:    c.Time(p.at),
	}
}
