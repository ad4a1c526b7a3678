-- +goose Up
-- What somebody likes: columns, density and the like, as JSON.
ALTER TABLE users ADD COLUMN prefs TEXT NOT NULL DEFAULT '{}';

-- A name for a query. No foreign key: a shared view outlives the account of who made it.
CREATE TABLE saved_views (
	id         INTEGER PRIMARY KEY,
	owner_id   INTEGER NOT NULL,
	name       TEXT    NOT NULL CHECK (name <> ''),
	name_key   TEXT    NOT NULL, -- lower-cased
	shared     INTEGER NOT NULL CHECK (shared IN (0, 1)),
	query      TEXT    NOT NULL, -- as the list's address has it
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	UNIQUE (owner_id, name_key)
) STRICT;
