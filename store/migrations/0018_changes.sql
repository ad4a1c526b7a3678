-- +goose Up
-- What an operation changes in a PBX: a JSON list of members with their values before and after, as the user confirmed
-- them.
ALTER TABLE operations ADD COLUMN changes TEXT NOT NULL DEFAULT 'null';
-- What the user saw of the PBX: a JSON object of members with their values. If they differ, nothing is sent.
ALTER TABLE operations ADD COLUMN seen TEXT NOT NULL DEFAULT 'null';
-- JSON: the note and the date of review of an operation that suspends a PBX; NULL for any other operation.
ALTER TABLE operations ADD COLUMN suspension TEXT;
-- 1: the outcome stays unknown, because nothing in YCM can show it.
ALTER TABLE operations ADD COLUMN given_up INTEGER NOT NULL DEFAULT 0 CHECK (given_up IN (0, 1));
-- While an operation is open, no other one may touch its target.
ALTER TABLE operations ADD COLUMN is_open INTEGER
	GENERATED ALWAYS AS (state = 'submitted' OR state = 'unknown' AND given_up = 0) VIRTUAL;
DROP INDEX operations_open;
CREATE UNIQUE INDEX operations_open ON operations (account, target) WHERE is_open;
CREATE INDEX operations_suspensions ON operations (account, state, number) WHERE suspension IS NOT NULL;
