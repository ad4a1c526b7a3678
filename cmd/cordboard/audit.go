package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"

	"cordboard/handlers/audit"
	"cordboard/store"
)

type auditCmd struct {
	Verify auditVerifyCmd `cmd:"" help:"Verify the audit log's hash chain and report the first entry that doesn't match."`
	Export auditExportCmd `cmd:"" help:"Write the audit log to standard output."`
}

type auditVerifyCmd struct {
	dataConfig `       embed:""`
	Heads      string `         type:"existingfile" help:"File with saved chain heads, such as the portal's log (text or JSON) or a backup's .head file. Saved heads reveal whether the audit log was truncated or replaced with an older one."`
}

var errTampered = errors.New("the audit log does not match what was written")

func (c *auditVerifyCmd) Run(ctx context.Context, io streams) error {
	var heads []store.Head
	if c.Heads != "" {
		var err error
		if heads, err = readHeads(c.Heads); err != nil {
			return err
		}
	}
	return c.withExisting(ctx, func(db *store.Store) error {
		head, err := db.VerifyAudit(ctx, store.Head{}, heads...)
		var tampered *store.TamperedError
		if errors.As(err, &tampered) {
			fmt.Fprintf(io.out, "The first bad entry is number %d: %s.\n", tampered.Seq, tampered.Why)
			return errTampered
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(io.out, "Verified %d entries. The head is %d %s.\n", head.Seq, head.Seq, head.Hash)
		switch {
		case c.Heads == "":
			fmt.Fprintln(io.out, "Entries removed from the end can be detected only with --heads.")
		case len(heads) == 0:
			return fmt.Errorf("no chain heads found in %s", c.Heads)
		default:
			fmt.Fprintf(io.out, "All chain heads from %s match (%d checked).\n", c.Heads, len(heads))
		}
		return nil
	})
}

// headForms match a chain head in a log file of either format, and in a backup's .head file.
var headForms = []*regexp.Regexp{
	regexp.MustCompile(`msg="audit head" seq=(\d+) hash=([0-9a-f]{64})`),
	regexp.MustCompile(`"seq":(\d+),"hash":"([0-9a-f]{64})"`),
}

func readHeads(path string) (heads []store.Head, err error) {
	f, err := os.Open(path) //nolint:gosec // the operator names it
	if err != nil {
		return nil, fmt.Errorf("read chain heads: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	seen := map[store.Head]bool{}
	for lines.Scan() {
		for _, form := range headForms {
			m := form.FindStringSubmatch(lines.Text())
			if m == nil {
				continue
			}
			seq, err := strconv.ParseInt(m[1], 10, 64)
			if err != nil {
				return nil, fmt.Errorf("read chain heads: %w", err)
			}
			if h := (store.Head{Seq: seq, Hash: m[2]}); seq > 0 && !seen[h] {
				seen[h] = true
				heads = append(heads, h)
			}
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read chain heads: %w", err)
	}
	return heads, nil
}

type auditExportCmd struct {
	dataConfig `       embed:""`
	Format     string `         enum:"jsonl,csv" default:"jsonl" help:"Format of the export: jsonl or csv."`
}

func (c *auditExportCmd) Run(ctx context.Context, streams streams) error {
	return c.withExisting(ctx, func(db *store.Store) error {
		if err := db.Audit(
			ctx,
			byCommandLine,
			store.Event{Action: "audit.export", Target: c.Format, TargetName: "all events", Outcome: store.OutcomeDone},
		); err != nil {
			return err
		}
		head, err := db.AuditHead(ctx)
		if err != nil {
			return err
		}
		out := bufio.NewWriter(streams.out)
		rows, err := audit.NewWriter(out, c.Format, map[string]any{"head": head})
		if err == nil {
			err = db.EachAuditEvent(ctx, store.AuditQuery{}, head.Seq, rows.Write)
		}
		fmt.Fprintf(streams.err, "audit head: %d %s\n", head.Seq, head.Hash)
		return errors.Join(err, rows.Flush(), out.Flush())
	})
}
