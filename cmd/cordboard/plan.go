package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"cordboard/fleet/account"
	"cordboard/fleet/batches"
	"cordboard/fleet/imports"
	"cordboard/fleet/input"
	"cordboard/fleet/sheet"
	"cordboard/handlers/web/display"
	"cordboard/store"
	"cordboard/ycm"
)

// errLines means that a file has errors, which were printed.
var errLines = errors.New("the file has errors: no plan was made")

// accountConfig has the settings of commands that read the YCM account beside a running portal.
type accountConfig struct {
	dataConfig `embed:""`
	ycmConfig  `embed:""`

	Batches batchConfig `embed:""`
}

// optionsTimeout limits how long a command reads lists of options, such as that of all customers.
const optionsTimeout = 5 * time.Minute

// with calls f with the account.
func (c *accountConfig) with(ctx context.Context, io streams, f func(*store.Store, *account.Account) error) error {
	log, logProblems := c.logger(io.err)
	config, problems := c.client()
	rules, ruleProblems := c.Batches.rules()
	if err := configError(problems, ruleProblems, logProblems); err != nil {
		return err
	}
	return c.withStore(ctx, func(db *store.Store) error {
		if err := db.BindYCM(ctx, config.URL, config.ClientID); err != nil {
			return err
		}
		client, err := ycm.New(config)
		if err != nil {
			return err
		}
		defer client.Close()
		a, err := account.New(ctx, account.Config{
			YCM: client, Store: db, Log: log, WarningText: display.Finding, PrecheckTimeout: optionsTimeout,
			Limits: account.Limits{Batches: rules},
		})
		if err != nil {
			return err
		}
		return f(db, a)
	})
}

type planCmd struct {
	accountConfig `embed:""`

	File     string `arg:"" help:"CSV or XLSX file with one new PBX per line."`
	JSON     bool   `help:"Print the result as JSON."                                               name:"json"`
	GoodOnly bool   `help:"Plan the lines without errors, and leave out the others."                name:"good-only"`
	Encoding string `help:"Windows-1252, if the file is in neither UTF-8 nor UTF-16."`
	TimeZone string `help:"Time zone of the dates in the file." env:"CORDBOARD_TIME_ZONE" default:"UTC"`
}

// plannedFile is the result of planCmd, as it is printed in JSON.
type plannedFile struct {
	ID       string           `json:"id,omitempty"` // of the plan; "" if none was made
	State    store.BatchState `json:"state,omitempty"`
	Lines    int              `json:"lines"`
	Planned  int              `json:"planned"`
	Errors   []lineError      `json:"errors"`
	Warnings []string         `json:"warnings,omitempty"` // which apply --send-anyway accepts
}

// lineError is what is wrong with a cell.
type lineError struct {
	Line    int    `json:"line"`
	Column  string `json:"column"`
	Cell    string `json:"cell,omitempty"`
	Message string `json:"message"`
}

// Run checks the file and makes a plan.
func (c *planCmd) Run(ctx context.Context, io streams) error {
	zone, err := time.LoadLocation(c.TimeZone)
	if err != nil {
		return configError([]error{fmt.Errorf("CORDBOARD_TIME_ZONE %q must be a time zone name", c.TimeZone)})
	}
	table, digest, err := readTable(c.File)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	if table.Format.Encoding == sheet.Windows1252 && c.Encoding != string(sheet.Windows1252) {
		return fmt.Errorf("%s is in neither UTF-8 nor UTF-16: add --encoding Windows-1252 if it is in that", c.File)
	}
	return c.with(ctx, io, func(_ *store.Store, a *account.Account) error {
		judge, err := a.Create.Judge(ctx)
		if err != nil {
			return fmt.Errorf("read the lists of options: %w", err)
		}
		result, err := imports.New(judge, a.Rules, zone).Check(&table, imports.Match(table.Header))
		if err != nil {
			return err
		}
		done := plannedFile{Lines: result.Lines, Errors: []lineError{}}
		for _, p := range result.Problems {
			done.Errors = append(done.Errors, lineError{p.Line, p.Header, p.Cell, display.Finding(p.Finding)})
		}
		if len(result.Rows) > 0 && (len(result.Problems) == 0 || c.GoodOnly) {
			if err := c.make(ctx, a, &result, digest, &done); err != nil {
				return err
			}
		}
		return c.print(io.out, done)
	})
}

// make makes a plan of the good lines.
func (c *planCmd) make(
	ctx context.Context,
	a *account.Account,
	result *imports.Result,
	digest string,
	done *plannedFile,
) error {
	plan := result.Plan(filepath.Base(c.File), digest, a.Mirror.Freshness().At)
	one, err := a.Batches.Make(ctx, byCommandLine, rand.Text(), plan)
	if err != nil {
		return err
	}
	open, err := a.Operations.Open(ctx)
	if err != nil {
		return err
	}
	done.ID, done.State, done.Planned = one.ID, one.State, one.Total
	for _, w := range a.Batches.Warnings(&one, open) {
		done.Warnings = append(done.Warnings, display.Finding(w))
	}
	return nil
}

// print prints the result. It returns errLines if no plan was made.
func (c *planCmd) print(out io.Writer, done plannedFile) error {
	var err error
	if c.JSON {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		err = encoder.Encode(done)
	} else {
		for _, e := range done.Errors {
			fmt.Fprintf(out, "line %d, %s: %s\n", e.Line, e.Column, e.Message)
		}
		for _, w := range done.Warnings {
			fmt.Fprintln(out, "warning:", w)
		}
		if done.ID != "" {
			fmt.Fprintf(out, "plan %s: %d of %d lines; %s\n", done.ID, done.Planned, done.Lines, done.State)
		}
	}
	if err == nil && (done.ID == "" || len(done.Errors) > 0 && !c.GoodOnly) {
		return errLines
	}
	return err
}

// readTable reads a file and its digest.
func readTable(name string) (table sheet.Table, digest string, err error) {
	file, err := os.Open(name) //nolint:gosec // the file that the user names
	if err != nil {
		return table, "", err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	info, err := file.Stat()
	if err != nil {
		return table, "", err
	}
	if table, err = sheet.Read(file, info.Size()); err != nil {
		return table, "", err
	}
	digest, err = sheet.Digest(file, info.Size())
	return table, digest, err
}

type applyCmd struct {
	accountConfig `embed:""`

	ID         string `arg:""  help:"ID of the plan."`
	As         string `required:"" help:"Email address of the operator or admin who applies it."`
	SendAnyway bool   `help:"Accept the plan's warnings."                    name:"send-anyway"`
	Waves      bool   `help:"Pause after 5 PBXs, and after 50 more."`
}

// Run marks a plan to be carried out by the running portal.
func (c *applyCmd) Run(ctx context.Context, io streams) error {
	return c.with(ctx, io, func(db *store.Store, a *account.Account) error {
		user, err := db.UserByEmail(ctx, c.As)
		if err != nil {
			return fmt.Errorf("--as %s: %w", c.As, err)
		}
		if user.Disabled || user.Role != store.RoleOperator && user.Role != store.RoleAdmin {
			return fmt.Errorf("--as %s: only an operator or admin can apply a plan", c.As)
		}
		one, err := a.Batches.Batch(ctx, c.ID)
		if err != nil {
			return fmt.Errorf("plan %s: %w", c.ID, err)
		}
		if batches.Deletes(&one) && one.Approved.At.IsZero() {
			return fmt.Errorf("plan %s deletes PBXs: %w", c.ID, batches.ErrUnapproved)
		}
		var acknowledged input.Acknowledged
		if c.SendAnyway {
			acknowledged = input.Acknowledged{input.AcknowledgeAll}
		}
		by := store.Actor{ID: user.ID, Email: user.Email, Name: user.Name, Role: user.Role, Address: "command line"}
		one, err = a.Batches.Apply(ctx, by, c.ID, acknowledged, c.Waves)
		var warned *batches.WarnedError
		if errors.As(err, &warned) {
			for _, w := range warned.Warnings {
				fmt.Fprintln(io.err, "warning:", display.Finding(w))
			}
			return errors.New("accept the warnings with --send-anyway")
		}
		if err != nil {
			return fmt.Errorf("plan %s: %w", c.ID, err)
		}
		fmt.Fprintf(io.out, "plan %s: %d PBXs; %s\n", one.ID, one.Total, one.State)
		return nil
	})
}
