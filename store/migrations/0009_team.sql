-- +goose Up
ALTER TABLE users ADD COLUMN password_at INTEGER NOT NULL DEFAULT 0; -- when it was set last; 0: with the account
ALTER TABLE users ADD COLUMN news_seq INTEGER NOT NULL DEFAULT 0;    -- the newest audit event that somebody else made of them
ALTER TABLE users ADD COLUMN told_seq INTEGER NOT NULL DEFAULT 0;    -- up to which they know

-- Further proof of who somebody is. Today's only kind is totp; one that isn't confirmed yet proves nothing.
CREATE TABLE factors (
	id           INTEGER PRIMARY KEY,
	user_id      INTEGER NOT NULL REFERENCES users (id),
	kind         TEXT    NOT NULL,
	secret       TEXT    NOT NULL,            -- sealed, see handlers/seal.go
	step         INTEGER NOT NULL DEFAULT 0,  -- of the newest code that was used
	created_at   INTEGER NOT NULL,
	confirmed_at INTEGER NOT NULL DEFAULT 0,  -- 0: not yet
	used_at      INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX factors_one_of_a_kind ON factors (user_id, kind, confirmed_at > 0);

CREATE TABLE recovery_codes (
	user_id INTEGER NOT NULL REFERENCES users (id),
	hash    TEXT    NOT NULL, -- SHA-256 of 140 random bits, in hex
	used_at INTEGER,
	PRIMARY KEY (user_id, hash)
) STRICT;

-- One-time links: to join, and to set a password anew.
CREATE TABLE links (
	id           INTEGER PRIMARY KEY,
	token_hash   TEXT    NOT NULL UNIQUE,
	kind         TEXT    NOT NULL CHECK (kind IN ('join', 'password')),
	user_id      INTEGER NOT NULL DEFAULT 0, -- whose password; 0: of somebody who joins
	email        TEXT    NOT NULL,
	email_key    TEXT    NOT NULL,
	role         TEXT    NOT NULL CHECK (role IN ('', 'viewer', 'operator', 'admin')),
	made_by      TEXT    NOT NULL,           -- name
	made_by_id   INTEGER NOT NULL,           -- 0: the command line
	created_at   INTEGER NOT NULL,
	expires_at   INTEGER NOT NULL,
	used_at      INTEGER,
	withdrawn_at INTEGER
) STRICT;
CREATE INDEX links_by_email ON links (email_key);

ALTER TABLE sessions ADD COLUMN door TEXT NOT NULL DEFAULT 'password';  -- how its owner came in
ALTER TABLE sessions ADD COLUMN half INTEGER NOT NULL DEFAULT 0;        -- 1: the password was right, the second factor is still to come
ALTER TABLE sessions ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;       -- wrong codes of a half one
ALTER TABLE sessions ADD COLUMN confirmed_at INTEGER NOT NULL DEFAULT 0; -- when its owner last proved who they are

-- Version 2 of an event has these in its hash too; in a row of version 1 they are empty.
ALTER TABLE audit_events ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE audit_events ADD COLUMN changes TEXT NOT NULL DEFAULT ''; -- JSON: [{"field", "before", "after"}]
ALTER TABLE audit_events ADD COLUMN reason  TEXT NOT NULL DEFAULT ''; -- why, such as a ticket
CREATE INDEX audit_events_by_time ON audit_events (at);
