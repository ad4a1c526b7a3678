-- +goose Up
-- Customers, as last read from YCM. Cordboard keeps those that YCM no longer has.
CREATE TABLE customers (
	account       TEXT    NOT NULL,
	customer_id   INTEGER NOT NULL,
	members       TEXT    NOT NULL, -- JSON object of the record's members with their values; 'null': never read
	first_seen_at INTEGER NOT NULL,
	gone_at       INTEGER,          -- when YCM was found not to have it; NULL: YCM has it
	PRIMARY KEY (account, customer_id)
) STRICT;
-- The customers of each PBX, which YCM reports one PBX at a time.
CREATE TABLE pbx_customers (
	account      TEXT    NOT NULL,
	cloud_pbx_id INTEGER NOT NULL,
	customer_ids TEXT    NOT NULL, -- JSON list in ascending order
	read_at      INTEGER NOT NULL,
	PRIMARY KEY (account, cloud_pbx_id)
) STRICT;
