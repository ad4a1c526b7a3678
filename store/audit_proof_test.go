package store

import (
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// chained opens a store with n varied rows in its log, and a connection with unrestricted access to the database.
func chained(t testing.TB, n int) (*Store, *sql.DB) {
	t.Helper()
	dir := t.TempDir()
	at := time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC)
	s, err := Open(t.Context(), Config{Dir: dir, Now: func() time.Time { return at }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	err = s.inTx(t.Context(), func(tx *sql.Tx) error {
		for i := range n {
			by := Actor{
				ID:        int64(i % 5),
				Email:     "ines@example.com",
				Name:      "Ines",
				Role:      RoleAdmin,
				Address:   "203.0.113.5",
				Session:   "abcdef012345",
				RequestID: "REQ",
				Reason:    []string{"", "CB-1"}[i%2],
			}
			e := Event{
				Action:       "pbx.create",
				Target:       "7715",
				TargetName:   "Acme",
				Outcome:      OutcomeAsked,
				Notes:        Messages(fmt.Sprint("row ", i)),
				YCMRequestID: "abc",
			}
			if i%3 == 0 {
				e.Changes = []Change{{"role", "viewer", "admin"}}
			}
			if err := s.addAudit(t.Context(), tx, by, e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, DatabaseName))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(1)
	return s, db
}

// TestEveryTamperingIsFound checks that VerifyAudit finds a thousand random changes to the table. Someone with write
// access but without the key could make any of them. The chain head of every tenth row is saved elsewhere.
func TestEveryTamperingIsFound(t *testing.T) {
	t.Parallel()
	const rows = 60
	s, db := chained(t, rows)
	do := func(query string, args ...any) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), query, args...); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	var heads []Head
	for seq := int64(10); seq <= rows; seq += 10 {
		h := Head{Seq: seq}
		if err := db.QueryRowContext(t.Context(), `SELECT hash FROM audit_events WHERE seq = ?`, seq).
			Scan(&h.Hash); err != nil {
			t.Fatal(err)
		}
		heads = append(heads, h)
	}
	do(`DROP TRIGGER audit_events_no_update`)
	do(`DROP TRIGGER audit_events_no_delete`)
	do(`CREATE TABLE honest AS SELECT * FROM audit_events`)
	columns := strings.Split(strings.ReplaceAll(auditColumns, " ", ""), ",")
	random := rand.New(rand.NewPCG(20, 26))
	kinds := map[string]int{}
	changes := 1000
	if testing.Short() {
		changes = 100
	}
	for range changes {
		seq := 1 + random.Int64N(rows)
		kind, bad := tamper(do, random, columns, seq, rows)
		kinds[kind]++
		var tampered *TamperedError
		if _, err := s.VerifyAudit(
			t.Context(),
			Head{},
			heads...); !errors.As(err, &tampered) || !errors.Is(err, ErrTampered) ||
			tampered.Seq != bad {
			t.Errorf("%s at row %d: VerifyAudit = %v, want first bad row %d", kind, seq, err, bad)
		}
		do(`DELETE FROM audit_events`)
		do(`INSERT INTO audit_events SELECT * FROM honest`)
	}
	if head, err := s.VerifyAudit(t.Context(), Head{}, heads...); err != nil || head != heads[len(heads)-1] {
		t.Errorf("VerifyAudit of the unchanged log = %v, %v, want the last head and no error", head, err)
	}
	t.Log(kinds)
}

// tamper makes one change to the table, and returns its kind and the first row that is bad afterward.
func tamper(do func(string, ...any), random *rand.Rand, columns []string, seq, rows int64) (kind string, bad int64) {
	switch random.IntN(10) {
	case 0, 1, 2:
		column := columns[1+random.IntN(len(columns)-1)]
		switch column {
		case "at", "actor_id", "version":
			do(`UPDATE audit_events SET `+column+` = `+column+` + ? WHERE seq = ?`, 1+random.Int64N(9), seq)
		case "outcome":
			do(`UPDATE audit_events SET outcome = 'done' WHERE seq = ?`, seq)
		default:
			do(`UPDATE audit_events SET `+column+` = `+column+` || 'x' WHERE seq = ?`, seq)
		}
		return column, seq
	case 3:
		do(`DELETE FROM audit_events WHERE seq = ?`, seq)
		return "a row taken out", seq
	case 4:
		do(`DELETE FROM audit_events WHERE seq >= ?`, seq)
		return "the tail cut off", seq
	case 5:
		do(`DELETE FROM audit_events WHERE seq = ?`, seq)
		do(`UPDATE audit_events SET seq = -seq WHERE seq > ?`, seq)
		do(`UPDATE audit_events SET seq = -seq - 1 WHERE seq < 0`)
		return "a row taken out and the rest moved up", seq
	case 6: // pretends that the row has version 1, whose hash doesn't cover the newer columns
		do(`UPDATE audit_events SET version = 1, reason = 'another' WHERE seq = ?`, seq)
		return "a row of version 1 with a reason", seq
	case 8:
		bad = -random.Int64N(5)
		do(
			`INSERT INTO audit_events (`+strings.Join(columns, ", ")+`) SELECT ?, `+strings.Join(
				columns[1:],
				", ",
			)+` FROM audit_events WHERE seq = ?`,
			bad,
			seq,
		)
		return "a row put in before the first", bad
	case 7:
		do(
			`INSERT INTO audit_events (`+strings.Join(columns, ", ")+`) SELECT ?, `+strings.Join(
				columns[1:],
				", ",
			)+` FROM audit_events WHERE seq = ?`,
			rows+1,
			seq,
		)
		return "a row copied to the end", rows + 1
	default:
		if seq == rows {
			seq--
		}
		do(`UPDATE audit_events SET seq = CASE seq WHEN ?1 THEN -?1 - 1 ELSE -?1 END WHERE seq IN (?1, ?1 + 1)`, seq)
		do(`UPDATE audit_events SET seq = -seq WHERE seq < 0`)
		return "two rows swapped", seq
	}
}

// TestHeadsShowWhatAChainCannot checks that saved heads reveal a database that was replaced with another one whose
// chain is intact: an older copy, or a different history.
func TestHeadsShowWhatAChainCannot(t *testing.T) {
	t.Parallel()
	s, _ := chained(t, 20)
	head, err := s.AuditHead(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.VerifyAudit(t.Context(), Head{}, head); err != nil {
		t.Errorf("VerifyAudit with the current head: %v", err)
	}
	for name, tt := range map[string]struct {
		head Head
		bad  int64
	}{
		"a later head":               {Head{25, strings.Repeat("a", 64)}, 21},
		"a head of another history":  {Head{15, strings.Repeat("a", 64)}, 15},
		"a head of the row before 1": {Head{20, strings.Repeat("b", 64)}, 20},
	} {
		var tampered *TamperedError
		if _, err := s.VerifyAudit(t.Context(), Head{}, tt.head); !errors.As(err, &tampered) || tampered.Seq != tt.bad {
			t.Errorf("%s: VerifyAudit = %v, want first bad row %d", name, err, tt.bad)
		}
	}
	// The last row of an earlier verification must be unchanged, even if only later rows are verified.
	var tampered *TamperedError
	if _, err := s.VerifyAudit(t.Context(), Head{10, strings.Repeat("c", 64)}); !errors.As(err, &tampered) ||
		tampered.Seq != 10 {
		t.Errorf("VerifyAudit from a changed row = %v, want first bad row 10", err)
	}
	if got, err := s.VerifyAudit(t.Context(), Head{}); err != nil || got != head {
		t.Errorf("VerifyAudit = %v, %v, want %v", got, err, head)
	}
}

// TestRowsOfVersion1StillVerify checks that a log begun by an earlier version still verifies.
func TestRowsOfVersion1StillVerify(t *testing.T) {
	t.Parallel()
	s, db := chained(t, 0)
	before := ""
	for seq := int64(1); seq <= 3; seq++ {
		e := Event{
			Seq:      seq,
			At:       fromUnix(1000 + seq),
			Actor:    Actor{Email: "a"},
			Action:   "user.add",
			Outcome:  OutcomeDone,
			encoding: encoding{version: 1},
		}
		e.Hash = auditHash(s.mac(), before, e)
		if _, err := db.ExecContext(
			t.Context(),
			`INSERT INTO audit_events (seq, at, actor_id, actor_email, actor_name, actor_role, address,
				session, action, target, target_name, outcome, detail, request_id, ycm_request_id, hash)
			VALUES (?, ?, 0, 'a', '', '', '', '', 'user.add', '', '', 'done', '', '', '', ?)`,
			seq,
			1000+seq,
			e.Hash,
		); err != nil {
			t.Fatal(err)
		}
		before = e.Hash
	}
	if err := s.Audit(
		t.Context(),
		Actor{Email: "b", Reason: "CB-7"},
		Event{Action: "user.role", Outcome: OutcomeDone},
	); err != nil {
		t.Fatal(err)
	}
	if head, err := s.VerifyAudit(t.Context(), Head{}); err != nil || head.Seq != 4 {
		t.Errorf("VerifyAudit = %v, %v, want 4 rows", head, err)
	}
}

// BenchmarkVerifyAudit verifies 100,000 rows. The target is 2 seconds.
func BenchmarkVerifyAudit(b *testing.B) {
	s, _ := chained(b, 100_000)
	for b.Loop() {
		if head, err := s.VerifyAudit(b.Context(), Head{}); err != nil || head.Seq != 100_000 {
			b.Fatal(head, err)
		}
	}
}
