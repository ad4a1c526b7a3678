-- +goose Up
-- When somebody dismissed a refusal, so that it no longer asks for attention; NULL: nobody did.
ALTER TABLE operations ADD COLUMN dismissed_at INTEGER;
