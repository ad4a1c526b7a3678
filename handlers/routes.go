package handlers

import (
	"cordboard/static"
	"cordboard/store"
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/klauspost/compress/gzhttp"
)

// routes groups all addresses by who may come. A route's group is its permission: no handler checks a role itself.
func (s *Server) routes() (http.Handler, error) {
	compress, err := gzhttp.NewWrapper(gzhttp.MinSize(1024), gzhttp.CompressionLevel(6), gzhttp.EnableZstd(false)) // zstd at its fastest is larger than gzip
	if err != nil {
		return nil, err
	}
	guard, err := s.crossOrigin()
	if err != nil {
		return nil, err
	}
	r := chi.NewRouter()
	r.Use(s.requestID, s.clientAddress, s.accessLog(), nameRequest, s.recoverer, s.headers, s.limitBody, middleware.GetHead)
	r.MethodNotAllowed(s.handle(func(http.ResponseWriter, *http.Request) error { return errMethod }))

	r.Get("/healthz", s.handle(s.healthz))
	r.Get("/readyz", s.handle(s.readyz))
	r.Handle("/static/*", static.Handler())
	r.Get("/events", s.handle(s.events)) // looks its session up itself: neither compressed nor a use of the session

	r.Group(func(r chi.Router) {
		r.Use(func(next http.Handler) http.Handler { return compress(next) }, guard, s.sessions.LoadAndSave, s.authenticate, s.readForm, s.setupFirst, s.record)
		r.NotFound(s.handle(func(http.ResponseWriter, *http.Request) error { return store.ErrNotFound })) // within the frame of who is signed in

		r.Group(func(r chi.Router) { // everybody
			r.Get("/signin", s.handle(s.showSignIn))
			r.Post("/signin", s.handle(s.signIn))
			r.Get("/signin/code", s.handle(s.showCode))
			r.Post("/signin/code", s.handle(s.enterCode))
			r.Get("/link", s.handle(s.showLink))
			r.Post("/link", s.handle(s.useLink))
			r.Get("/setup", s.handle(s.showSetup))
			r.Post("/setup", s.handle(s.setup))
			r.Post("/signout", s.handle(s.signOut))
		})
		r.Group(func(r chi.Router) { // viewers, and all above
			r.Use(s.requireRole(store.RoleViewer))
			r.Get("/", s.handle(s.showOverview))
			r.Get("/overview/settings", s.handle(s.showBlocks))
			r.Post("/overview/settings", s.handle(s.placeBlock))
			r.Get("/pbxs", s.handle(s.listPBXs))
			r.Get("/pbxs.csv", s.handle(s.exportCSV))
			r.Get("/pbxs.xlsx", s.handle(s.exportXLSX))
			r.Get("/pbxs/complete", s.handle(s.complete))
			r.Get("/pbxs/filters", s.handle(s.showFilters))
			r.Get("/pbxs/selection", s.handle(s.showSelection))
			r.Get("/pbxs/settings", s.handle(s.showListSettings))
			r.Post("/pbxs/settings", s.handle(s.saveListSettings))
			r.Get("/pbxs/{cloudPbxId}", s.handle(s.showPBX))
			r.Get("/views", s.handle(s.showViews))
			r.Post("/views", s.handle(s.saveView))
			r.Post("/views/delete", s.handle(s.deleteView))
			r.Post("/views/landing", s.handle(s.landOn))
			r.Get("/palette", s.handle(s.showPalette))
			r.Get("/keys", s.handle(s.showKeys))
			r.Get("/expiries", s.handle(s.showExpiries))
			r.Get("/expiries.csv", s.handle(s.exportExpiries))
			r.Get("/subscription", s.handle(s.showSubscription))
			r.Get("/sizes.csv", s.handle(s.exportSizes))
			r.Get("/subscription.csv", s.handle(s.exportSubscription))
			r.Post("/sync", s.handle(s.refresh))
			r.Get("/account", s.handle(s.showAccount))
			r.Post("/account", s.handle(s.saveAccount))
			r.Post("/account/told", s.handle(s.told))
			r.Post("/account/password", s.handle(s.changePassword)) // asks for the current one itself
			r.Post("/account/sessions", s.handle(s.endOwnSessions))
			r.Get("/account/factor", s.handle(s.showFactor))
			r.Get("/account/factor/codes", s.handle(s.showCodes))
			r.Get("/confirm", s.handle(s.showConfirm))
			r.Post("/confirm", s.handle(s.confirm))
			r.Group(func(r chi.Router) {
				r.Use(s.recent)
				r.Post("/account/factor", s.handle(s.beginFactor))
				r.Post("/account/factor/confirm", s.handle(s.confirmFactor))
				r.Post("/account/factor/remove", s.handle(s.removeFactor))
				r.Post("/account/factor/codes", s.handle(s.newCodes))
			})
		})
		r.Group(func(r chi.Router) { // operators, and admins
			r.Use(s.requireRole(store.RoleOperator))
			r.Get("/pbxs/new", s.handle(s.showNewPBX))
			r.Post("/pbxs/new", s.handle(s.redrawNewPBX))
			r.Get("/pbxs/new/customers", s.handle(s.findCustomers))
			r.Post("/pbxs", s.handle(s.createPBX))
			r.Get("/creations", s.handle(s.listCreations))
			r.Get("/creations/{id}", s.handle(s.showCreation))
			r.Post("/creations/{id}/look", s.handle(s.lookAgain))
			r.Get("/presets", s.handle(s.showPresets))
			r.Post("/presets", s.handle(s.savePreset))
			r.Post("/presets/delete", s.handle(s.deletePreset))
			r.Get("/audit", s.handle(s.listAudit))
		})
		r.Group(func(r chi.Router) { // admins
			r.Use(s.requireRole(store.RoleAdmin))
			r.Get("/team", s.handle(s.showTeam))
			r.Get("/team/{id}", s.handle(s.showMember))
			r.Group(func(r chi.Router) { // who proved lately who they are
				r.Use(s.recent)
				r.Post("/team", s.handle(s.invite))
				r.Post("/team/withdraw", s.handle(s.withdraw))
				r.Post("/team/policy", s.handle(s.setPolicy))
				r.Post("/team/{id}/role", s.handle(s.changeMember("role", s.setRole)))
				r.Post("/team/{id}/disable", s.handle(s.changeMember("disable", s.disable)))
				r.Post("/team/{id}/enable", s.handle(s.changeMember("enable", s.enable)))
				r.Post("/team/{id}/password", s.handle(s.offerPassword))
				r.Post("/team/{id}/factor", s.handle(s.changeMember("factor", s.resetFactor)))
				r.Post("/team/{id}/sessions", s.handle(s.changeMember("sessions", s.endMemberSessions)))
				r.Get("/audit.csv", s.handle(s.exportAudit("csv")))
				r.Get("/audit.jsonl", s.handle(s.exportAudit("jsonl")))
			})
		})
	})
	return r, nil
}
