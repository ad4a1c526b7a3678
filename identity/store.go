package identity

import (
	"context"
	"time"

	"cordboard/store"
)

// Store is what package identity uses of the store. Each part of the package uses one of its parts.
type Store interface {
	keyStore
	failureWriter
	failureReader
	factorStore
	sessionStore
	policyStore
}

// keyStore has the keys beside the database and the secrets that one of them seals.
type keyStore interface {
	Key(name string) ([]byte, error)
	HasKey(name string) bool
	SealedSecrets(ctx context.Context) ([]string, error)
}

// failureWriter records failed password checks.
type failureWriter interface {
	SignInFailed(ctx context.Context, by store.Actor, e store.Event, keys ...string) error
}

// failureReader has the times of the failures that count against a limit.
type failureReader interface {
	Failures(ctx context.Context, key string, since, upTo time.Time) ([]time.Time, error)
}

// factorStore has the second factors, and redeems codes.
type factorStore interface {
	ActiveFactor(ctx context.Context, userID int64) (store.Factor, error)
	PendingFactor(ctx context.Context, userID int64) (store.Factor, error)
	BeginFactor(ctx context.Context, by store.Actor, seal func(id int64) (string, error)) error
	ConfirmFactor(
		ctx context.Context,
		by store.Actor,
		f store.Factor,
		step int64,
		codes []string,
		keep string,
	) error
	NewCodes(ctx context.Context, by store.Actor, hashes []string, keep string) error
	UseProof(ctx context.Context, userID int64, p store.MFAProof) error
}

// sessionStore has the sessions, and the users whose sessions end when they are disabled.
type sessionStore interface {
	SessionByToken(ctx context.Context, tokenHash string) (store.Session, error)
	SessionsOf(ctx context.Context, userID int64) ([]store.Session, error)
	TouchSessions(ctx context.Context, seen map[string]time.Time) error
	EndSession(ctx context.Context, tokenHash string) error
	EndSessions(ctx context.Context, by store.Actor, userID int64, only, keep string) error
	SignOut(ctx context.Context, by store.Actor, tokenHash string) error
	DisableUser(ctx context.Context, by store.Actor, id int64) error
	EnableUser(ctx context.Context, by store.Actor, id int64) error
	Users(ctx context.Context) ([]store.User, error)
}

// policyStore has the two-factor policy.
type policyStore interface {
	TwoFactorPolicy(ctx context.Context) (store.Policy, error)
	SetTwoFactorPolicy(ctx context.Context, by store.Actor, p store.Policy) error
}
