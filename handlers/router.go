package handlers

import (
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/klauspost/compress/gzhttp"
	"github.com/klauspost/compress/zstd"

	"cordboard/handlers/web"
	"cordboard/static"
	"cordboard/store"
)

// newRouter returns a router for all routes, with the middleware in its required order.
func (s *Server) newRouter() (http.Handler, error) {
	compress, err := gzhttp.NewWrapper(
		gzhttp.MinSize(1024),
		gzhttp.CompressionLevel(5),
		gzhttp.ZstdCompressionLevel(int(zstd.SpeedBetterCompression)),
	) // for the list, zstd at this level is faster than gzip, and its output smaller by a tenth
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
		s.limitBody(r, s.Routes()),
		middleware.GetHead,
	)
	r.MethodNotAllowed(s.site.Handle(func(http.ResponseWriter, *http.Request) error { return web.ErrMethod }))
	r.Handle("/static/*", static.Handler())
	for _, route := range s.machineRoutes() {
		r.Method(route.Method, route.Path, s.site.Handle(route.Handle))
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
		r.NotFound(s.site.Record("")(missing).ServeHTTP) // signed-in users see the error in the portal's frame
		for _, route := range s.pageRoutes() {
			to := r.With(s.site.Record(route.Action))
			if route.Role != Everybody {
				to = to.With(s.requireRole(string(route.Role)))
			}
			if route.Recent {
				to = to.With(s.signin.RequireRecentAuth)
			}
			if route.Rate != web.RateNone {
				to = to.With(s.site.LimitRate(route.Rate))
			}
			to.Method(route.Method, route.Path, s.site.Handle(route.Handle))
		}
	})
	return r, nil
}
