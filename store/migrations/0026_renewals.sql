-- +goose Up
-- Who looks after a PBX or a customer.
CREATE TABLE owners (
	account TEXT    NOT NULL,
	about   TEXT    NOT NULL CHECK (about IN ('pbx', 'customer')),
	subject INTEGER NOT NULL, -- the PBX's or customer's ID
	user_id INTEGER NOT NULL,
	PRIMARY KEY (account, about, subject)
) STRICT, WITHOUT ROWID;
-- How far the renewal of a PBX is.
CREATE TABLE renewals (
	id           INTEGER PRIMARY KEY,
	account      TEXT    NOT NULL,
	cloud_pbx_id INTEGER NOT NULL,
	state        TEXT    NOT NULL CHECK (state IN ('open', 'asked', 'quoted', 'renewed', 'let-go')),
	next         TEXT    NOT NULL, -- the next step; '': none
	next_on      TEXT    NOT NULL, -- its day, such as 2026-12-31; '': none
	expires_at   INTEGER NOT NULL, -- the PBX's earliest expiration date when the renewal began; 0: none was known
	actor        TEXT    NOT NULL, -- JSON: who changed it last
	updated_at   INTEGER NOT NULL,
	closed_at    INTEGER,          -- when Cordboard saw a later date, or that the PBX is gone; NULL: it is current
	renewed_to   INTEGER NOT NULL DEFAULT 0 -- the later date; 0: none
) STRICT;
CREATE UNIQUE INDEX renewals_current ON renewals (account, cloud_pbx_id) WHERE closed_at IS NULL;
-- Reasons for attention that are hidden until a day.
CREATE TABLE snoozes (
	account      TEXT    NOT NULL,
	cloud_pbx_id INTEGER NOT NULL,
	what         TEXT    NOT NULL, -- the reason for attention, such as overdue
	reason       TEXT    NOT NULL,
	until        TEXT    NOT NULL, -- the first day on which it is shown again, such as 2026-12-31
	actor        TEXT    NOT NULL, -- JSON
	at           INTEGER NOT NULL,
	PRIMARY KEY (account, cloud_pbx_id, what)
) STRICT, WITHOUT ROWID;
