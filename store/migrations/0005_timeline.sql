-- +goose Up
-- What changed at a PBX, one row a change. A change happened after after_at, when the old value was read last, and not
-- after at, when the new one was read first.
CREATE TABLE pbx_events (
	id           INTEGER PRIMARY KEY,
	account      TEXT    NOT NULL,
	cloud_pbx_id INTEGER NOT NULL,
	after_at     INTEGER NOT NULL,
	at           INTEGER NOT NULL,
	kind         TEXT    NOT NULL CHECK (kind IN ('changed', 'appeared', 'gone', 'returned')),
	field        TEXT    NOT NULL, -- YCM's name; '' unless kind is changed
	old          TEXT    NOT NULL, -- as YCM had it; '' was not reported
	new          TEXT    NOT NULL
) STRICT;
CREATE INDEX pbx_events_by_pbx ON pbx_events (account, cloud_pbx_id, id);

-- The highest value of a counter in an hour (14 days) and in a day (400 days). A bucket without a row has the value of the
-- one before, if it is in pbx_sampled; otherwise nobody looked.
CREATE TABLE pbx_samples (
	account      TEXT    NOT NULL,
	cloud_pbx_id INTEGER NOT NULL,
	scale        TEXT    NOT NULL CHECK (scale IN ('hour', 'day')),
	counter      TEXT    NOT NULL, -- YCM's name
	start_at     INTEGER NOT NULL, -- of the hour or day, UTC
	max          INTEGER,          -- NULL: not reported
	PRIMARY KEY (account, cloud_pbx_id, scale, counter, start_at)
) STRICT, WITHOUT ROWID;

-- Hours and days in which a whole pass ended.
CREATE TABLE pbx_sampled (
	account  TEXT    NOT NULL,
	scale    TEXT    NOT NULL CHECK (scale IN ('hour', 'day')),
	start_at INTEGER NOT NULL,
	PRIMARY KEY (account, scale, start_at)
) STRICT, WITHOUT ROWID;

CREATE INDEX audit_events_by_target ON audit_events (target, seq);
