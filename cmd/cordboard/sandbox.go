package main

import (
	"context"
	"cordboard/handlers"
	"cordboard/store"
	"cordboard/ycm/ycmtest"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// The sandbox is this machine's alone, and so is what its secrets protect.
const (
	sandboxSecret   = "sandbox-secret"
	sandboxPassword = "brass cord switchboard" //nolint:gosec // printed at each start, and good for the sandbox only
	sandboxSeed     = 1
)

var sandboxUsers = []store.User{
	{Email: "admin@sandbox.example", Name: "Ines Okonjo", Role: store.RoleAdmin},
	{Email: "operator@sandbox.example", Name: "Mattis Varga", Role: store.RoleOperator},
	{Email: "viewer@sandbox.example", Name: "Leila Brandvold", Role: store.RoleViewer},
}

func startSandbox(pbxs string) (*ycmtest.Server, error) {
	n, err := strconv.Atoi(pbxs)
	if err != nil {
		return nil, err
	}
	return ycmtest.Start(ycmtest.Config{Seed: sandboxSeed, PBXs: n, Client: ycmtest.Credentials{ID: "sandbox", Secret: sandboxSecret}})
}

// addSandboxUsers makes the sandbox's people, the first time. They share a password, and so the time to hash it.
func addSandboxUsers(ctx context.Context, db *store.Store) error {
	if has, err := db.HasUsers(ctx); has || err != nil {
		return err
	}
	hash, err := handlers.HashPassword(sandboxPassword, handlers.DefaultHash)
	if err != nil {
		return err
	}
	for _, u := range sandboxUsers {
		u.PasswordHash = hash
		if _, err := db.AddUser(ctx, store.Actor{Email: "sandbox", Name: "sandbox"}, u); err != nil && !errors.Is(err, store.ErrEmailTaken) {
			return err
		}
	}
	return nil
}

func greetSandbox(w io.Writer) {
	fmt.Fprintf(w, "This is the sandbox: an invented fleet, no YCM. Sign in as\n")
	for _, u := range sandboxUsers {
		fmt.Fprintf(w, "  %-26s %s\n", u.Email, sandboxPassword)
	}
}
