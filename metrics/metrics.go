// Package metrics counts and times what the portal does, for Prometheus.
package metrics

import (
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"cordboard/fleet/hooks"
	"cordboard/fleet/mirror"
	"cordboard/ycm"
)

// Metrics are the metrics of one portal.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	upstream *prometheus.HistogramVec
}

// New returns the metrics of a portal of the given version.
func New(version string) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry()}
	m.requests = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "cordboard_http_request_seconds",
		Help:    "Duration of requests by route, method and status.",
		Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5},
	}, []string{"route", "method", "status"})
	m.upstream = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "cordboard_ycm_request_seconds",
		Help:    "Duration of requests to YCM by operation and result.",
		Buckets: []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 30},
	}, []string{"operation", "result"})
	m.registry.MustRegister(
		m.requests,
		m.upstream,
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name:        "cordboard_build_info",
			Help:        "Always 1. The label has the portal's version.",
			ConstLabels: prometheus.Labels{"version": version},
		}, func() float64 { return 1 }),
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return m
}

// Watch registers the mirror's metrics.
func (m *Metrics) Watch(f *mirror.Mirror) {
	m.registry.MustRegister(
		prometheus.NewGaugeFunc(
			prometheus.GaugeOpts{
				Name: "cordboard_pbxs",
				Help: "PBXs in the mirror that haven't been removed from YCM.",
			},
			func() float64 {
				return float64(f.Snapshot().Here())
			},
		),
		prometheus.NewGaugeFunc(
			prometheus.GaugeOpts{
				Name: "cordboard_sync_last_good_timestamp_seconds",
				Help: "Time at which the last successful sync ended; 0 means never.",
			},
			func() float64 {
				if at := f.Freshness().At; !at.IsZero() {
					return float64(at.Unix())
				}
				return 0
			},
		),
		prometheus.NewGaugeFunc(
			prometheus.GaugeOpts{
				Name: "cordboard_sync_failures_in_a_row",
				Help: "Syncs that have failed since the last successful one.",
			},
			func() float64 {
				return float64(f.Freshness().Failures)
			},
		),
	)
}

// WatchHooks registers the counts of webhooks.
func (m *Metrics) WatchHooks(h *hooks.Hooks) {
	for result, count := range map[string]func(hooks.Counts) uint64{
		"accepted":   func(c hooks.Counts) uint64 { return c.Accepted },
		"repeated":   func(c hooks.Counts) uint64 { return c.Repeated },
		"rejected":   func(c hooks.Counts) uint64 { return c.Rejected },
		"unreadable": func(c hooks.Counts) uint64 { return c.Unreadable },
	} {
		m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name:        "cordboard_webhooks_total",
			Help:        "Webhooks from YCM by result. A rejected one has a wrong signature.",
			ConstLabels: prometheus.Labels{"result": result},
		}, func() float64 { return float64(count(h.Counts())) }))
	}
}

// knownMethods are the methods that metrics distinguish. All other methods are counted together.
var knownMethods = []string{
	http.MethodGet,
	http.MethodHead,
	http.MethodPost,
	http.MethodPut,
	http.MethodPatch,
	http.MethodDelete,
	http.MethodOptions,
	http.MethodConnect,
	http.MethodTrace,
}

// streams is the route of event streams.
const streams = "/events"

// Request counts and times a request that has ended. It ignores event streams, which last as long as their pages are
// open, unless they were refused.
func (m *Metrics) Request(r *http.Request, status int, d time.Duration) {
	route := "none"
	if c := chi.RouteContext(r.Context()); c != nil && c.RoutePattern() != "" {
		route = c.RoutePattern()
	}
	if route == streams && status == http.StatusOK {
		return
	}
	method := r.Method
	if !slices.Contains(knownMethods, method) {
		method = "other" // a client can invent any number of methods, and each would become a series
	}
	m.requests.WithLabelValues(route, method, strconv.Itoa(status)).Observe(d.Seconds())
}

var ids = regexp.MustCompile(`/\d+`)

// YCMRequest counts and times a request to YCM.
func (m *Metrics) YCMRequest(op string, d time.Duration, err error) {
	result := "ok"
	var e *ycm.Error
	if errors.As(err, &e) {
		result = e.Class.Error()
	} else if err != nil {
		result = "error"
	}
	m.upstream.WithLabelValues(ids.ReplaceAllString(op, "/{id}"), result).Observe(d.Seconds())
}

// Handler serves the metrics at /metrics.
func (m *Metrics) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	return mux
}
