-- +goose Up
-- Who changed a PBX in YCM, as YCM's webhooks say.
CREATE TABLE pbx_modifiers (
	account      TEXT    NOT NULL,
	cloud_pbx_id INTEGER NOT NULL,
	at           INTEGER NOT NULL, -- when the PBX was changed, by YCM's clock
	modifier     TEXT    NOT NULL,
	PRIMARY KEY (account, cloud_pbx_id, at, modifier)
) STRICT, WITHOUT ROWID;
