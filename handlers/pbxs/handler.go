// Package pbxs serves the list of PBXs with its filters, views and exports, the page of each PBX, and the form of a new
// one.
package pbxs

import (
	"cordboard/fleet/catalog"
	"cordboard/fleet/operations"
	"cordboard/handlers/web"
)

// Handler serves the list of PBXs, the page of each, and the form of a new one.
type Handler struct {
	site             *web.Site
	catalog          *catalog.Catalog
	create           *operations.Create
	rules            operations.Rules
	hostCheckLimiter *web.UserLimiter // limits YCM requests while a form is filled in
}

// New returns the Handler of PBXs.
func New(s *web.Site) *Handler {
	f := s.Config.Fleet
	return &Handler{
		site:             s,
		catalog:          f.Catalog,
		create:           f.Create,
		rules:            f.Rules,
		hostCheckLimiter: web.NewUserLimiter(hostsAMinute, s.Now),
	}
}

// hostsAMinute is the number of host names that a user may have checked in YCM per minute.
const hostsAMinute = 30
