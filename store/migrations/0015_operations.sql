-- +goose Up
-- Something that changes YCM. Its row is written before anything is sent, and later has the outcome. There are no foreign
-- keys, because it outlives the user and the PBX.
CREATE TABLE operations (
	number            INTEGER PRIMARY KEY, -- shown to users
	id                TEXT    NOT NULL UNIQUE, -- one-time ID of the form
	account           TEXT    NOT NULL,
	kind              TEXT    NOT NULL CHECK (kind <> ''),
	state             TEXT    NOT NULL CHECK (state IN ('submitted', 'done', 'refused', 'not-sent', 'unknown', 'not-done')),
	target            TEXT    NOT NULL CHECK (target <> ''), -- what no other open operation may touch: a PBX or a host name
	target_name       TEXT    NOT NULL, -- as users know it
	cloud_pbx_id      INTEGER,          -- NULL: not known
	request           TEXT    NOT NULL, -- body, as it is sent
	words             TEXT    NOT NULL, -- JSON: names of the IDs in the body
	reason            TEXT    NOT NULL,
	warnings          TEXT    NOT NULL, -- JSON: accepted by the user
	takes             TEXT    NOT NULL, -- JSON: what it takes from the subscription, by resource
	available         TEXT    NOT NULL, -- JSON: what was available before
	actor             TEXT    NOT NULL, -- JSON
	actor_id          INTEGER NOT NULL,
	submitted_at      INTEGER NOT NULL,
	sending_at        INTEGER,          -- committed before the first byte leaves
	finished_at       INTEGER,          -- when the state became what it is
	answer            TEXT    NOT NULL, -- JSON: YCM's answer, or why there is none
	reads             INTEGER NOT NULL, -- reconcile reads so far
	misses            INTEGER NOT NULL, -- of them, those since it became unknown that didn't find it done
	misses_since      INTEGER,          -- time of the first of these
	read_at           INTEGER,          -- time of the last read
	next_read_at      INTEGER,
	read_problem      TEXT    NOT NULL  -- code of why the last read was inconclusive; '': it wasn't
) STRICT;
INSERT INTO operations (
	number, id, account, kind, state, target, target_name, cloud_pbx_id, request, words, reason, warnings, takes, available,
	actor, actor_id, submitted_at, sending_at, finished_at, answer, reads, misses, misses_since, read_at, next_read_at,
	read_problem
)
SELECT
	number, id, account, 'create',
	CASE state WHEN 'created' THEN 'done' WHEN 'not-created' THEN 'not-done' ELSE state END,
	'host:' || lower(host), host, cloud_pbx_id, request, words, reason, warnings,
	json_array(extensions, calls, recording, ultimate, transcription), available,
	actor, actor_id, submitted_at, sending_at, settled_at, answer, looks, clear_looks, clear_since, looked_at, next_look_at,
	look_problem
FROM creations;
DROP TABLE creations;
-- While an operation is open, no other one may touch its target.
CREATE UNIQUE INDEX operations_open ON operations (account, target) WHERE state IN ('submitted', 'unknown');
CREATE INDEX operations_by_state ON operations (account, state, number);
CREATE INDEX operations_by_pbx ON operations (account, cloud_pbx_id) WHERE cloud_pbx_id IS NOT NULL;
