-- +goose Up
-- When somebody used the portal last, and when they had before this visit, which began after an hour's break at the least: what
-- changed since is news to them. 0: never.
ALTER TABLE users ADD COLUMN seen_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN before_at INTEGER NOT NULL DEFAULT 0;

-- The last reading of the package is looked at with each that comes.
CREATE INDEX subscription_readings_by_id ON subscription_readings (account, id);

-- The fleet's changes by time, without those that every day brings to every PBX.
CREATE INDEX pbx_events_news ON pbx_events (account, at, id) WHERE field NOT IN ('lastBackupTime', 'lastUsedTime');
