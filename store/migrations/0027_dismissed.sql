-- +goose Up
-- When somebody dismissed a refusal, so that it no longer asks for attention; NULL: nobody did.
ALTER TABLE operations ADD COLUMN dismissed_at INTEGER;
-- Finds what was done on a target after a refusal.
CREATE INDEX operations_done ON operations (account, target, number) WHERE state = 'done';
