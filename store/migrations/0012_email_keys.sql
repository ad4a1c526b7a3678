-- +goose Up
-- One key for all spellings of an address. The function fold_email is ours. Of two accounts that turn out to have one address the second keeps its key.
UPDATE OR IGNORE users SET email_key = fold_email(email) WHERE email_key <> fold_email(email);
UPDATE links SET email_key = fold_email(email) WHERE email_key <> fold_email(email);
