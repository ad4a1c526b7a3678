-- +goose Up
CREATE TABLE pbxs (
	account       TEXT    NOT NULL,
	cloud_pbx_id  INTEGER NOT NULL,
	record        TEXT    NOT NULL, -- YCM's JSON, members that we don't know included
	first_seen_at INTEGER NOT NULL,
	changed_at    INTEGER NOT NULL, -- when a pass first read this record
	gone_at       INTEGER,          -- when a read by id said that there is no such PBX
	PRIMARY KEY (account, cloud_pbx_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE sync_runs (
	id         INTEGER PRIMARY KEY,
	account    TEXT    NOT NULL,
	started_at INTEGER NOT NULL,
	ended_at   INTEGER NOT NULL,
	ok         INTEGER NOT NULL CHECK (ok IN (0, 1)), -- every page was read
	requests   INTEGER NOT NULL, -- list pages asked for
	total      INTEGER NOT NULL, -- PBXs, as YCM counts them
	written    INTEGER NOT NULL, -- rows added or changed
	gone       INTEGER NOT NULL,
	error      TEXT    NOT NULL, -- for the log and for support
	request_id TEXT    NOT NULL  -- YCM's, of the failure or of the last page
) STRICT;
CREATE INDEX sync_runs_by_end ON sync_runs (account, ended_at);

-- One row for each answer that differed from the one before.
CREATE TABLE subscription_readings (
	id              INTEGER PRIMARY KEY,
	account         TEXT    NOT NULL,
	read_at         INTEGER NOT NULL, -- first seen so
	seen_at         INTEGER NOT NULL, -- last seen so
	subscription    TEXT    NOT NULL, -- YCM's JSON
	plan_statistics TEXT    NOT NULL, -- YCM's JSON, or '' where it failed
	request_id      TEXT    NOT NULL
) STRICT;
CREATE INDEX subscription_readings_by_time ON subscription_readings (account, read_at);
