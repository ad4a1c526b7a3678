-- +goose Up
-- What people noted about a PBX or a customer.
CREATE TABLE notes (
	id      INTEGER PRIMARY KEY,
	account TEXT    NOT NULL,
	about   TEXT    NOT NULL CHECK (about IN ('pbx', 'customer')),
	subject INTEGER NOT NULL, -- the PBX's or customer's ID
	at      INTEGER NOT NULL,
	actor   TEXT    NOT NULL, -- JSON
	text    TEXT    NOT NULL
) STRICT;
CREATE INDEX notes_by_subject ON notes (account, about, subject, id);
-- What somebody has to do in YCM itself, because YCM's API can't.
CREATE TABLE tasks (
	id           INTEGER PRIMARY KEY,
	account      TEXT    NOT NULL,
	cloud_pbx_id INTEGER NOT NULL,
	what         TEXT    NOT NULL, -- the member of the PBX's record to change, or 'other'
	value        TEXT    NOT NULL, -- what it shall be; '': any other value, or the task's text
	before       TEXT    NOT NULL, -- what it was when the task was created
	due_on       TEXT    NOT NULL, -- a day, such as 2026-12-31; '': none
	assignee     INTEGER,          -- user's ID; NULL: nobody
	actor        TEXT    NOT NULL, -- JSON: who created it
	created_at   INTEGER NOT NULL,
	closed_at    INTEGER,          -- NULL: open
	closed_by    TEXT    NOT NULL DEFAULT '', -- JSON: who closed it; '': Cordboard, because it saw the change
	changed_by   TEXT    NOT NULL DEFAULT ''  -- who made the change in YCM, if YCM said so
) STRICT;
CREATE INDEX tasks_open ON tasks (account, cloud_pbx_id) WHERE closed_at IS NULL;
