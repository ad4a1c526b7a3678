package handlers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cordboard/store"
	"cordboard/views"
)

// How often the log's head goes to the log, and how often the whole chain is gone through again; what is new is verified each minute.
const (
	headRows    = 100
	headEvery   = time.Minute
	wholeEvery  = time.Hour
	tickAnyway  = time.Second
	seenFlushes = 15 * time.Second
)

// auditProof is what the last verification found.
type auditProof struct {
	head store.Head
	at   time.Time
	err  error // a TamperedError, or why it could not be read
}

// prover keeps the chain verified and its head in the log.
type prover struct {
	s             *Server
	logged        store.Head
	loggedAt      time.Time
	whole, latest time.Time
}

// tick does what is due. The head goes out before anything else could happen to it.
func (p *prover) tick(ctx context.Context) {
	s, now := p.s, p.s.now()
	p.logHead(ctx, false)
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

// logHead writes the head to the log, if it is another one than was written last and it is time, or always is set.
func (p *prover) logHead(ctx context.Context, always bool) {
	head, err := p.s.store.AuditHead(ctx)
	if err != nil || head == p.logged {
		return // a database that can't be read is told of elsewhere
	}
	now := p.s.now()
	if always || head.Seq >= p.logged.Seq+headRows || now.Sub(p.loggedAt) >= headEvery || head.Seq < p.logged.Seq {
		p.s.log.InfoContext(ctx, "audit head", "seq", head.Seq, "hash", head.Hash)
		p.logged, p.loggedAt = head, now
	}
}

// verifyAudit goes through the chain from a row that was verified before. What this process has seen counts too: a log that is shorter than it was,
// or another one, is noticed even if it is sound in itself.
func (s *Server) verifyAudit(ctx context.Context, from store.Head) {
	last := s.proof.Load()
	var known []store.Head
	if last != nil && last.head.Seq > 0 {
		known = append(known, last.head)
	}
	head, err := s.store.VerifyAudit(ctx, from, known...)
	if ctx.Err() != nil {
		return
	}
	proof := &auditProof{head, s.now(), err}
	if err != nil {
		s.log.ErrorContext(ctx, "the audit log could not be verified", "err", err)
		if last != nil { // what was known to be there stays known
			proof.head = last.head
		}
	}
	s.proof.Store(proof)
}

// proofWords tell what was verified, for the page.
func (s *Server) proofWords(c views.Clock) views.Proof {
	p := s.proof.Load()
	var tampered *store.TamperedError
	switch {
	case p == nil:
		return views.Proof{Tone: "tone-info", Icon: "hourglass", Title: "The chain is being verified."}
	case errors.As(p.err, &tampered):
		return views.Proof{
			Tone: "tone-bad", Icon: "triangle-alert", Title: fmt.Sprintf("The log was changed at no. %s.", views.Number(tampered.Seq)),
			Text: "It is not as Cordboard wrote it: " + tampered.Why + ". Keep the database and all logs as they are, and compare with a backup; docs/security.md says how.", At: c.Time(p.at),
		}
	case p.err != nil:
		return views.Proof{Tone: "tone-warn", Icon: "triangle-alert", Title: "The chain could not be verified.", Text: "The log could not be read. Reading is tried again within a minute.", At: c.Time(p.at)}
	}
	return views.Proof{Tone: "tone-ok", Icon: "shield-check", Title: "Chain verified up to no. " + views.Number(p.head.Seq), Head: p.head.Hash, At: c.Time(p.at)}
}
