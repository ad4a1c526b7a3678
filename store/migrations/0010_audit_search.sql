-- +goose Up
-- The text of each event, folded (package fold), by all its runs of three characters: what a search looks in. It holds no text of its own, and nothing is ever taken out.
-- The signs 1 to 3 stand before outcome, address and action, which no text holds, so that a search can ask for just these. The function fold is ours.
CREATE VIRTUAL TABLE audit_search USING fts5(text, content = '', tokenize = 'trigram case_sensitive 1');
INSERT INTO audit_search (rowid, text)
SELECT seq, fold(actor_email || char(10) || actor_name || char(10) || target || char(10) || target_name || char(10) || detail
	|| char(10) || reason || char(10) || changes || char(10) || ycm_request_id || char(10) || request_id
	|| char(10) || char(1) || outcome || char(10) || char(2) || address || char(10) || char(3) || action || char(10))
FROM audit_events;

CREATE INDEX audit_events_by_outcome ON audit_events (outcome, seq);
CREATE INDEX audit_events_by_address ON audit_events (address, seq);
CREATE INDEX audit_events_by_at ON audit_events (at, seq);
