-- +goose Up
-- The customer that an operation creates or changes; NULL: unknown, or the operation is about a PBX.
ALTER TABLE operations ADD COLUMN customer_id INTEGER;
