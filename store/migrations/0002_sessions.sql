-- +goose Up
-- A row outlives its session until the session could no longer be valid anyway, so that a request in flight at sign-out
-- finds it revoked instead of absent, and can't bring it back.
CREATE TABLE sessions (
	token_hash TEXT    PRIMARY KEY, -- SHA-256 of the cookie's value, in hex
	user_id    INTEGER NOT NULL REFERENCES users (id),
	data       BLOB    NOT NULL DEFAULT x'', -- scs's
	device     TEXT    NOT NULL,    -- User-Agent at sign-in
	address    TEXT    NOT NULL,
	created_at INTEGER NOT NULL,
	seen_at    INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,    -- the absolute limit
	revoked_at INTEGER
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- What the throttle counts. Rows older than its longest window are removed as new ones come.
CREATE TABLE signin_failures (
	id   INTEGER PRIMARY KEY,
	key  TEXT    NOT NULL, -- "name:…", "address:…", "browser:…"
	at   INTEGER NOT NULL
) STRICT;
CREATE INDEX signin_failures_by_key ON signin_failures (key, at);
CREATE INDEX signin_failures_by_time ON signin_failures (at);
