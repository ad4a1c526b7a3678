-- +goose Up
CREATE TABLE meta (
	key   TEXT PRIMARY KEY,
	value TEXT NOT NULL
) STRICT;

CREATE TABLE users (
	id            INTEGER PRIMARY KEY,
	email         TEXT    NOT NULL CHECK (email <> ''), -- as typed, for showing
	email_key     TEXT    NOT NULL UNIQUE,              -- lower-cased, for finding
	name          TEXT    NOT NULL,
	role          TEXT    NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
	password_hash TEXT    NOT NULL,                     -- argon2id in PHC form
	time_zone     TEXT    NOT NULL DEFAULT '',          -- IANA name; '' means the portal's
	disabled      INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
	created_at    INTEGER NOT NULL                      -- Unix seconds, UTC, as all times here
) STRICT;
