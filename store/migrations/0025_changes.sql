-- +goose Up
-- The fleet's changes by time, with what every day brings to every PBX.
CREATE INDEX pbx_events_by_time ON pbx_events (account, at, id, field);

-- A name for a query of /changes. No foreign key: a shared view outlives the account of who made it.
CREATE TABLE change_views (
	id         INTEGER PRIMARY KEY,
	owner_id   INTEGER NOT NULL,
	name       TEXT    NOT NULL CHECK (name <> ''),
	name_key   TEXT    NOT NULL,
	shared     INTEGER NOT NULL CHECK (shared IN (0, 1)),
	query      TEXT    NOT NULL, -- as the page's address has it
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	UNIQUE (owner_id, name_key)
) STRICT;
