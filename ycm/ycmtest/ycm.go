// Package ycmtest provides an in-memory YCM that speaks real HTTP. The tests and `cordboard serve --sandbox` both use
// it, so that the sandbox applies exactly the same rules as the tests. This YCM follows ../testdata/openapi.yaml for
// everything that the client uses, including the vendor's oddities. The same configuration, clock and requests produce
// the same fleet and responses.
package ycmtest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Config configures a [YCM]. A zero value means the default given in the field's comment, if any.
type Config struct {
	Seed   uint64
	PBXs   int              // size of the initial fleet; 0 means an empty fleet
	Plain  bool             // no oddities and no hostile names
	Lively bool             // a believable fleet, without oddities, that changes over time
	Now    func() time.Time // default time.Now
	Since  time.Time        // the day that the fleet's dates are relative to; default today
	Client Credentials      // default "client" and "secret"

	TokenLife    time.Duration // default 30 minutes
	Provisioning time.Duration // how long a new PBX is Provisioning; default 20 s
	Starting     time.Duration // how long the PBX is then Starting; default 10 s

	// ThreeResources selects the responses of older YCM versions: three resources and one date in the subscription, and no
	// receptionist minutes.
	ThreeResources bool

	// FailWith200 makes failures return HTTP 200 with status Failed. Otherwise, each failure has its own HTTP status.
	FailWith200 bool
}

// Credentials are an API client's ID and secret.
type Credentials struct{ ID, Secret string }

// YCM is the in-memory YCM. It is safe for concurrent use: its methods may be called while it serves requests.
type YCM struct {
	config Config
	mux    *http.ServeMux

	mu           sync.Mutex
	rand         *rand.Rand
	secret       string
	tokens       map[string]time.Time // expiration time by token
	issued       int
	requests     []Request
	faults       []*Fault
	onList       func(pageNumber int)
	limiter      *bucket
	pbxs         []*pbx // sorted by ID
	byURL        map[string]*pbx
	nextID       int64
	customers    []customer
	lastCustomer int64     // the ID of the newest one
	total        resources // of the subscription
	resellers    resources // assigned to resellers
	frozen       int64
}

// Request is one request as received.
type Request struct {
	Op    string // operationId in openapi.yaml
	Path  string // with its query
	Agent string // User-Agent
	Body  []byte // nil for reads, and for the token call, whose body contains the secret
	Token string // bearer token
}

// pbx is one PBX. It stores the record as the JSON that is sent, so that a fleet of 100,000 PBXs stays small and pages
// are written quickly.
type pbx struct {
	id        int64
	created   int64 // Unix seconds
	born      time.Time
	state     string // Provisioning or Starting while the PBX is new, then ""
	url       string
	size      resources
	customers []int64
	record    json.RawMessage

	livedAt  int64 // in a lively fleet, the minute of the last update
	changing bool  // in a lively fleet, whether the PBX is in a simulated upgrade
}

// New returns a YCM that doesn't listen on the network. The YCM is an http.Handler. To get one that listens, use
// [Start] or [NewServer].
func New(c Config) *YCM {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Client == (Credentials{}) {
		c.Client = Credentials{"client", "secret"}
	}
	if c.TokenLife == 0 {
		c.TokenLife = 30 * time.Minute
	}
	if c.Provisioning == 0 {
		c.Provisioning = 20 * time.Second
	}
	if c.Starting == 0 {
		c.Starting = 10 * time.Second
	}
	y := &YCM{
		config: c, secret: c.Client.Secret,
		rand:   rand.New(rand.NewPCG(c.Seed, 0x636f7264)), //nolint:gosec // reproducible demo data, not a secret
		tokens: map[string]time.Time{}, byURL: map[string]*pbx{}, nextID: 7715,
	}
	y.fill(c.PBXs)
	y.mux = y.routes()
	return y
}

func (y *YCM) routes() *http.ServeMux {
	mux := http.NewServeMux()
	for pattern, op := range map[string]struct {
		id string
		h  func(*http.Request) (any, *failure)
	}{
		"GET /dm/open_api/v2/cloud_pbx/instances":               {"listCloudPbxs", y.listCloudPbxs},
		"GET /dm/open_api/v1/cloud_pbx/instances/get":           {"getCloudPbxByUrl", y.getCloudPbxByURL},
		"GET /dm/open_api/v1/cloud_pbx/instances/{id}":          {"getCloudPbx", y.getCloudPbx},
		"GET /dm/open_api/v1/cloud_pbx/instances/{id}/status":   {"getCloudPbxStatus", y.getCloudPbxStatus},
		"POST /dm/open_api/v1/cloud_pbx/instances":              {"createCloudPbx", y.createCloudPbx},
		"DELETE /dm/open_api/v1/cloud_pbx/instances":            {"deleteCloudPbxs", y.deleteCloudPbxs},
		"PUT /dm/open_api/v1/cloud_pbx/instances/{id}":          {"updateCloudPbx", y.updateCloudPbx},
		"PUT /dm/open_api/v1/cloud_pbx/instances/{id}/start":    {"startCloudPbx", y.startCloudPbx},
		"PUT /dm/open_api/v1/cloud_pbx/instances/{id}/stop":     {"stopCloudPbx", y.stopCloudPbx},
		"PUT /dm/open_api/v1/cloud_pbx/instances/{id}/capacity": {"resizeCloudPbx", y.resizeCloudPbx},
		"GET /dm/open_api/v1/cloud_pbx/instances/{id}/customers": {
			"getCloudPbxCustomers",
			y.getCloudPbxCustomers,
		},
		"PUT /dm/open_api/v1/cloud_pbx/instances/{id}/customers": {
			"setCloudPbxCustomers",
			y.setCloudPbxCustomers,
		},
		"POST /dm/open_api/v1/cloud_pbx/instances/{id}/activation_email": {
			"sendActivationEmails",
			y.sendActivationEmails,
		},
		"POST /dm/open_api/v1/customers":      {"createCustomer", y.createCustomer},
		"GET /dm/open_api/v1/customers/{id}":  {"getCustomer", y.getCustomer},
		"PUT /dm/open_api/v1/customers/{id}":  {"updateCustomer", y.updateCustomer},
		"DELETE /dm/open_api/v1/customers":    {"deleteCustomers", y.deleteCustomers},
		"GET /dm/open_api/v1/cluster/regions": {"listRegions", y.listRegions},
		"GET /dm/open_api/v1/cluster/domains": {"listDomains", y.listDomains},
		"GET /dm/open_api/v1/firmware":        {"listFirmwares", y.listFirmwares},
		"GET /dm/open_api/v1/provision_template": {
			"listProvisioningTemplates",
			y.listProvisioningTemplates,
		},
		"GET /dm/open_api/v1/customers":                    {"listCustomers", y.listCustomers},
		"GET /dm/open_api/v1/subscription":                 {"getSubscription", y.getSubscription},
		"GET /dm/open_api/v1/subscription/plan_statistics": {"getPlanStatistics", y.getPlanStatistics},
	} {
		mux.HandleFunc(pattern, y.operation(op.id, y.withToken(op.h)))
	}
	mux.HandleFunc("POST /dm/open_api/oauth/token", y.operation("requestToken", y.requestToken))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "<html><body>404 page not found</body></html>", http.StatusNotFound)
	})
	return mux
}

// ServeHTTP responds as YCM would.
func (y *YCM) ServeHTTP(w http.ResponseWriter, r *http.Request) { y.mux.ServeHTTP(w, r) }

func (y *YCM) add(record map[string]any) *pbx {
	id := number(record["cloudPbxId"])
	if id == 0 {
		id = y.nextID
		record["cloudPbxId"] = id
	}
	y.nextID = max(y.nextID, id+1)
	p := &pbx{id: id}
	p.set(record)
	at, _ := y.index(id)
	y.pbxs = slices.Insert(y.pbxs, at, p)
	y.byURL[p.url] = p
	return p
}

func (p *pbx) set(record map[string]any) {
	b, err := json.Marshal(record)
	if err != nil {
		panic(fmt.Sprintf("ycmtest: encode record: %v", err))
	}
	p.record = b
	p.url, _ = record["url"].(string)
	p.created = number(record["createTime"])
	p.size = resources{
		extensions:    number(record["extensionCapacity"]),
		calls:         number(record["concurrentCallCapacity"]),
		recording:     number(record["recordingCapacity"]),
		transcription: number(record["transcriptionCapacityAddon"]),
	}
	if record["plan"] == ultimatePlan {
		p.size.ultimate = p.size.extensions
	}
}

func (y *YCM) find(id int64) *pbx {
	if at, found := y.index(id); found {
		return y.pbxs[at]
	}
	return nil
}

func (y *YCM) index(id int64) (at int, found bool) {
	return slices.BinarySearchFunc(y.pbxs, id, func(p *pbx, id int64) int { return int(p.id - id) })
}

func number(v any) int64 {
	switch n := v.(type) {
	case int64:
		return n
	case int:
		return int64(n)
	case float64:
		return int64(n)
	}
	return 0
}

// decode returns a record's members, with whole numbers as int64.
func decode(record json.RawMessage) map[string]any {
	var m map[string]any
	if err := json.Unmarshal(record, &m); err != nil {
		panic(fmt.Sprintf("ycmtest: decode record: %v", err)) // can't happen, because set encoded the record
	}
	for name, v := range m {
		if f, ok := v.(float64); ok && f == float64(int64(f)) {
			m[name] = int64(f)
		}
	}
	return m
}
