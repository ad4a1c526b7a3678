-- +goose Up
-- No foreign keys: an event outlives the user and the PBX that it names.
CREATE TABLE audit_events (
	seq            INTEGER PRIMARY KEY,
	at             INTEGER NOT NULL,
	actor_id       INTEGER NOT NULL, -- 0: nobody who is signed in
	actor_email    TEXT    NOT NULL, -- as it was then; at a failed sign-in, as typed
	actor_name     TEXT    NOT NULL,
	actor_role     TEXT    NOT NULL,
	address        TEXT    NOT NULL,
	session        TEXT    NOT NULL, -- the beginning of the session's token hash
	action         TEXT    NOT NULL, -- object.verb
	target         TEXT    NOT NULL,
	target_name    TEXT    NOT NULL,
	outcome        TEXT    NOT NULL CHECK (outcome IN ('asked', 'done', 'refused', 'failed', 'denied', 'unknown')),
	detail         TEXT    NOT NULL,
	request_id     TEXT    NOT NULL, -- ours
	ycm_request_id TEXT    NOT NULL,
	hash           TEXT    NOT NULL  -- HMAC-SHA-256 over all of this and the row before, in hex
) STRICT;
CREATE INDEX audit_events_by_action ON audit_events (action, seq);

-- +goose StatementBegin
CREATE TRIGGER audit_events_no_update BEFORE UPDATE ON audit_events
BEGIN SELECT RAISE(ABORT, 'audit events are never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_events_no_delete BEFORE DELETE ON audit_events
BEGIN SELECT RAISE(ABORT, 'audit events are never deleted'); END;
-- +goose StatementEnd
