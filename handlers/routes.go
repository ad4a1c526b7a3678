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
		everybody.get("/healthz", s.desk.healthz),
		everybody.get("/readyz", s.desk.readyz),
		everybody.get("/events", s.desk.events), // neither compressed nor a use of the session
	}
}

// pageRoutes are all others, in the order of docs/security.md.
func (s *Server) pageRoutes() []route {
	return []route{
		everybody.get("/link", s.signin.showLink),
		everybody.post("/link", "link.use", s.signin.useLink),
		everybody.get("/setup", s.signin.showSetup),
		everybody.post("/setup", "user.add", s.signin.setup),
		everybody.get("/signin", s.signin.showSignIn),
		everybody.post("/signin", "session.signin", s.signin.signIn),
		everybody.get("/signin/code", s.signin.showCode),
		everybody.post("/signin/code", "", s.signin.enterCode).notRecorded("records itself, since failures are also counted"),
		everybody.post("/signout", "session.signout", s.signOut),

		viewer.get("/", s.desk.showOverview),
		viewer.get("/account", s.account.showAccount),
		viewer.post("/account", "account.settings", s.account.saveAccount),
		viewer.get("/account/factor", s.account.showFactor),
		viewer.post("/account/factor", "factor.begin", s.account.beginFactor).requiringRecentAuth(),
		viewer.get("/account/factor/codes", s.account.showCodes),
		viewer.post("/account/factor/codes", "factor.codes", s.account.newCodes).requiringRecentAuth(),
		viewer.post("/account/factor/confirm", "factor.confirm", s.account.confirmFactor).requiringRecentAuth(),
		viewer.post("/account/factor/remove", "factor.remove", s.account.removeFactor).requiringRecentAuth(),
		viewer.post("/account/password", "user.password", s.account.changePassword), // requires the current one
		viewer.post("/account/sessions", "session.end", s.account.endOwnSessions),
		viewer.post("/account/told", "account.told", s.account.dismissNotices),
		viewer.get("/confirm", s.signin.showConfirm),
		viewer.post("/confirm", "session.confirm", s.signin.confirm),
		viewer.get("/expiries", s.capacity.showExpiries),
		viewer.get("/expiries.csv", s.capacity.exportExpiries).limitedAs(rateExport),
		viewer.get("/keys", s.desk.showKeys),
		viewer.get("/overview/settings", s.desk.showBlocks),
		viewer.post("/overview/settings", "overview.settings", s.desk.placeBlock),
		viewer.get("/palette", s.desk.showPalette),
		viewer.get("/pbxs", s.pbxs.listPBXs),
		viewer.get("/pbxs.csv", s.pbxs.exportCSV).limitedAs(rateExport),
		viewer.get("/pbxs.xlsx", s.pbxs.exportXLSX).limitedAs(rateExport),
		viewer.get("/pbxs/complete", s.pbxs.complete),
		viewer.get("/pbxs/filters", s.pbxs.showFilters),
		viewer.get("/pbxs/selection", s.pbxs.showSelection),
		viewer.get("/pbxs/settings", s.pbxs.showListSettings),
		viewer.post("/pbxs/settings", "list.settings", s.pbxs.saveListSettings),
		viewer.get("/pbxs/{cloudPbxId}", s.pbxs.showPBX),
		viewer.get("/sizes.csv", s.capacity.exportSizes).limitedAs(rateExport),
		viewer.get("/subscription", s.capacity.showSubscription),
		viewer.get("/subscription.csv", s.capacity.exportSubscription).limitedAs(rateExport),
		viewer.post("/sync", "", s.desk.refresh).
			limitedAs(rateRefresh).
			notRecorded("reads YCM, which happens every minute anyway"),
		viewer.get("/views", s.pbxs.showViews),
		viewer.post("/views", "view.save", s.pbxs.saveView),
		viewer.post("/views/delete", "view.delete", s.pbxs.deleteView),
		viewer.post("/views/landing", "view.landing", s.pbxs.landOn),

		operator.get("/audit", s.audit.listAudit),
		operator.get("/creations", moved),
		operator.get("/creations/{id}", moved),
		operator.post("/creations/{id}/look", "", moved).notRecorded("leads to the address of today"),
		operator.get("/operations", s.operationPages.listOperations),
		operator.get("/operations/{id}", s.operationPages.showOperation),
		operator.post("/operations/{id}/check", "", s.operationPages.checkNow).
			notRecorded("reads YCM; what that shows is recorded with the operation"),
		operator.post("/pbxs", "pbx.create", s.pbxs.createPBX).limitedAs(rateCreate),
		operator.get("/pbxs/new", s.pbxs.showNewPBX),
		operator.post("/pbxs/new", "", s.pbxs.redrawNewPBX).notRecorded("draws the form again"),
		operator.get("/pbxs/new/customers", s.pbxs.findCustomers),
		operator.get("/presets", s.pbxs.showPresets),
		operator.post("/presets", "preset.save", s.pbxs.savePreset),
		operator.post("/presets/delete", "preset.delete", s.pbxs.deletePreset),

		admin.get("/audit.csv", s.audit.exportAudit("csv")).
			recordedAs("audit.export").
			requiringRecentAuth().
			limitedAs(rateExport),
		admin.get("/audit.jsonl", s.audit.exportAudit("jsonl")).
			recordedAs("audit.export").
			requiringRecentAuth().
			limitedAs(rateExport),
		admin.get("/team", s.team.showTeam),
		admin.post("/team", "user.invite", s.team.invite).requiringRecentAuth(),
		admin.post("/team/policy", "settings.two-factor", s.team.setPolicy).requiringRecentAuth(),
		admin.post("/team/withdraw", "user.withdraw", s.team.withdraw).requiringRecentAuth(),
		admin.get("/team/{id}", s.team.showMember),
		admin.post("/team/{id}/disable", "user.disable", s.team.changeMember("disable", s.team.disable)).requiringRecentAuth(),
		admin.post("/team/{id}/enable", "user.enable", s.team.changeMember("enable", s.team.enable)).requiringRecentAuth(),
		admin.post("/team/{id}/factor", "user.reset-2fa", s.team.changeMember("factor", s.team.resetFactor)).
			requiringRecentAuth(),
		admin.post("/team/{id}/password", "user.reset-password", s.team.offerPassword).requiringRecentAuth(),
		admin.post("/team/{id}/role", "user.role", s.team.changeMember("role", s.team.setRole)).requiringRecentAuth(),
		admin.post("/team/{id}/sessions", "session.end", s.team.changeMember("sessions", s.team.endMemberSessions)).
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
			s.signin.setupFirst,
		)
		missing := s.handle(func(http.ResponseWriter, *http.Request) error { return store.ErrNotFound })
		r.NotFound(s.record("")(missing).ServeHTTP) // within the frame of users who are signed in
		for _, route := range s.pageRoutes() {
			to := r.With(s.record(route.action))
			if route.role != everybody {
				to = to.With(s.requireRole(string(route.role)))
			}
			if route.recent {
				to = to.With(s.signin.recent)
			}
			if route.rate != rateNone {
				to = to.With(s.limitRate(route.rate))
			}
			to.Method(route.method, route.path, s.handle(route.handle))
		}
	})
	return r, nil
}
