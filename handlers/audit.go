package handlers

import (
	"cordboard/store"
	"cordboard/views"
	"fmt"
	"net/http"
)

const auditPerPage = 50

// operatorsSee are the objects whose events operators may read; admins read all.
var operatorsSee = []string{"pbx", "pbxs", "creation"}

func (s *Server) listAudit(w http.ResponseWriter, r *http.Request) error {
	page := pageAsked(r.URL.Query())
	scope, objects := "Who did what, including what failed.", []string(nil)
	if userFrom(r.Context()).Role != store.RoleAdmin {
		scope, objects = "Who did what to PBXs and creations. Administrators see the whole log.", operatorsSee
	}
	log, err := s.store.AuditEvents(r.Context(), page, auditPerPage, objects...)
	if err != nil {
		return fmt.Errorf("read the audit log: %w", err)
	}
	last := lastPage(log.Total, auditPerPage)
	if page > last {
		redirect(w, r, views.AuditURL(last))
		return nil
	}
	c := s.clock(r)
	m := views.AuditPage{Fresh: s.freshness(c), Scope: scope, Zone: c.ZoneName(), Pager: pages(page, last, auditPerPage, int(log.Total), views.AuditURL)}
	for _, e := range log.Events {
		m.Rows = append(m.Rows, auditRow(e, c))
	}
	return s.render(w, r, http.StatusOK, "Audit log", views.AuditLog(m), views.AuditLog(m))
}

func auditRow(e store.Event, c views.Clock) views.AuditRow {
	who := e.Actor.Name
	if who == "" {
		who = e.Actor.Email
	}
	if who == "" {
		who = "nobody signed in"
	}
	return views.AuditRow{
		Seq: views.Number(e.Seq), At: c.Second(e.At), Actor: who, Address: e.Actor.Address, Action: e.Action, Target: e.TargetName,
		Detail: e.Detail, Outcome: e.Outcome, Badge: views.OutcomeBadge(e.Outcome), RequestID: e.YCMRequestID,
	}
}
