// Command cordboard is the portal: its server, and what an operator does beside it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // zones of people, where the machine has no zone files

	"github.com/alecthomas/kong"
)

// Exit codes: 1 for what went wrong, 2 for settings and arguments that can't work.
const (
	exitFailed = 1
	exitConfig = 2
)

type cli struct {
	Serve   serveCmd   `cmd:"" help:"Run the portal."`
	Sync    syncCmd    `cmd:"" help:"Read YCM's list once and tell what changed."`
	User    userCmd    `cmd:"" help:"Add, list and help the people who may sign in."`
	Audit   auditCmd   `cmd:"" help:"Verify and export the audit log."`
	Backup  backupCmd  `cmd:"" help:"Write a copy of the database, while the portal runs."`
	Restore restoreCmd `cmd:"" help:"Put a backup into place, while the portal doesn't run."`
	Version versionCmd `cmd:"" help:"Print the version."`
}

// streams are where a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() {
		<-ctx.Done()
		stop() // the second signal ends us at once
	}()
	os.Exit(run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}

// run is main without the process: it returns the exit code.
func run(ctx context.Context, args []string, io streams) int {
	var c cli
	exited := -1
	parser, err := kong.New(&c,
		kong.Name("cordboard"),
		kong.Description("A web portal for the staff of resellers of Yeastar Cloud PBXs. Every flag can be set in the environment too."),
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
		err = parsed.Run(io)
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
