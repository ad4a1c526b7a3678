package handlers

import (
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/klauspost/compress/gzhttp"

	"cordboard/static"
	"cordboard/store"
)

// A route is one address of the portal. The router, the permission and audit tests and the table in docs/security.md
// derive from the list of routes, so that a new address is one entry.
type route struct {
	method, path string
	// role is the lowest role that may use the route, or everybody.
	role access
	// recent marks a route that requires a sign-in, or a confirmed password, within the last ten minutes.
	recent bool
	// action is the audit action of what the route changes. It is recorded in the transaction of the change; a request
	// that is turned away leaves one row of it.
	action string
	// unrecorded is the reason why a POST has no action.
	unrecorded string
	rate       rateClass
	handle     handlerFunc
}

// access is a role, the lowest that may use a route.
type access string

const (
	everybody access = ""
	viewer    access = store.RoleViewer
	operator  access = store.RoleOperator
	admin     access = store.RoleAdmin
)

func (a access) get(path string, h handlerFunc) route {
	return route{method: http.MethodGet, path: path, role: a, handle: h}
}

// post returns a route that changes something, which the audit log calls action.
func (a access) post(path, action string, h handlerFunc) route {
	return route{method: http.MethodPost, path: path, role: a, action: action, handle: h}
}

// recordedAs gives a GET an audit action.
func (r route) recordedAs(action string) route { r.action = action; return r }

// notRecorded gives the reason why a POST has no audit action.
func (r route) notRecorded(reason string) route { r.unrecorded = reason; return r }

func (r route) requiringRecentAuth() route { r.recent = true; return r }

func (r route) limitedAs(c rateClass) route { r.rate = c; return r }

// name is the route as the router and the documents have it: "GET /pbxs/{cloudPbxId}".
func (r route) name() string { return r.method + " " + r.path }

// machineRoutes are for machines and event streams. They use no session, or read it themselves.
func (s *Server) machineRoutes() []route {
	return []route{
		everybody.get("/healthz", s.healthz),
		everybody.get("/readyz", s.readyz),
		everybody.get("/events", s.events), // neither compressed nor a use of the session
	}
}

// pageRoutes are all others, in the order of docs/security.md.
func (s *Server) pageRoutes() []route {
	return []route{
		everybody.get("/link", s.showLink),
		everybody.post("/link", "link.use", s.useLink),
		everybody.get("/setup", s.showSetup),
		everybody.post("/setup", "user.add", s.setup),
		everybody.get("/signin", s.showSignIn),
		everybody.post("/signin", "session.signin", s.signIn),
		everybody.get("/signin/code", s.showCode),
		everybody.post("/signin/code", "", s.enterCode).notRecorded("records itself, since failures are also counted"),
		everybody.post("/signout", "session.signout", s.signOut),

		viewer.get("/", s.showOverview),
		viewer.get("/account", s.showAccount),
		viewer.post("/account", "account.settings", s.saveAccount),
		viewer.get("/account/factor", s.showFactor),
		viewer.post("/account/factor", "factor.begin", s.beginFactor).requiringRecentAuth(),
		viewer.get("/account/factor/codes", s.showCodes),
		viewer.post("/account/factor/codes", "factor.codes", s.newCodes).requiringRecentAuth(),
		viewer.post("/account/factor/confirm", "factor.confirm", s.confirmFactor).requiringRecentAuth(),
		viewer.post("/account/factor/remove", "factor.remove", s.removeFactor).requiringRecentAuth(),
		viewer.post("/account/password", "user.password", s.changePassword), // requires the current one
		viewer.post("/account/sessions", "session.end", s.endOwnSessions),
		viewer.post("/account/told", "account.told", s.dismissNotices),
		viewer.get("/confirm", s.showConfirm),
		viewer.post("/confirm", "session.confirm", s.confirm),
		viewer.get("/expiries", s.showExpiries),
		viewer.get("/expiries.csv", s.exportExpiries).limitedAs(rateExport),
		viewer.get("/keys", s.showKeys),
		viewer.get("/overview/settings", s.showBlocks),
		viewer.post("/overview/settings", "overview.settings", s.placeBlock),
		viewer.get("/palette", s.showPalette),
		viewer.get("/pbxs", s.listPBXs),
		viewer.get("/pbxs.csv", s.exportCSV).limitedAs(rateExport),
		viewer.get("/pbxs.xlsx", s.exportXLSX).limitedAs(rateExport),
		viewer.get("/pbxs/complete", s.complete),
		viewer.get("/pbxs/filters", s.showFilters),
		viewer.get("/pbxs/selection", s.showSelection),
		viewer.get("/pbxs/settings", s.showListSettings),
		viewer.post("/pbxs/settings", "list.settings", s.saveListSettings),
		viewer.get("/pbxs/{cloudPbxId}", s.showPBX),
		viewer.get("/sizes.csv", s.exportSizes).limitedAs(rateExport),
		viewer.get("/subscription", s.showSubscription),
		viewer.get("/subscription.csv", s.exportSubscription).limitedAs(rateExport),
		viewer.post("/sync", "", s.refresh).
			limitedAs(rateRefresh).
			notRecorded("reads YCM, which happens every minute anyway"),
		viewer.get("/views", s.showViews),
		viewer.post("/views", "view.save", s.saveView),
		viewer.post("/views/delete", "view.delete", s.deleteView),
		viewer.post("/views/landing", "view.landing", s.landOn),

		operator.get("/audit", s.listAudit),
		operator.get("/creations", moved),
		operator.get("/creations/{id}", moved),
		operator.post("/creations/{id}/look", "", moved).notRecorded("leads to the address of today"),
		operator.get("/operations", s.listOperations),
		operator.get("/operations/{id}", s.showOperation),
		operator.post("/operations/{id}/check", "", s.checkNow).
			notRecorded("reads YCM; what that shows is recorded with the operation"),
		operator.post("/pbxs", "pbx.create", s.createPBX).limitedAs(rateCreate),
		operator.get("/pbxs/new", s.showNewPBX),
		operator.post("/pbxs/new", "", s.redrawNewPBX).notRecorded("draws the form again"),
		operator.get("/pbxs/new/customers", s.findCustomers),
		operator.get("/presets", s.showPresets),
		operator.post("/presets", "preset.save", s.savePreset),
		operator.post("/presets/delete", "preset.delete", s.deletePreset),

		admin.get("/audit.csv", s.exportAudit("csv")).
			recordedAs("audit.export").
			requiringRecentAuth().
			limitedAs(rateExport),
		admin.get("/audit.jsonl", s.exportAudit("jsonl")).
			recordedAs("audit.export").
			requiringRecentAuth().
			limitedAs(rateExport),
		admin.get("/team", s.showTeam),
		admin.post("/team", "user.invite", s.invite).requiringRecentAuth(),
		admin.post("/team/policy", "settings.two-factor", s.setPolicy).requiringRecentAuth(),
		admin.post("/team/withdraw", "user.withdraw", s.withdraw).requiringRecentAuth(),
		admin.get("/team/{id}", s.showMember),
		admin.post("/team/{id}/disable", "user.disable", s.changeMember("disable", s.disable)).requiringRecentAuth(),
		admin.post("/team/{id}/enable", "user.enable", s.changeMember("enable", s.enable)).requiringRecentAuth(),
		admin.post("/team/{id}/factor", "user.reset-2fa", s.changeMember("factor", s.resetFactor)).
			requiringRecentAuth(),
		admin.post("/team/{id}/password", "user.reset-password", s.offerPassword).requiringRecentAuth(),
		admin.post("/team/{id}/role", "user.role", s.changeMember("role", s.setRole)).requiringRecentAuth(),
		admin.post("/team/{id}/sessions", "session.end", s.changeMember("sessions", s.endMemberSessions)).
			requiringRecentAuth(),
	}
}

// newRouter turns the routes into a router, and the order of the middleware.
func (s *Server) newRouter() (http.Handler, error) {
	compress, err := gzhttp.NewWrapper(
		gzhttp.MinSize(1024),
		gzhttp.CompressionLevel(6),
		gzhttp.EnableZstd(false),
	) // zstd at its fastest is larger than gzip
	if err != nil {
		return nil, err
	}
	guard, err := s.crossOrigin()
	if err != nil {
		return nil, err
	}
	r := chi.NewRouter()
	r.Use(
		s.requestID,
		s.clientAddress,
		s.accessLog(),
		nameRequest,
		s.recoverer,
		s.headers,
		s.limitBody,
		middleware.GetHead,
	)
	r.MethodNotAllowed(s.handle(func(http.ResponseWriter, *http.Request) error { return errMethod }))
	r.Handle("/static/*", static.Handler())
	for _, route := range s.machineRoutes() {
		r.Method(route.method, route.path, s.handle(route.handle))
	}
	r.Group(func(r chi.Router) {
		r.Use(
			func(next http.Handler) http.Handler { return compress(next) },
			guard,
			s.sessions.LoadAndSave,
			s.authenticate,
			s.readForm,
			s.setupFirst,
		)
		missing := s.handle(func(http.ResponseWriter, *http.Request) error { return store.ErrNotFound })
		r.NotFound(s.record(route{})(missing).ServeHTTP) // within the frame of users who are signed in
		for _, route := range s.pageRoutes() {
			to := r.With(s.record(route))
			if route.role != everybody {
				to = to.With(s.requireRole(string(route.role)))
			}
			if route.recent {
				to = to.With(s.recent)
			}
			if route.rate != rateNone {
				to = to.With(s.limitRate(route.rate))
			}
			to.Method(route.method, route.path, s.handle(route.handle))
		}
	})
	return r, nil
}
