-- +goose Up
-- When somebody used the portal last, and when they had before a session began: what changed since is news to them.
ALTER TABLE users ADD COLUMN seen_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN before_at INTEGER NOT NULL DEFAULT 0; -- 0: never

-- The fleet's changes by time, without those that every day brings to every PBX.
CREATE INDEX pbx_events_news ON pbx_events (account, at, id) WHERE field NOT IN ('lastBackupTime', 'lastUsedTime');
