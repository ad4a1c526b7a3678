-- +goose Up
-- An attempt to create a PBX. Its row is written before anything is sent, and says afterwards what became of it. No foreign keys: it outlives
-- the user and the PBX.
CREATE TABLE creations (
	number        INTEGER PRIMARY KEY,  -- what people call it
	id            TEXT    NOT NULL UNIQUE, -- the form's one-time id
	account       TEXT    NOT NULL,
	host          TEXT    NOT NULL,     -- as it will be; compared without regard to case
	state         TEXT    NOT NULL CHECK (state IN ('submitted', 'created', 'refused', 'not-sent', 'unknown', 'not-created')),
	request       TEXT    NOT NULL,     -- the body, as it is sent
	words         TEXT    NOT NULL,     -- JSON: the names of its ids, as they were chosen
	reason        TEXT    NOT NULL,
	warnings      TEXT    NOT NULL,     -- JSON: what it was sent in spite of
	extensions    INTEGER NOT NULL,     -- what it takes from the package
	calls         INTEGER NOT NULL,
	recording     INTEGER NOT NULL,     -- minutes
	available     TEXT    NOT NULL,     -- JSON: what was left before it
	actor         TEXT    NOT NULL,     -- JSON
	actor_id      INTEGER NOT NULL,
	submitted_at  INTEGER NOT NULL,
	sending_at    INTEGER,              -- committed before the first byte leaves
	settled_at    INTEGER,              -- when its state became what it is
	cloud_pbx_id  INTEGER,
	answer        TEXT    NOT NULL,     -- JSON: what YCM said, or why there is no answer
	looks         INTEGER NOT NULL,     -- how often YCM was asked for the host name
	clear_looks   INTEGER NOT NULL,     -- of them, those since it became unknown that told that there is none
	clear_since   INTEGER,              -- the first of these
	looked_at     INTEGER,
	next_look_at  INTEGER,
	look_problem  TEXT    NOT NULL      -- why the last look told nothing; '' it did
) STRICT;
-- While one is open, its host name takes no second one.
CREATE UNIQUE INDEX creations_open ON creations (account, lower(host)) WHERE state IN ('submitted', 'unknown');
CREATE INDEX creations_by_state ON creations (account, state, number);
CREATE INDEX creations_by_pbx ON creations (account, cloud_pbx_id) WHERE cloud_pbx_id IS NOT NULL;

-- A name for a part of the form. As saved_views.
CREATE TABLE presets (
	id         INTEGER PRIMARY KEY,
	owner_id   INTEGER NOT NULL,
	name       TEXT    NOT NULL CHECK (name <> ''),
	name_key   TEXT    NOT NULL, -- lower-cased
	shared     INTEGER NOT NULL CHECK (shared IN (0, 1)),
	query      TEXT    NOT NULL, -- the form's values
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	UNIQUE (owner_id, name_key)
) STRICT;
