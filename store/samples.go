package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"time"
)

// Time scales of samples, and how long the samples of each scale are kept.
const (
	Hour = "hour"
	Day  = "day"

	hoursKept = 14 * 24 * time.Hour
	daysKept  = 400 * 24 * time.Hour
)

// Sample is the highest value of a counter in an hour or day.
type Sample struct {
	CloudPBXID int64
	Scale      string // Hour or Day
	Counter    string // YCM's name
	Start      time.Time
	Max        int64
	Known      bool // YCM reported a value
}

func putSamples(ctx context.Context, tx *sql.Tx, c Changes) error {
	return each(
		ctx,
		tx,
		c.Samples,
		`INSERT INTO pbx_samples (account, cloud_pbx_id, scale, counter, start_at, max) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET max = excluded.max`,
		func(p Sample) []any {
			return []any{
				c.Account,
				p.CloudPBXID,
				p.Scale,
				p.Counter,
				unix(p.Start),
				sql.NullInt64{Int64: p.Max, Valid: p.Known},
			}
		},
	)
}

func scanSample(row scanner) (Sample, error) {
	var p Sample
	var start int64
	var highest sql.NullInt64
	err := row.Scan(&p.CloudPBXID, &p.Scale, &p.Counter, &start, &highest)
	p.Start, p.Max, p.Known = fromUnix(start), highest.Int64, highest.Valid
	return p, err
}

// EachLastSample calls f with the latest sample of each PBX, scale and counter.
func (s *Store) EachLastSample(ctx context.Context, account string, f func(Sample)) error {
	err := s.eachRow(ctx, func(row scanner) error {
		p, err := scanSample(row)
		if err == nil {
			f(p)
		}
		return err
	}, `SELECT cloud_pbx_id, scale, counter, max(start_at), max
		FROM pbx_samples
		WHERE account = ?
		GROUP BY cloud_pbx_id, scale, counter`, account)
	if err != nil {
		return fmt.Errorf("read the last samples: %w", err)
	}
	return nil
}

// Peak is the highest value of a PBX's counter over a period of days, and the time of the counter's first sample.
type Peak struct {
	CloudPBXID int64
	Counter    string
	Max        int64
	Known      bool // YCM reported a value
	First      time.Time
}

// EachPeak calls f with the peak of each of the given counters of each PBX. It omits counters without samples. The
// period starts with the day (UTC) that contains since. A value that was reached earlier counts if it was still current
// on that day. EachPeak uses index seeks, so it doesn't scan samples of earlier days and other scales.
func (s *Store) EachPeak(ctx context.Context, account string, since time.Time, counters []string, f func(Peak)) error {
	names, err := json.Marshal(counters)
	if err != nil {
		return err
	}
	err = s.eachRow(ctx, func(row scanner) error {
		var p Peak
		var highest, first sql.NullInt64
		if err := row.Scan(&p.CloudPBXID, &p.Counter, &highest, &first); err != nil {
			return err
		}
		if first.Valid { // at least one sample exists
			p.Max, p.Known, p.First = highest.Int64, highest.Valid, fromUnix(first.Int64)
			f(p)
		}
		return nil
	}, `SELECT p.cloud_pbx_id, c.value,
			(SELECT max(s.max)
			FROM pbx_samples s
			WHERE s.account = p.account AND s.cloud_pbx_id = p.cloud_pbx_id AND s.scale = :day AND s.counter = c.value
				AND s.start_at >= coalesce((SELECT max(b.start_at)
				FROM pbx_samples b
				WHERE b.account = p.account AND b.cloud_pbx_id = p.cloud_pbx_id
					AND b.scale = :day AND b.counter = c.value AND b.start_at <= :since), :since)),
			(SELECT min(s.start_at)
			FROM pbx_samples s
			WHERE s.account = p.account AND s.cloud_pbx_id = p.cloud_pbx_id AND s.scale = :day AND s.counter = c.value)
		FROM pbxs p, json_each(:counters) c
		WHERE p.account = :account`,
		sql.Named("account", account),
		sql.Named("day", Day),
		sql.Named("since", unix(since.UTC().Truncate(24*time.Hour))),
		sql.Named("counters", string(names)),
	)
	if err != nil {
		return fmt.Errorf("read the peaks: %w", err)
	}
	return nil
}

// Samples returns the stored samples of one PBX at a scale, ordered by counter and time. An hour or day without a
// sample has the previous sample's value, if Sampled includes that hour or day.
func (s *Store) Samples(ctx context.Context, account string, id int64, scale string) ([]Sample, error) {
	samples, err := allRows(
		ctx,
		s,
		scanSample,
		`SELECT cloud_pbx_id, scale, counter, start_at, max
			FROM pbx_samples
			WHERE account = ? AND cloud_pbx_id = ? AND scale = ?
			ORDER BY counter, start_at`,
		account,
		id,
		scale,
	)
	if err != nil {
		return nil, fmt.Errorf("read the samples of PBX %d: %w", id, err)
	}
	return samples, nil
}

// AddSampled records the hours and days in which complete syncs ended. newDay is true if one of the syncs was the first
// complete one of its day (UTC).
func (s *Store) AddSampled(ctx context.Context, account string, ends ...time.Time) (newDay bool, err error) {
	err = s.inTx(ctx, func(tx *sql.Tx) error {
		for _, at := range ends {
			for scale, unit := range map[string]time.Duration{Hour: time.Hour, Day: 24 * time.Hour} {
				result, err := tx.ExecContext(
					ctx,
					`INSERT INTO pbx_sampled (account, scale, start_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
					account,
					scale,
					unix(at.UTC().Truncate(unit)),
				)
				if err != nil {
					return fmt.Errorf("record sampled %s: %w", scale, err)
				}
				n, err := result.RowsAffected()
				if err != nil {
					return err
				}
				newDay = newDay || scale == Day && n > 0
			}
		}
		return nil
	})
	return newDay, err
}

// SteadyNow returns now, or a limit if that is earlier. The limit is two days after the start of the last day before
// today on which a complete sync ended. Without it, a clock that is temporarily years ahead would make ForgetSamples
// delete nearly all samples.
func (s *Store) SteadyNow(ctx context.Context, account string, now time.Time) (time.Time, error) {
	var last sql.NullInt64
	err := s.read.QueryRowContext(ctx, `SELECT max(start_at)
		FROM pbx_sampled
		WHERE account = ? AND scale = ? AND start_at < ?`, account, Day, unix(now.UTC().Truncate(24*time.Hour))).
		Scan(&last)
	if err != nil {
		return now, fmt.Errorf("read the last sampled day: %w", err)
	}
	if limit := fromUnix(last.Int64).Add(48 * time.Hour); last.Valid && limit.Before(now) {
		return limit, nil
	}
	return now, nil
}

// forgetAtOnce is the maximum number of PBXs whose samples are checked in one transaction. It is small enough that
// other writers don't wait long.
const forgetAtOnce = 500

// ForgetSamples removes expired samples, and expired hours and days from Sampled. It keeps the newest expired sample of
// each counter, because it may still be the current value.
func (s *Store) ForgetSamples(ctx context.Context, account string, now time.Time) error {
	for scale, kept := range map[string]time.Duration{Hour: hoursKept, Day: daysKept} {
		cutoff := unix(now.Add(-kept))
		err := s.inTx(ctx, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(
				ctx,
				`DELETE FROM pbx_sampled WHERE account = ? AND scale = ? AND start_at < ?`,
				account,
				scale,
				cutoff,
			)
			return err
		})
		if err != nil {
			return fmt.Errorf("delete old sampled %ss: %w", scale, err)
		}
		for from := int64(math.MinInt64); ; {
			to, more, err := s.forget(ctx, account, scale, cutoff, from)
			if err != nil {
				return fmt.Errorf("delete old samples by the %s: %w", scale, err)
			}
			if !more {
				break
			}
			from = to + 1
		}
	}
	return nil
}

// forget removes expired samples of the next forgetAtOnce PBXs in order of ID. from is the lowest ID to consider.
// forget returns the last PBX's ID; more is false if there were no PBXs left.
func (s *Store) forget(
	ctx context.Context,
	account, scale string,
	cutoff, from int64,
) (to int64, more bool, err error) {
	var last sql.NullInt64
	err = s.read.QueryRowContext(ctx, `SELECT max(cloud_pbx_id)
		FROM (SELECT cloud_pbx_id
		FROM pbxs
		WHERE account = ? AND cloud_pbx_id >= ?
		ORDER BY cloud_pbx_id
		LIMIT ?)`, account, from, forgetAtOnce).
		Scan(&last)
	if err != nil || !last.Valid {
		return 0, false, err
	}
	err = s.inTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(
			ctx,
			`
DELETE FROM pbx_samples AS old
WHERE account = :account
	AND cloud_pbx_id BETWEEN :from AND :to
	AND scale = :scale
	AND start_at < :cutoff
	AND EXISTS (
		SELECT 1
		FROM pbx_samples AS next
		WHERE next.account = old.account
			AND next.cloud_pbx_id = old.cloud_pbx_id
			AND next.scale = old.scale
			AND next.counter = old.counter
			AND next.start_at > old.start_at
			AND next.start_at <= :cutoff
	)`,
			sql.Named("account", account),
			sql.Named("from", from),
			sql.Named("to", last.Int64),
			sql.Named("scale", scale),
			sql.Named("cutoff", cutoff),
		)
		return err
	})
	return last.Int64, true, err
}

// Sampled returns the starts of the hours or days in which a complete sync ended, oldest first.
func (s *Store) Sampled(ctx context.Context, account, scale string) ([]time.Time, error) {
	starts, err := allRows(
		ctx,
		s,
		scanTime,
		`SELECT start_at FROM pbx_sampled WHERE account = ? AND scale = ? ORDER BY start_at`,
		account,
		scale,
	)
	if err != nil {
		return nil, fmt.Errorf("read sampled %ss: %w", scale, err)
	}
	return starts, nil
}
