// Command cordboard runs the portal's server and the operator's commands.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // time zone data for machines without zone files

	"github.com/alecthomas/kong"

	"cordboard/environ"
)

// The exit codes are 1 for a failure and 2 for invalid settings or arguments.
const (
	exitFailed = 1
	exitConfig = 2
)

type cli struct {
	Serve   serveCmd   `cmd:"" help:"Run the portal."`
	Sync    syncCmd    `cmd:"" help:"Sync with YCM once and print the changes."`
	Plan    planCmd    `cmd:"" help:"Check a file with new PBXs and make a plan. Nothing is sent. The portal may be running."`
	Apply   applyCmd   `cmd:"" help:"Apply a plan. The running portal sends it."`
	User    userCmd    `cmd:"" help:"Manage user accounts."`
	Account accountCmd `cmd:"" help:"Manage the YCM account of the database."`
	Audit   auditCmd   `cmd:"" help:"Verify or export the audit log."`
	Backup  backupCmd  `cmd:"" help:"Back up the database. The portal may be running."`
	Restore restoreCmd `cmd:"" help:"Restore a backup. The portal must be stopped."`
	Version versionCmd `cmd:"" help:"Print the version."`

	Healthcheck healthcheckCmd `cmd:"" help:"Ask the running portal whether it is alive. Exits with 1 if it isn't."`
}

// streams are the standard streams of a command.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// misspelled are the environment variables that look like settings and aren't.
type misspelled []string

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() {
		<-ctx.Done()
		stop() // a second signal ends the process immediately
	}()
	os.Exit(run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}

// run executes the command in args and returns the exit code.
func run(ctx context.Context, args []string, io streams) int {
	var c cli
	exited := -1
	parser, err := kong.New(
		&c,
		kong.Name("cordboard"),
		kong.Description(
			"A web portal for staff at resellers of Yeastar Cloud PBXs. A flag that lists an environment variable can "+
				"also be set with that variable.",
		),
		kong.UsageOnError(),
		kong.Writers(io.out, io.err),
		kong.Exit(func(code int) { exited = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	if err != nil {
		fmt.Fprintln(io.err, "cordboard:", err)
		return exitFailed
	}
	parsed, err := parser.Parse(args)
	if exited >= 0 {
		return exited // --help
	}
	if err == nil {
		parsed.BindTo(ctx, (*context.Context)(nil))
		err = parsed.Run(io, misspelled(environ.Unknown(parser.Model.Node, os.Environ())))
	} else {
		err = errors.Join(errConfig, err)
	}
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errConfig):
		fmt.Fprintf(io.err, "cordboard: %v\n", err)
		return exitConfig
	}
	fmt.Fprintf(io.err, "cordboard: %v\n", err)
	return exitFailed
}
