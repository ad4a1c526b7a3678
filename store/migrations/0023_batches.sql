-- +goose Up
-- A plan for many operations, and what became of it. Its rows are written when it is made, and never change; a row that
-- was carried out has an operation.
CREATE TABLE batches (
	number  INTEGER PRIMARY KEY, -- shown to users
	id      TEXT    NOT NULL UNIQUE,
	account TEXT    NOT NULL,
	kind    TEXT    NOT NULL CHECK (kind <> ''), -- of the form that its operations come from
	state   TEXT    NOT NULL CHECK (state IN ('planned', 'waiting', 'running', 'paused', 'stopped', 'done', 'expired')),
	made_at INTEGER NOT NULL,
	total   INTEGER NOT NULL, -- number of planned rows
	detail  TEXT    NOT NULL  -- JSON: the rest
) STRICT;
CREATE INDEX batches_by_state ON batches (account, state, number);
CREATE TABLE batch_rows (
	batch     INTEGER NOT NULL, -- number of the batch
	n         INTEGER NOT NULL, -- from 1
	state     TEXT    NOT NULL CHECK (state IN ('planned', 'unchanged', 'not-applicable')),
	line      INTEGER NOT NULL, -- of the file; 0: not from a file
	target    TEXT    NOT NULL, -- JSON
	request   TEXT    NOT NULL, -- JSON: what the operation stores
	problems  TEXT    NOT NULL, -- JSON: why it isn't planned
	operation TEXT,             -- ID of the operation; NULL: not carried out
	PRIMARY KEY (batch, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX batch_rows_left ON batch_rows (batch, n) WHERE state = 'planned' AND operation IS NULL;
ALTER TABLE operations ADD COLUMN batch TEXT NOT NULL DEFAULT ''; -- ID of the batch; '': none
CREATE INDEX operations_by_batch ON operations (batch, number) WHERE batch <> '';
