-- +goose Up
-- Accepted warnings are codes with fields. Those stored so far are sentences, and keep their wording.
UPDATE operations
SET warnings = (
	SELECT json_group_array(json_object('code', 'sentence', 'value', value))
	FROM json_each(operations.warnings)
)
WHERE json_type(warnings) = 'array';
