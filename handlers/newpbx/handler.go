// Package newpbx serves the New PBX form and its presets, and starts the operation that creates the PBX.
package newpbx

import (
	"cordboard/fleet/catalog"
	"cordboard/fleet/operations/create"
	"cordboard/handlers/web"
)

// Handler serves the New PBX form and its presets.
type Handler struct {
	site             *web.Site
	catalog          *catalog.Catalog
	create           *create.Kind
	rules            create.Rules
	hostCheckLimiter *web.UserLimiter // limits requests to YCM while a user fills in the form
}

// New returns a Handler.
func New(s *web.Site) *Handler {
	return &Handler{
		site:             s,
		catalog:          s.Catalog,
		create:           s.Create,
		rules:            s.Rules,
		hostCheckLimiter: web.NewUserLimiter(hostsAMinute, s.Now),
	}
}

// hostsAMinute is the maximum number of host name checks and option reloads per user per minute.
const hostsAMinute = 30
