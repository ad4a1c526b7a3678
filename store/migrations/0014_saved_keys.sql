-- +goose Up
-- One key for all spellings of a saved name. The function saved_key is ours. Of two names that turn out to be one, the second keeps its key.
UPDATE OR IGNORE saved_views SET name_key = saved_key(name) WHERE name_key <> saved_key(name);
UPDATE OR IGNORE presets SET name_key = saved_key(name) WHERE name_key <> saved_key(name);
