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
	outcome   TEXT,             -- state of the operation; NULL: not carried out
	is_open   INTEGER NOT NULL DEFAULT 0, -- 1: the operation has no outcome yet
	-- What the row takes from the subscription.
	extensions    INTEGER NOT NULL,
	calls         INTEGER NOT NULL,
	recording     INTEGER NOT NULL,
	ultimate      INTEGER NOT NULL,
	transcription INTEGER NOT NULL,
	word      TEXT GENERATED ALWAYS AS (coalesce(outcome, state)) VIRTUAL, -- the state that users see
	PRIMARY KEY (batch, n)
) STRICT, WITHOUT ROWID;
-- These are read while a batch of thousands of rows runs, so they have all that is read.
CREATE INDEX batch_rows_left ON batch_rows (batch, n, extensions, calls, recording, ultimate, transcription)
	WHERE state = 'planned' AND operation IS NULL;
CREATE INDEX batch_rows_by_word ON batch_rows (batch, word);
CREATE INDEX batch_rows_by_operation ON batch_rows (operation) WHERE operation IS NOT NULL;
-- The number of a batch's rows by word, so that a page doesn't count thousands of rows.
CREATE TABLE batch_counts (
	batch   INTEGER NOT NULL,
	word    TEXT    NOT NULL,
	rows    INTEGER NOT NULL,
	is_open INTEGER NOT NULL, -- number of rows whose operation has no outcome yet
	PRIMARY KEY (batch, word)
) STRICT, WITHOUT ROWID;
-- +goose StatementBegin
CREATE TRIGGER batch_rows_added AFTER INSERT ON batch_rows
BEGIN
	INSERT INTO batch_counts (batch, word, rows, is_open)
	VALUES (NEW.batch, coalesce(NEW.outcome, NEW.state), 1, NEW.is_open)
	ON CONFLICT DO UPDATE SET rows = rows + 1, is_open = is_open + excluded.is_open;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER batch_rows_changed AFTER UPDATE ON batch_rows
BEGIN
	UPDATE batch_counts
	SET rows = rows - 1, is_open = is_open - OLD.is_open
	WHERE batch = OLD.batch AND word = coalesce(OLD.outcome, OLD.state);
	INSERT INTO batch_counts (batch, word, rows, is_open)
	VALUES (NEW.batch, coalesce(NEW.outcome, NEW.state), 1, NEW.is_open)
	ON CONFLICT DO UPDATE SET rows = rows + 1, is_open = is_open + excluded.is_open;
END;
-- +goose StatementEnd
ALTER TABLE operations ADD COLUMN batch TEXT NOT NULL DEFAULT ''; -- ID of the batch; '': none
CREATE INDEX operations_by_batch ON operations (batch, number) WHERE batch <> '';
