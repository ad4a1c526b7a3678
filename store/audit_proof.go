package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"math"
)

// auditVersion is the version of the format of new rows. Hashes of version 1 cover neither the changes nor the reason.
// In versions 1 and 2, the detail is text; see notesVersion.
const auditVersion = 3

// Head identifies the end of the log: the number of rows, and the last row's hash. A head that is stored elsewhere
// reveals whether the log was truncated later.
type Head struct {
	Seq  int64  `json:"seq"`
	Hash string `json:"hash"`
}

// ErrTampered means that the audit log does not match what was written. The message of a [TamperedError] names the
// first bad row.
var ErrTampered = errors.New("the audit log was changed")

// TamperedError reports where the audit log was tampered with. It matches [ErrTampered].
type TamperedError struct {
	Seq int64 // the first row that was changed, inserted or removed
	Why string
}

func (e *TamperedError) Error() string {
	return fmt.Sprintf("%v at entry %d: %s", ErrTampered, e.Seq, e.Why)
}

// Is reports whether target is ErrTampered.
func (e *TamperedError) Is(target error) bool { return target == ErrTampered }

func (s *Store) mac() hash.Hash { return hmac.New(sha256.New, s.auditKey) }

// auditHash returns the hash of e; before is the previous row's hash. The hash is keyed, so write access to the
// table isn't enough to forge it. It covers the previous row's hash, so no row before the last can be removed
// unnoticed.
func auditHash(mac hash.Hash, before string, e Event) string {
	content := []any{
		e.version, before, e.Seq, unix(e.At), e.Actor.ID, e.Actor.Email, e.Actor.Name, e.Actor.Role, e.Actor.Address,
		e.Actor.Session, e.Action, e.Target, e.TargetName, e.Outcome, e.detail, e.Actor.RequestID, e.YCMRequestID,
	}
	if e.version > 1 {
		content = append(content, e.changes, e.Actor.Reason)
	}
	text, err := json.Marshal(content)
	if err != nil {
		panic(fmt.Sprintf("store: encode strings and numbers as JSON: %v", err))
	}
	mac.Reset()
	mac.Write(text)
	return hex.EncodeToString(mac.Sum(nil))
}

// VerifyAudit verifies the log and returns its head. from is the head of an earlier verification: only later rows are
// verified. The zero Head means all rows. heads are chain heads that were saved elsewhere; each one that is later than
// from must match its row. VerifyAudit returns a [TamperedError] for the first row that does not match what was
// written.
func (s *Store) VerifyAudit(ctx context.Context, from Head, heads ...Head) (Head, error) {
	wanted := make(map[int64]string, len(heads))
	furthest := Head{}
	for _, h := range heads {
		if other, ok := wanted[h.Seq]; ok && other != h.Hash {
			return from, &TamperedError{h.Seq, "two chain heads for this entry have different hashes"}
		}
		wanted[h.Seq] = h.Hash
		if h.Seq > furthest.Seq {
			furthest = h
		}
	}
	mac := s.mac()
	head := from
	if from.Seq > 0 {
		if err := s.checkHead(ctx, from); err != nil {
			return Head{}, err
		}
	}
	first := from.Seq
	if first == 0 {
		first = math.MinInt64 // includes rows that someone inserted before the first one
	} else if err := s.checkBeginning(ctx); err != nil {
		return Head{}, err
	}
	err := eachRowIn(ctx, s.heavy, func(row scanner) error {
		e, err := scanEvent(row)
		switch {
		case err != nil:
			return &TamperedError{head.Seq + 1, err.Error()}
		case e.Seq < 1:
			return &TamperedError{e.Seq, "the entry was inserted"}
		case e.Seq != head.Seq+1:
			return &TamperedError{head.Seq + 1, "the entry is missing"}
		case e.version < 1 || e.version > auditVersion || e.version == 1 && (e.changes != "" || e.Actor.Reason != ""):
			return &TamperedError{e.Seq, "the entry has a format that this version never writes"}
		case !hmac.Equal([]byte(e.Hash), []byte(auditHash(mac, head.Hash, e))):
			return &TamperedError{e.Seq, "the hash does not match the entry"}
		case wanted[e.Seq] != "" && wanted[e.Seq] != e.Hash:
			return &TamperedError{e.Seq, "the hash does not match the saved chain head"}
		}
		head = Head{e.Seq, e.Hash}
		return nil
	}, `SELECT `+auditColumns+` FROM audit_events WHERE seq > ? ORDER BY seq`, first)
	if err != nil {
		return head, fmt.Errorf("verify the audit log: %w", err)
	}
	if furthest.Seq > head.Seq {
		return head, &TamperedError{
			head.Seq + 1,
			fmt.Sprintf(
				"the entry is missing, as are all entries up to %d, for which a chain head was saved",
				furthest.Seq,
			),
		}
	}
	return head, nil
}

// checkBeginning returns a [TamperedError] if a row was inserted before the first one.
func (s *Store) checkBeginning(ctx context.Context) error {
	var first int64
	if err := s.read.QueryRowContext(ctx, `SELECT coalesce(min(seq), 1) FROM audit_events`).Scan(&first); err != nil {
		return fmt.Errorf("read the audit log: %w", err)
	}
	if first < 1 {
		return &TamperedError{first, "the entry was inserted"}
	}
	return nil
}

// checkHead returns a [TamperedError] unless row h.Seq still has h's hash.
func (s *Store) checkHead(ctx context.Context, h Head) error {
	var hash string
	err := s.read.QueryRowContext(ctx, `SELECT hash FROM audit_events WHERE seq = ?`, h.Seq).Scan(&hash)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return &TamperedError{h.Seq, "the entry was verified before and is missing now"}
	case err != nil:
		return fmt.Errorf("read the audit log: %w", err)
	case hash != h.Hash:
		return &TamperedError{h.Seq, "the entry differs from the one that was verified before"}
	}
	return nil
}

// AuditHead returns the current head of the log, or the zero Head if the log is empty.
func (s *Store) AuditHead(ctx context.Context) (Head, error) {
	var h Head
	err := s.read.QueryRowContext(ctx, `SELECT seq, hash FROM audit_events ORDER BY seq DESC LIMIT 1`).
		Scan(&h.Seq, &h.Hash)
	if errors.Is(err, sql.ErrNoRows) {
		return Head{}, nil
	}
	return h, err
}
