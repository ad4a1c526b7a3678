package handlers

import (
	"cmp"
	"net/http"
	"slices"

	"cordboard/handlers/actions"
	"cordboard/handlers/batches"
	"cordboard/handlers/operations"
	"cordboard/handlers/web"
	"cordboard/store"
)

// Route is one route of the portal. The router, the permission and audit tests, and the table in docs/security.md
// derive from the list of routes, so a new route needs only one entry.
type Route struct {
	Method, Path string
	// Role is the lowest role that may use the route, or Everybody.
	Role Access
	// Recent marks a route that requires the user to have signed in or confirmed their identity within the last ten
	// minutes.
	Recent bool
	// Action is the audit action with which rejected requests are recorded. It is usually also the action of the change
	// itself, which is recorded in the transaction that makes it.
	Action string
	// Unrecorded is the reason why a POST has no action.
	Unrecorded string
	Rate       web.RateClass
	// MaxBody is the size in bytes of the largest request body that the route accepts; 0 means defaultMaxBody. Until the
	// client has signed in, the limit is at most maxStrangerBody.
	MaxBody int64
	// Chunked marks a route that also accepts bodies without a declared length, from clients that aren't browsers.
	Chunked bool
	// Files marks a route that accepts multipart forms, which can have files.
	Files  bool
	Handle web.HandlerFunc
}

// Access specifies who may use a route: users with at least this role, or Everybody.
type Access string

// Values of Access.
const (
	Everybody Access = ""
	Viewer    Access = store.RoleViewer
	Operator  Access = store.RoleOperator
	Admin     Access = store.RoleAdmin
)

func (a Access) get(path string, h web.HandlerFunc) Route {
	return Route{Method: http.MethodGet, Path: path, Role: a, Handle: h}
}

// post returns a POST route. action is its audit action, or "" for a route with notRecorded.
func (a Access) post(path, action string, h web.HandlerFunc) Route {
	return Route{Method: http.MethodPost, Path: path, Role: a, Action: action, Handle: h}
}

// recordedAs sets the audit action of a GET route.
func (r Route) recordedAs(action string) Route { r.Action = action; return r }

// notRecorded sets the reason why a POST route has no audit action.
func (r Route) notRecorded(reason string) Route { r.Unrecorded = reason; return r }

func (r Route) requiringRecentAuth() Route { r.Recent = true; return r }

func (r Route) acceptingChunks() Route { r.Chunked = true; return r }

func (r Route) acceptingFiles() Route { r.Files = true; return r }

func (r Route) limitedTo(bytes int64) Route { r.MaxBody = bytes; return r }

func (r Route) limitedAs(c web.RateClass) Route { r.Rate = c; return r }

// Name returns the route's method and path, such as "GET /pbxs/{cloudPbxId}".
func (r Route) Name() string { return r.Method + " " + r.Path }

// BodyLimit returns the size in bytes of the largest request body that the route accepts.
func (r Route) BodyLimit() int64 { return cmp.Or(r.MaxBody, defaultMaxBody) }

// Routes returns all routes.
func (s *Server) Routes() []Route { return slices.Concat(s.machineRoutes(), s.pageRoutes()) }

// machineRoutes returns the routes for health checks, event streams and webhooks. The router doesn't look up a session
// for them, so a handler whose route isn't for everybody checks the role itself.
func (s *Server) machineRoutes() []Route {
	return []Route{
		Everybody.get("/healthz", s.desk.Healthz),
		Everybody.get("/readyz", s.desk.Readyz),
		// The stream isn't compressed and doesn't count as use of the session. Signed-out clients get 401 instead of a
		// redirect, because a stream would follow the redirect.
		Viewer.get("/events", s.desk.Events),
		Everybody.post("/hooks/ycm", "", s.webhook.Take).
			notRecorded("a hint that makes Cordboard read YCM; its signature is checked").
			limitedTo(maxStrangerBody).
			acceptingChunks(),
	}
}

// pageRoutes returns all other routes, in the order of docs/security.md.
func (s *Server) pageRoutes() []Route {
	return slices.Concat(s.everybodysRoutes(), s.viewerRoutes(), s.operatorRoutes(), s.adminRoutes())
}

func (s *Server) everybodysRoutes() []Route {
	return []Route{
		Everybody.get("/link", s.signin.ShowLink),
		Everybody.post("/link", "link.use", s.signin.UseLink),
		Everybody.get("/setup", s.signin.ShowSetup),
		Everybody.post("/setup", "user.add", s.signin.Setup),
		Everybody.get("/signin", s.signin.ShowSignIn),
		Everybody.post("/signin", "session.signin", s.signin.SignIn),
		Everybody.get("/signin/code", s.signin.ShowCode),
		Everybody.post("/signin/code", "", s.signin.EnterCode).
			notRecorded("writes its own entries, because it also counts failures"),
		Everybody.post("/signout", "session.signout", s.site.Sessions.SignOut),
	}
}

func (s *Server) viewerRoutes() []Route {
	return []Route{
		Viewer.get("/", s.desk.ShowOverview),
		Viewer.get("/account", s.account.ShowAccount),
		Viewer.post("/account", "account.settings", s.account.SaveAccount),
		Viewer.get("/account/factor", s.account.ShowFactor),
		Viewer.post("/account/factor", "factor.begin", s.account.BeginFactor).requiringRecentAuth(),
		Viewer.get("/account/factor/codes", s.account.ShowCodes),
		Viewer.post("/account/factor/codes", "factor.codes", s.account.NewCodes).requiringRecentAuth(),
		Viewer.post("/account/factor/confirm", "factor.confirm", s.account.ConfirmFactor).requiringRecentAuth(),
		Viewer.post("/account/factor/remove", "factor.remove", s.account.RemoveFactor).requiringRecentAuth(),
		Viewer.post("/account/password", "user.password", s.account.ChangePassword), // requires the current password
		Viewer.post("/account/sessions", "session.end", s.account.EndOwnSessions),
		Viewer.post("/account/theme", "account.settings", s.account.SaveTheme),
		Viewer.post("/account/told", "account.told", s.account.DismissNotices),
		Viewer.get("/changes", s.changes.Show),
		Viewer.get("/changes.csv", s.changes.ExportCSV).limitedAs(web.RateExport),
		Viewer.post("/changes/views", "view.save", s.changes.SaveView),
		Viewer.post("/changes/views/delete", "view.delete", s.changes.DeleteView),
		Viewer.get("/confirm", s.signin.ShowConfirm),
		Viewer.post("/confirm", "session.confirm", s.signin.Confirm),
		Viewer.get("/customers", s.customers.List),
		Viewer.get("/customers.csv", s.customers.Export("csv")).limitedAs(web.RateExport),
		Viewer.get("/customers.xlsx", s.customers.Export("xlsx")).limitedAs(web.RateExport),
		Viewer.get("/customers/{customerId}", s.customers.Show),
		Viewer.get("/expiries", s.renewals.Show),
		Viewer.get("/expiries.csv", s.renewals.Export("csv")).limitedAs(web.RateExport),
		Viewer.get("/expiries.xlsx", s.renewals.Export("xlsx")).limitedAs(web.RateExport),
		Viewer.get("/keys", s.palette.ShowKeys),
		Viewer.get("/overview/settings", s.desk.ShowBlocks),
		Viewer.post("/overview/settings", "overview.settings", s.desk.PlaceBlock),
		Viewer.get("/palette", s.palette.Show),
		Viewer.get("/pbxs", s.pbxs.List),
		Viewer.get("/pbxs.csv", s.pbxs.ExportCSV).limitedAs(web.RateExport),
		Viewer.get("/pbxs.xlsx", s.pbxs.ExportXLSX).limitedAs(web.RateExport),
		Viewer.get("/pbxs/complete", s.pbxs.Complete),
		Viewer.get("/pbxs/filters", s.pbxs.ShowFilters),
		Viewer.get("/pbxs/selection", s.pbxs.ShowSelection),
		Viewer.get("/pbxs/settings", s.pbxs.ShowListSettings),
		Viewer.post("/pbxs/settings", "list.settings", s.pbxs.SaveListSettings),
		Viewer.get("/pbxs/{cloudPbxId}", s.pbx.Show),
		Viewer.get("/sizes.csv", s.capacity.ExportSizes).limitedAs(web.RateExport),
		Viewer.get("/subscription", s.capacity.ShowSubscription),
		Viewer.get("/subscription.csv", s.capacity.ExportSubscription).limitedAs(web.RateExport),
		Viewer.post("/sync", "", s.desk.Refresh).
			limitedAs(web.RateRefresh).
			notRecorded("reads YCM, which happens every minute anyway"),
		Viewer.get("/views", s.pbxs.ShowViews),
		Viewer.post("/views", "view.save", s.pbxs.SaveView),
		Viewer.post("/views/delete", "view.delete", s.pbxs.DeleteView),
		Viewer.post("/views/landing", "view.landing", s.pbxs.SetLandingView),
	}
}

// actionRoutes returns the routes of the forms that change one PBX.
func (s *Server) actionRoutes() (routes []Route) {
	for _, form := range actions.Forms {
		path := "/pbxs/{cloudPbxId}/" + string(form.Name)
		get := Operator.get(path, s.actions.Show(form.Name))
		post := Operator.post(path, "pbx."+string(form.Kind), s.actions.Submit(form.Name)).limitedAs(web.RateCreate)
		if form.Recent {
			get, post = get.requiringRecentAuth(), post.requiringRecentAuth()
		}
		routes = append(routes, get, post)
	}
	return routes
}

// keptRoutes returns the routes of the forms that change what people keep about PBXs and customers.
func (s *desks) keptRoutes() []Route {
	return []Route{
		Operator.post("/customers/{customerId}/owner", "owner.update", s.renewals.SetCustomerOwner),
		Operator.get("/pbxs/{cloudPbxId}/renewal", s.renewals.ShowForm),
		Operator.post("/pbxs/{cloudPbxId}/renewal", "renewal.update", s.renewals.Change),
		Operator.get("/renewals", s.renewals.ShowBulk),
		Operator.post("/renewals", "renewal.update", s.renewals.ChangeBulk),
		Operator.post("/snoozes", "attention.snooze", s.renewals.Snooze),
		Operator.get("/snoozes/new", s.renewals.ShowSnooze),
	}
}

// batchRoutes returns the routes of plans and batches.
func (s *Server) batchRoutes() []Route {
	return []Route{
		Operator.get("/batches", s.operationPages.ListBatches),
		Operator.post("/batches", "", s.batches.Plans.Make).
			limitedAs(web.RateCreate).
			notRecorded("makes a plan, which changes nothing"),
		Operator.get("/batches/new", s.batches.Plans.ShowNew),
		Operator.get("/batches/{id}", s.batches.Show),
		Operator.post("/batches/{id}/again", "", s.batches.Plans.Again).
			limitedAs(web.RateCreate).
			notRecorded("makes a plan, which changes nothing"),
		Operator.post("/batches/{id}/apply", "batch.apply", s.batches.Apply),
		Operator.post("/batches/{id}/approve", "batch.approve", s.batches.Approve),
		Operator.post("/batches/{id}/pause", "batch.pause", s.batches.Pause),
		Operator.post("/batches/{id}/resume", "batch.resume", s.batches.Resume),
		Operator.get("/batches/{id}/rows.csv", s.batches.Export("csv")).limitedAs(web.RateExport),
		Operator.get("/batches/{id}/rows.xlsx", s.batches.Export("xlsx")).limitedAs(web.RateExport),
		Operator.post("/batches/{id}/stop", "batch.stop", s.batches.Stop),
		Operator.post("/batches/{id}/undo", "", s.batches.Plans.Undo).
			limitedAs(web.RateCreate).
			notRecorded("makes a plan, which changes nothing"),
		Operator.get("/pbxs/import", s.batches.Imports.Show),
		Operator.post("/pbxs/import", "", s.batches.Imports.Upload).
			limitedAs(web.RateCreate).
			limitedTo(batches.MaxFile + maxFormBeside).
			acceptingFiles().
			notRecorded("makes a plan, which changes nothing"),
		Operator.get("/pbxs/import/sample.csv", s.batches.Imports.Sample("csv")),
		Operator.get("/pbxs/import/sample.xlsx", s.batches.Imports.Sample("xlsx")),
		Operator.get("/pbxs/import/{draft}", s.batches.Imports.ShowDraft),
		Operator.post("/pbxs/import/{draft}", "", s.batches.Imports.Check).
			limitedAs(web.RateCreate).
			notRecorded("makes a plan, which changes nothing"),
		Operator.get("/pbxs/import/{draft}/errors.csv", s.batches.Imports.Errors).limitedAs(web.RateExport),
	}
}

func (s *Server) operatorRoutes() []Route {
	return slices.Concat(s.actionRoutes(), s.batchRoutes(), s.keptRoutes(), []Route{
		Operator.get("/audit", s.audit.List),
		Operator.get("/creations", operations.Moved),
		Operator.get("/creations/{id}", operations.Moved),
		Operator.post("/creations/{id}/look", "", operations.Moved).notRecorded("redirects to the new URL"),
		Operator.post("/customers", "customer.create", s.customers.Forms.Create).limitedAs(web.RateCreate),
		Operator.get("/customers/new", s.customers.Forms.ShowCreate),
		Operator.post("/customers/{customerId}", "customer.update", s.customers.Forms.Update).
			limitedAs(web.RateCreate),
		Operator.get("/customers/{customerId}/delete", s.customers.Forms.ShowDelete),
		Operator.post("/customers/{customerId}/delete", "customer.delete", s.customers.Forms.Delete).
			limitedAs(web.RateCreate),
		Operator.get("/customers/{customerId}/edit", s.customers.Forms.ShowUpdate),
		Operator.post("/customers/{customerId}/notes", "note.add", s.tasks.AddCustomerNote),
		Operator.get("/operations", s.operationPages.List),
		Operator.get("/operations/{id}", s.operationPages.Show),
		Operator.post("/operations/{id}/dismiss", "operation.dismiss", s.desk.Dismiss),
		Operator.post("/operations/{id}/check", "", s.operationPages.CheckNow).
			notRecorded("reads YCM; the result is recorded with the operation"),
		Operator.post("/pbxs", "pbx.create", s.newPBX.Create).limitedAs(web.RateCreate),
		Operator.get("/pbxs/new", s.newPBX.Show),
		Operator.post("/pbxs/new", "", s.newPBX.Redraw).notRecorded("redraws the form"),
		Operator.get("/pbxs/new/customers", s.newPBX.FindCustomers),
		Operator.get("/pbxs/{cloudPbxId}/menu", s.actions.ShowMenu),
		Operator.post("/pbxs/{cloudPbxId}/notes", "note.add", s.tasks.AddPBXNote),
		Operator.get("/pbxs/{cloudPbxId}/tasks", s.tasks.ShowForm),
		Operator.post("/pbxs/{cloudPbxId}/tasks", "task.create", s.tasks.Add),
		Operator.get("/presets", s.newPBX.ShowPresets),
		Operator.post("/presets", "preset.save", s.newPBX.SavePreset),
		Operator.post("/presets/delete", "preset.delete", s.newPBX.DeletePreset),
		Operator.get("/tasks", s.tasks.List),
		Operator.post("/tasks/{taskId}/close", "task.close", s.tasks.Close),
	})
}

func (s *Server) adminRoutes() []Route {
	return []Route{
		Admin.get("/audit.csv", s.audit.ExportAudit("csv")).
			recordedAs("audit.export").requiringRecentAuth().limitedAs(web.RateExport),
		Admin.get("/audit.jsonl", s.audit.ExportAudit("jsonl")).
			recordedAs("audit.export").requiringRecentAuth().limitedAs(web.RateExport),
		Admin.get("/team", s.team.ShowTeam),
		Admin.post("/team", "user.invite", s.team.Invite).requiringRecentAuth(),
		Admin.post("/team/policy", "settings.two-factor", s.team.SetPolicy).requiringRecentAuth(),
		Admin.post("/team/withdraw", "user.withdraw", s.team.Withdraw).requiringRecentAuth(),
		Admin.get("/team/{id}", s.team.ShowMember),
		Admin.post("/team/{id}/disable", "user.disable", s.team.ChangeMember("disable", s.team.Disable)).
			requiringRecentAuth(),
		Admin.post("/team/{id}/enable", "user.enable", s.team.ChangeMember("enable", s.team.Enable)).
			requiringRecentAuth(),
		Admin.post("/team/{id}/factor", "user.reset-2fa", s.team.ChangeMember("factor", s.team.ResetFactor)).
			requiringRecentAuth(),
		Admin.post("/team/{id}/password", "user.reset-password", s.team.OfferPassword).requiringRecentAuth(),
		Admin.post("/team/{id}/role", "user.role", s.team.ChangeMember("role", s.team.SetRole)).requiringRecentAuth(),
		Admin.post("/team/{id}/sessions", "session.end", s.team.ChangeMember("sessions", s.team.EndMemberSessions)).
			requiringRecentAuth(),
	}
}
