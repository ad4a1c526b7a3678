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

// auditVersion is that of new rows' hashes. Version 1 knew neither changes nor a reason.
const auditVersion = 2

// Head names the end of the log: how many rows it had, and the hash of the last. Kept somewhere else, it shows a log that was cut short.
type Head struct {
	Seq  int64  `json:"seq"`
	Hash string `json:"hash"`
}

// ErrTampered means that the audit log is not as it was written; the text names the first row that isn't.
var ErrTampered = errors.New("the audit log was changed")

// TamperedError is where.
type TamperedError struct {
	Seq int64 // the first row that is not as it was written, or that is missing
	Why string
}

func (e *TamperedError) Error() string {
	return fmt.Sprintf("%v at row %d: %s", ErrTampered, e.Seq, e.Why)
}

// Is makes it an ErrTampered.
func (e *TamperedError) Is(target error) bool { return target == ErrTampered }

func (s *Store) mac() hash.Hash { return hmac.New(sha256.New, s.auditKey) }

// auditHash is keyed, so that who can write the table can't re-hash it, and covers the row before, so that none can be
// taken out of the middle.
func auditHash(mac hash.Hash, before string, e Event) string {
	content := []any{
		e.version, before, e.Seq, unix(e.At), e.Actor.ID, e.Actor.Email, e.Actor.Name, e.Actor.Role, e.Actor.Address,
		e.Actor.Session, e.Action, e.Target, e.TargetName, e.Outcome, e.Detail, e.Actor.RequestID, e.YCMRequestID,
	}
	if e.version > 1 {
		content = append(content, e.changes, e.Actor.Reason)
	}
	text, err := json.Marshal(content)
	if err != nil {
		panic(fmt.Sprintf("store: strings and numbers that are no JSON: %v", err))
	}
	mac.Reset()
	mac.Write(text)
	return hex.EncodeToString(mac.Sum(nil))
}

// VerifyAudit reads the log from the row after from, whose hash from has (the zero Head is the beginning), and returns its head. heads are what
// is known of it from elsewhere: rows that must be there with these hashes. It returns a [TamperedError] for the first row that is not as it
// was written.
func (s *Store) VerifyAudit(ctx context.Context, from Head, heads ...Head) (Head, error) {
	wanted := make(map[int64]string, len(heads))
	furthest := Head{}
	for _, h := range heads {
		if other, ok := wanted[h.Seq]; ok && other != h.Hash {
			return from, &TamperedError{h.Seq, "two heads differ"}
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
		first = math.MinInt64 // rows before the first are none of ours
	} else if err := s.checkBeginning(ctx); err != nil {
		return Head{}, err
	}
	err := eachRowIn(ctx, s.heavy, func(row scanner) error {
		e, err := scanEvent(row)
		switch {
		case err != nil:
			return &TamperedError{head.Seq + 1, err.Error()}
		case e.Seq < 1:
			return &TamperedError{e.Seq, "it was put in"}
		case e.Seq != head.Seq+1:
			return &TamperedError{head.Seq + 1, "it is missing"}
		case e.version < 1 || e.version > auditVersion || e.version == 1 && (e.changes != "" || e.Actor.Reason != ""):
			return &TamperedError{e.Seq, "it is in no form that this version writes"}
		case !hmac.Equal([]byte(e.Hash), []byte(auditHash(mac, head.Hash, e))):
			return &TamperedError{e.Seq, "its hash is another"}
		case wanted[e.Seq] != "" && wanted[e.Seq] != e.Hash:
			return &TamperedError{e.Seq, "its hash is not the one of the head that was kept"}
		}
		head = Head{e.Seq, e.Hash}
		return nil
	}, `SELECT `+auditColumns+` FROM audit_events WHERE seq > ? ORDER BY seq`, first)
	if err != nil {
		return head, fmt.Errorf("verify the audit log: %w", err)
	}
	if furthest.Seq > head.Seq {
		return head, &TamperedError{head.Seq + 1, fmt.Sprintf("it is missing, and all up to %d, which a head that was kept has", furthest.Seq)}
	}
	return head, nil
}

// checkBeginning says whether anything was put in before the first row.
func (s *Store) checkBeginning(ctx context.Context) error {
	var first int64
	if err := s.read.QueryRowContext(ctx, `SELECT coalesce(min(seq), 1) FROM audit_events`).Scan(&first); err != nil {
		return fmt.Errorf("read the audit log: %w", err)
	}
	if first < 1 {
		return &TamperedError{first, "it was put in"}
	}
	return nil
}

// checkHead says whether a row is still the one that was verified before.
func (s *Store) checkHead(ctx context.Context, h Head) error {
	var hash string
	err := s.read.QueryRowContext(ctx, `SELECT hash FROM audit_events WHERE seq = ?`, h.Seq).Scan(&hash)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return &TamperedError{h.Seq, "it was there before and is missing"}
	case err != nil:
		return fmt.Errorf("read the audit log: %w", err)
	case hash != h.Hash:
		return &TamperedError{h.Seq, "it is not the one that was there before"}
	}
	return nil
}

// AuditHead returns where the log ends now; the zero Head if it is empty.
func (s *Store) AuditHead(ctx context.Context) (Head, error) {
	var h Head
	err := s.read.QueryRowContext(ctx, `SELECT seq, hash FROM audit_events ORDER BY seq DESC LIMIT 1`).Scan(&h.Seq, &h.Hash)
	if errors.Is(err, sql.ErrNoRows) {
		return Head{}, nil
	}
	return h, err
}
