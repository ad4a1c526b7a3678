-- +goose Up
-- The package has five resources. What earlier attempts took of the newer two was not known, and is 0.
ALTER TABLE creations ADD COLUMN ultimate INTEGER NOT NULL DEFAULT 0;      -- extensions with the Ultimate Plan
ALTER TABLE creations ADD COLUMN transcription INTEGER NOT NULL DEFAULT 0; -- minutes on top of the plan's
