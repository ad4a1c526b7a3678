-- +goose Up
-- A file with errors that its user is correcting. It is kept for a day.
CREATE TABLE drafts (
	id       TEXT    PRIMARY KEY,
	account  TEXT    NOT NULL,
	actor_id INTEGER NOT NULL, -- the user who sent the file
	made_at  INTEGER NOT NULL,
	name     TEXT    NOT NULL, -- of the file
	digest   TEXT    NOT NULL,
	content  BLOB    NOT NULL, -- the table in the file
	choices  TEXT    NOT NULL  -- JSON: how to read it
) STRICT, WITHOUT ROWID;
CREATE INDEX drafts_by_age ON drafts (made_at);
