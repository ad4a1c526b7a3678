-- +goose Up
-- What somebody is to be told of, by a code. Before, it was found by the sentences of the log, for one last time here.
CREATE TABLE news (
	user_id INTEGER NOT NULL REFERENCES users (id),
	seq     INTEGER NOT NULL, -- of audit_events
	kind    TEXT    NOT NULL, -- the row's action, or of a sign-in what came with it: recovery-code, oldest-session
	PRIMARY KEY (user_id, seq, kind)
) STRICT, WITHOUT ROWID;

INSERT INTO news (user_id, seq, kind)
SELECT u.id, e.seq, CASE WHEN e.action <> 'session.signin' THEN e.action WHEN e.detail LIKE '%recovery code%' THEN 'recovery-code' ELSE 'oldest-session' END
FROM users u JOIN audit_events e ON e.target = CAST(u.id AS TEXT) AND e.seq > u.told_seq AND e.seq <= u.news_seq AND e.outcome = 'done'
WHERE e.action = 'session.signin' AND (e.detail LIKE '%longest ago%' OR e.detail LIKE '%recovery code%')
	OR e.actor_id <> u.id AND e.action IN ('user.role', 'user.disable', 'user.enable', 'user.reset-password', 'user.reset-2fa', 'user.password', 'session.end');
