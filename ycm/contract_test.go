package ycm

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"cordboard/clocktest"
	"cordboard/ycm/ycmtest"
)

// contract is a proxy in front of a fake YCM. It validates requests and responses against testdata/openapi.yaml.
type contract struct {
	next   http.Handler
	doc    *openapi3.T
	router routers.Router

	mu     sync.Mutex
	broken []string
	seen   map[string]int // number of calls by operationId and HTTP status
}

func newContract(t *testing.T, next http.Handler) *contract {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile("testdata/openapi.yaml")
	if err != nil {
		t.Fatalf("load openapi.yaml: %v", err)
	}
	doc.Servers = nil // accept any host
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatalf("make a router for openapi.yaml: %v", err)
	}
	return &contract{next: next, doc: doc, router: router, seen: map[string]int{}}
}

func (c *contract) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	op, input, err := c.request(r, body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	answer := httptest.NewRecorder()
	c.next.ServeHTTP(answer, r)
	if err == nil {
		err = c.response(input, answer)
	}
	c.mu.Lock()
	c.seen[fmt.Sprintf("%s %d", op, answer.Code)]++
	if err != nil {
		c.broken = append(c.broken, fmt.Sprintf("%s %s: %v", r.Method, r.URL, err))
	}
	c.mu.Unlock()
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

func (c *contract) request(
	r *http.Request,
	body []byte,
) (op string, input *openapi3filter.RequestValidationInput, err error) {
	route, params, err := c.router.FindRoute(r)
	if err != nil {
		return "", nil, err
	}
	checked := r.Clone(r.Context())
	checked.Body = io.NopCloser(bytes.NewReader(body))
	input = &openapi3filter.RequestValidationInput{
		Request:    checked,
		PathParams: params,
		Route:      route,
		Options: &openapi3filter.Options{
			AuthenticationFunc:    openapi3filter.NoopAuthenticationFunc,
			IncludeResponseStatus: true,
		},
	}
	if err := openapi3filter.ValidateRequest(r.Context(), input); err != nil {
		return route.Operation.OperationID, nil, fmt.Errorf("request: %w", err)
	}
	return route.Operation.OperationID, input, nil
}

// response validates a response. It validates a failure against ErrorEnvelope even if the HTTP status is 200.
func (c *contract) response(input *openapi3filter.RequestValidationInput, answer *httptest.ResponseRecorder) error {
	var members map[string]any
	if err := json.Unmarshal(answer.Body.Bytes(), &members); err != nil {
		return fmt.Errorf("response %d is not a JSON object: %w", answer.Code, err)
	}
	if status, ok := members["status"].(string); answer.Code == http.StatusOK && ok && status != "Success" {
		if err := c.doc.Components.Schemas["ErrorEnvelope"].Value.VisitJSON(members); err != nil {
			return fmt.Errorf("failure in a 200: %w", err)
		}
		return nil
	}
	return openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: answer.Code, Header: answer.Header(),
		Body: io.NopCloser(bytes.NewReader(answer.Body.Bytes())), Options: input.Options,
	})
}

// throughContract returns a client that sends its requests to y through a contract. It also returns that contract and
// the client's clock.
func throughContract(t *testing.T, y http.Handler) (*Client, *contract, *clocktest.Clock) {
	t.Helper()
	c := newContract(t, y)
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	config, s := testConfig(server.URL)
	return mustNew(t, config), c, s.clock
}

func TestContract(t *testing.T) {
	t.Parallel()
	for _, failWith200 := range []bool{false, true} {
		t.Run(fmt.Sprintf("FailWith200 %t", failWith200), func(t *testing.T) {
			y := ycmtest.New(ycmtest.Config{Seed: 1, PBXs: 480, Now: newClock().Now, FailWith200: failWith200})
			client, c, now := throughContract(t, y)
			everyMethod(t, client, y)
			failures(t, client, y, now)
			for _, line := range c.broken {
				t.Error(line)
			}
			for _, op := range []string{
				"requestToken",
				"listCloudPbxs",
				"getCloudPbxByUrl",
				"getCloudPbx",
				"getCloudPbxStatus",
				"createCloudPbx",
				"listRegions",
				"listDomains",
				"listFirmwares",
				"listProvisioningTemplates",
				"listCustomers",
				"getSubscription",
				"getPlanStatistics",
				"startCloudPbx",
				"stopCloudPbx",
				"resizeCloudPbx",
				"updateCloudPbx",
				"getCloudPbxCustomers",
				"setCloudPbxCustomers",
				"sendActivationEmails",
				"deleteCloudPbxs",
				"createCustomer", "getCustomer", "updateCustomer", "deleteCustomers",
			} {
				if c.seen[op+" 200"] == 0 {
					t.Errorf("operation %s was not validated, got %v", op, c.seen)
				}
			}
		})
	}
}

// TestContractDetects checks that the contract reports invalid requests and invalid responses.
func TestContractDetects(t *testing.T) {
	t.Parallel()
	y := ycmtest.New(ycmtest.Config{Seed: 1, PBXs: 3, Now: newClock().Now})
	t.Run("request", func(t *testing.T) {
		client, c, _ := throughContract(t, y)
		bad := newPBX("bad")
		bad.Plan = "Platinum Plan"
		_, _ = client.CreateCloudPBX(t.Context(), bad)
		_, _ = client.ListCloudPBXs(t.Context(), ListOptions{PageSize: 51})
		_, _ = client.ListDomains(t.Context())
		for i, word := range []string{"plan", "pageSize", "regionIds"} {
			if len(c.broken) != 3 || !strings.Contains(c.broken[i], word) {
				t.Errorf("broken = %q, want three errors, one of them about %s", c.broken, word)
			}
		}
	})
	t.Run("response", func(t *testing.T) {
		client, c, _ := throughContract(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			answer := httptest.NewRecorder()
			y.ServeHTTP(answer, r)
			body := strings.NewReplacer(
				`"cloudPbxId":`,
				`"cloudPBXId":`,
				`"requestId":`,
				`"request_id":`,
				`"refresh_token":`,
				`"refresh":`,
			).
				Replace(answer.Body.String())
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(answer.Code)
			_, _ = io.WriteString(w, body)
		}))
		_, _ = client.ListCloudPBXs(t.Context(), ListOptions{})
		_, _ = client.GetSubscription(t.Context())
		if len(c.broken) != 3 {
			t.Errorf("broken = %q, want errors for the token, the list and the subscription", c.broken)
		}
	})
}
