package handlers

import (
	"net/http"
	"slices"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/klauspost/compress/gzhttp"

	"cordboard/handlers/operations"
	"cordboard/handlers/web"
	"cordboard/static"
	"cordboard/store"
)

// route is one route of the portal. The router, the permission and audit tests and the table in docs/security.md derive
// from the list of routes, so a new route is one entry.
type route struct {
	method, path string
	// role is the lowest role that may use the route, or everybody.
	role access
	// recent marks a route that requires a sign-in or a confirmed password within the last ten minutes.
	recent bool
	// action is the audit action of the route's change. It is recorded in the transaction that makes the change. A request
	// that is rejected leaves one row with this action.
	action string
	// unrecorded is the reason why a POST has no action.
	unrecorded string
	rate       web.RateClass
	handle     web.HandlerFunc
}

// access is the lowest role that may use a route.
type access string

const (
	everybody access = ""
	viewer    access = store.RoleViewer
	operator  access = store.RoleOperator
	admin     access = store.RoleAdmin
)

func (a access) get(path string, h web.HandlerFunc) route {
	return route{method: http.MethodGet, path: path, role: a, handle: h}
}

// post returns a route that changes something. action is its audit action.
func (a access) post(path, action string, h web.HandlerFunc) route {
	return route{method: http.MethodPost, path: path, role: a, action: action, handle: h}
}

// recordedAs sets the audit action of a GET route.
func (r route) recordedAs(action string) route { r.action = action; return r }

// notRecorded sets the reason why a POST route has no audit action.
func (r route) notRecorded(reason string) route { r.unrecorded = reason; return r }

func (r route) requiringRecentAuth() route { r.recent = true; return r }

func (r route) limitedAs(c web.RateClass) route { r.rate = c; return r }

// name returns the route as the router and the docs write it: "GET /pbxs/{cloudPbxId}".
func (r route) name() string { return r.method + " " + r.path }

// machineRoutes returns the routes for machines and event streams. They use no session, or read it themselves.
func (s *Server) machineRoutes() []route {
	return []route{
		everybody.get("/healthz", s.desk.Healthz),
		everybody.get("/readyz", s.desk.Readyz),
		everybody.get("/events", s.desk.Events), // not compressed, and doesn't count as use of the session
	}
}

// pageRoutes returns all other routes, in the order of docs/security.md.
func (s *Server) pageRoutes() []route {
	return slices.Concat(s.everybodysRoutes(), s.viewerRoutes(), s.operatorRoutes(), s.adminRoutes())
}

func (s *Server) everybodysRoutes() []route {
	return []route{
		everybody.get("/link", s.signin.ShowLink),
		everybody.post("/link", "link.use", s.signin.UseLink),
		everybody.get("/setup", s.signin.ShowSetup),
		everybody.post("/setup", "user.add", s.signin.Setup),
		everybody.get("/signin", s.signin.ShowSignIn),
		everybody.post("/signin", "session.signin", s.signin.SignIn),
		everybody.get("/signin/code", s.signin.ShowCode),
		everybody.post("/signin/code", "", s.signin.EnterCode).
			notRecorded("writes its own entries, because failures are counted, too"),
		everybody.post("/signout", "session.signout", s.site.Sessions.SignOut),
	}
}

func (s *Server) viewerRoutes() []route {
	return []route{
		viewer.get("/", s.desk.ShowOverview),
		viewer.get("/account", s.account.ShowAccount),
		viewer.post("/account", "account.settings", s.account.SaveAccount),
		viewer.get("/account/factor", s.account.ShowFactor),
		viewer.post("/account/factor", "factor.begin", s.account.BeginFactor).requiringRecentAuth(),
		viewer.get("/account/factor/codes", s.account.ShowCodes),
		viewer.post("/account/factor/codes", "factor.codes", s.account.NewCodes).requiringRecentAuth(),
		viewer.post("/account/factor/confirm", "factor.confirm", s.account.ConfirmFactor).requiringRecentAuth(),
		viewer.post("/account/factor/remove", "factor.remove", s.account.RemoveFactor).requiringRecentAuth(),
		viewer.post("/account/password", "user.password", s.account.ChangePassword), // requires the current password
		viewer.post("/account/sessions", "session.end", s.account.EndOwnSessions),
		viewer.post("/account/told", "account.told", s.account.DismissNotices),
		viewer.get("/confirm", s.signin.ShowConfirm),
		viewer.post("/confirm", "session.confirm", s.signin.Confirm),
		viewer.get("/expiries", s.capacity.ShowExpiries),
		viewer.get("/expiries.csv", s.capacity.ExportExpiries).limitedAs(web.RateExport),
		viewer.get("/keys", s.desk.ShowKeys),
		viewer.get("/overview/settings", s.desk.ShowBlocks),
		viewer.post("/overview/settings", "overview.settings", s.desk.PlaceBlock),
		viewer.get("/palette", s.desk.ShowPalette),
		viewer.get("/pbxs", s.pbxs.List),
		viewer.get("/pbxs.csv", s.pbxs.ExportCSV).limitedAs(web.RateExport),
		viewer.get("/pbxs.xlsx", s.pbxs.ExportXLSX).limitedAs(web.RateExport),
		viewer.get("/pbxs/complete", s.pbxs.Complete),
		viewer.get("/pbxs/filters", s.pbxs.ShowFilters),
		viewer.get("/pbxs/selection", s.pbxs.ShowSelection),
		viewer.get("/pbxs/settings", s.pbxs.ShowListSettings),
		viewer.post("/pbxs/settings", "list.settings", s.pbxs.SaveListSettings),
		viewer.get("/pbxs/{cloudPbxId}", s.pbxs.Show),
		viewer.get("/sizes.csv", s.capacity.ExportSizes).limitedAs(web.RateExport),
		viewer.get("/subscription", s.capacity.ShowSubscription),
		viewer.get("/subscription.csv", s.capacity.ExportSubscription).limitedAs(web.RateExport),
		viewer.post("/sync", "", s.desk.Refresh).
			limitedAs(web.RateRefresh).
			notRecorded("reads YCM, which happens every minute anyway"),
		viewer.get("/views", s.pbxs.ShowViews),
		viewer.post("/views", "view.save", s.pbxs.SaveView),
		viewer.post("/views/delete", "view.delete", s.pbxs.DeleteView),
		viewer.post("/views/landing", "view.landing", s.pbxs.SetLandingView),
	}
}

func (s *Server) operatorRoutes() []route {
	return []route{
		operator.get("/audit", s.audit.List),
		operator.get("/creations", operations.Moved),
		operator.get("/creations/{id}", operations.Moved),
		operator.post("/creations/{id}/look", "", operations.Moved).notRecorded("redirects to the current address"),
		operator.get("/operations", s.operationPages.List),
		operator.get("/operations/{id}", s.operationPages.Show),
		operator.post("/operations/{id}/check", "", s.operationPages.CheckNow).
			notRecorded("reads YCM; the result is recorded with the operation"),
		operator.post("/pbxs", "pbx.create", s.newPBX.Create).limitedAs(web.RateCreate),
		operator.get("/pbxs/new", s.newPBX.Show),
		operator.post("/pbxs/new", "", s.newPBX.Redraw).notRecorded("redraws the form"),
		operator.get("/pbxs/new/customers", s.newPBX.FindCustomers),
		operator.get("/presets", s.newPBX.ShowPresets),
		operator.post("/presets", "preset.save", s.newPBX.SavePreset),
		operator.post("/presets/delete", "preset.delete", s.newPBX.DeletePreset),
	}
}

func (s *Server) adminRoutes() []route {
	return []route{
		admin.get("/audit.csv", s.audit.ExportAudit("csv")).
			recordedAs("audit.export").
			requiringRecentAuth().
			limitedAs(web.RateExport),
		admin.get("/audit.jsonl", s.audit.ExportAudit("jsonl")).
			recordedAs("audit.export").
			requiringRecentAuth().
			limitedAs(web.RateExport),
		admin.get("/team", s.team.ShowTeam),
		admin.post("/team", "user.invite", s.team.Invite).requiringRecentAuth(),
		admin.post("/team/policy", "settings.two-factor", s.team.SetPolicy).requiringRecentAuth(),
		admin.post("/team/withdraw", "user.withdraw", s.team.Withdraw).requiringRecentAuth(),
		admin.get("/team/{id}", s.team.ShowMember),
		admin.post("/team/{id}/disable", "user.disable", s.team.ChangeMember("disable", s.team.Disable)).
			requiringRecentAuth(),
		admin.post("/team/{id}/enable", "user.enable", s.team.ChangeMember("enable", s.team.Enable)).
			requiringRecentAuth(),
		admin.post("/team/{id}/factor", "user.reset-2fa", s.team.ChangeMember("factor", s.team.ResetFactor)).
			requiringRecentAuth(),
		admin.post("/team/{id}/password", "user.reset-password", s.team.OfferPassword).requiringRecentAuth(),
		admin.post("/team/{id}/role", "user.role", s.team.ChangeMember("role", s.team.SetRole)).requiringRecentAuth(),
		admin.post("/team/{id}/sessions", "session.end", s.team.ChangeMember("sessions", s.team.EndMemberSessions)).
			requiringRecentAuth(),
	}
}

// newRouter returns a router for all routes, with the middleware in its required order.
func (s *Server) newRouter() (http.Handler, error) {
	compress, err := gzhttp.NewWrapper(
		gzhttp.MinSize(1024),
		gzhttp.CompressionLevel(6),
		gzhttp.EnableZstd(false),
	) // even at its fastest, zstd produces larger output than gzip
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
	r.MethodNotAllowed(s.site.Handle(func(http.ResponseWriter, *http.Request) error { return web.ErrMethod }))
	r.Handle("/static/*", static.Handler())
	for _, route := range s.machineRoutes() {
		r.Method(route.method, route.path, s.site.Handle(route.handle))
	}
	r.Group(func(r chi.Router) {
		r.Use(
			func(next http.Handler) http.Handler { return compress(next) },
			guard,
			s.site.Sessions.LoadAndSave,
			func(next http.Handler) http.Handler { return s.site.Handle(s.site.Sessions.Authenticate(next)) },
			s.readForm,
			s.signin.RequireSetup,
		)
		missing := s.site.Handle(func(http.ResponseWriter, *http.Request) error { return store.ErrNotFound })
		r.NotFound(s.site.Record("")(missing).ServeHTTP) // users who are signed in see it within the portal's frame
		for _, route := range s.pageRoutes() {
			to := r.With(s.site.Record(route.action))
			if route.role != everybody {
				to = to.With(s.requireRole(string(route.role)))
			}
			if route.recent {
				to = to.With(s.signin.RequireRecentAuth)
			}
			if route.rate != web.RateNone {
				to = to.With(s.site.LimitRate(route.rate))
			}
			to.Method(route.method, route.path, s.site.Handle(route.handle))
		}
	})
	return r, nil
}
