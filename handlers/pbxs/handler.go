// Package pbxs serves the list of PBXs with its filters, views and exports, the page of each PBX, and the form for a
// new PBX.
package pbxs

import (
	"cordboard/fleet/catalog"
	"cordboard/fleet/operations"
	"cordboard/handlers/web"
)

// Handler serves the list of PBXs, the page of each PBX, and the form for a new PBX.
type Handler struct {
	site             *web.Site
	catalog          *catalog.Catalog
	create           *operations.Create
	rules            operations.Rules
	hostCheckLimiter *web.UserLimiter // limits requests to YCM while a user fills in the form
}

// New returns a Handler.
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

// hostsAMinute is the number of host names that a user can check with YCM per minute.
const hostsAMinute = 30
