package ycm

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestInt(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in string
		want     Int
	}{
		{"number", `50`, NewInt(50)},
		{"zero", `0`, NewInt(0)},
		{"minus zero", `-0`, NewInt(0)},
		{"negative", `-7`, NewInt(-7)},
		{"digits", `"50"`, NewInt(50)},
		{"digits with blanks", `" 50 "`, NewInt(50)},
		{"whole float", `50.0`, NewInt(50)},
		{"exponent", `5e1`, NewInt(50)},
		{"greatest", `9223372036854775807`, NewInt(9223372036854775807)},
		{"past the greatest", `9223372036854775808`, Int{malformed("9223372036854775808")}},
		{"huge exponent", `1e400`, Int{malformed("1e400")}},
		{"inexact", `1e16`, Int{malformed("1e16")}},
		{"fraction", `1.5`, Int{malformed("1.5")}},
		{"null", `null`, Int{}},
		{"empty", `""`, Int{}},
		{"words", `"n/a"`, Int{malformed("n/a")}},
		{"not a number", `"NaN"`, Int{malformed("NaN")}},
		{"infinite", `"Inf"`, Int{malformed("Inf")}},
		{"bool", `true`, Int{malformed("true")}},
		{"object", `{"n":1}`, Int{malformed(`{"n":1}`)}},
		{"list", `[1]`, Int{malformed(`[1]`)}},
	}
	for _, tt := range tests {
		got := NewInt(99) // decoding must overwrite the previous value
		if err := json.Unmarshal([]byte(tt.in), &got); err != nil || got != tt.want {
			t.Errorf("%s: Int of %s = %+v, %v, want %+v", tt.name, tt.in, got, err, tt.want)
		}
	}
}

func TestIntMarshal(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal([]Int{NewInt(-7), {}, {malformed("n/a")}})
	if want := `[-7,null,null]`; err != nil || string(got) != want {
		t.Errorf("Marshal = %s, %v, want %s", got, err, want)
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in string
		want     Text
	}{
		{"string", `"Running"`, "Running"},
		{"escapes", `"\u202egnp \ud83d\ude00 \""`, "\u202egnp 😀 \""},
		{"lone surrogate", `"\ud83d"`, "\uFFFD"},
		{"empty", `""`, ""},
		{"null", `null`, ""},
		{"number", `84.20`, "84.20"},
		{"bool", `false`, "false"},
		{"object", `{"a": 1}`, `{"a": 1}`},
		{"invalid UTF-8", "\"a\xffb\"", "a\uFFFDb"},
	}
	for _, tt := range tests {
		got := Text("before")
		if err := json.Unmarshal([]byte(tt.in), &got); err != nil || got != tt.want {
			t.Errorf("%s: Text of %s = %q, %v, want %q", tt.name, tt.in, got, err, tt.want)
		}
	}
}

func TestCreator(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in string
		want     Creator
	}{
		{"object", `{"firstName":"A","lastName":"B","email":"c@example.com"}`, Creator{"A", "B", "c@example.com"}},
		{"part", `{"email":"c@example.com"}`, Creator{Email: "c@example.com"}},
		{"string", `"Jane"`, Creator{LastName: "Jane"}},
		{"null", `null`, Creator{}},
		{"list", `[1]`, Creator{LastName: "[1]"}},
		{"number", `7`, Creator{LastName: "7"}},
	}
	for _, tt := range tests {
		var got Creator
		if err := json.Unmarshal([]byte(tt.in), &got); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// TestAnyMemberOfAnyType checks that a record can be decoded whatever type a member has, and that Raw keeps the
// record's JSON.
func TestAnyMemberOfAnyType(t *testing.T) {
	t.Parallel()
	var names []string
	b, _ := json.Marshal(CloudPBX{})
	for name := range object(t, b) {
		names = append(names, name)
	}
	values := []string{`null`, `0`, `-1.5`, `1e99`, `"x"`, `"7"`, `true`, `[]`, `[[{}]]`, `{}`, `{"a":{"b":null}}`}
	rapid.Check(t, func(t *rapid.T) {
		name, value := rapid.SampledFrom(names).Draw(t, "name"), rapid.SampledFrom(values).Draw(t, "value")
		record := `{"cloudPbxId":7715,"unknown":[1],"` + name + `":` + value + `,"` + name + `":` + value + `}`
		var p CloudPBX
		if err := json.Unmarshal([]byte(record), &p); err != nil {
			t.Fatalf("%s: %v", record, err)
		}
		if string(p.Raw) != record {
			t.Fatalf("Raw = %s, want %s", p.Raw, record)
		}
	})
}

// transport is an http.RoundTripper that responds without a network.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		``,
		`{}`,
		`null`,
		`[]`,
		`{"status":"Success"}`,
		`{"status":"Success","data":null}`,
		`{"status":"Success","data":{"total":1}}`,
		`{"status":"Success","data":{"total":"2","list":[null,{"cloudPbxId":"7715","creator":"x","activeCalls":{}}]}}`,
		`{"Status":"Failed","errno":1000005,"errmsg":"DATA_NOT_FOUND"}`, `{"error":{"code":"1000004","message":"m"}}`,
		"{\"status\":\"Success\",\"data\":{\"total\":1,\"list\":[{\"name\":\"\xff\"}]}}", `<html>502</html>`,
		strings.Repeat(`{"data":`, 5000), `{"data":{"total":1,"list":{}},"status":"Success"}`,
	} {
		f.Add(200, []byte(seed))
		f.Add(500, []byte(seed))
	}
	config, _ := testConfig("http://127.0.0.1:1")
	client, err := New(config)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		hc := &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
			return &http.Response{
				StatusCode: status,
				Header:     http.Header{},
				Body:       io.NopCloser(strings.NewReader(string(body))),
				Request:    r,
			}, nil
		})}
		req, _ := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://127.0.0.1:1/", nil)
		a, err := roundTrip[page[CloudPBX]](client, hc, req, "GET test")
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Class == nil || e.Error() == "" || len(e.Message) > 310 {
				t.Errorf("error = %#v, want an Error with a class and a short message", err)
			}
			return
		}
		for _, p := range a.Data.List {
			if len(p.Raw) == 0 {
				t.Errorf("Raw of a record in %q is empty", body)
			}
		}
	})
}

// TestWrongPBX checks that calls by ID reject a response with a different PBX, and that calls by ID or host name reject
// a response without a PBX ID.
func TestWrongPBX(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, data string
		wantErr    bool
	}{
		{"the one", `{"cloudPbxId":7715,"url":"a.example.com"}`, false},
		{"id as digits", `{"cloudPbxId":"7715"}`, false},
		{"another", `{"cloudPbxId":7716}`, true},
		{"no id", `{"pbxStatus":"Running"}`, true},
		{"nothing", `{}`, true},
	}
	for _, tt := range tests {
		client, _, _ := setup(t, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"status":"Success","data":`+tt.data+`}`)
		})
		_, byID := client.GetCloudPBX(t.Context(), 7715)
		_, status := client.GetCloudPBXStatus(t.Context(), 7715)
		for call, err := range map[string]error{"GetCloudPBX": byID, "GetCloudPBXStatus": status} {
			if errors.Is(err, ErrUnreadable) != tt.wantErr {
				t.Errorf("%s: %s(7715) = %v, want ErrUnreadable: %t", tt.name, call, err, tt.wantErr)
			}
		}
		_, byURL := client.GetCloudPBXByURL(t.Context(), "a.example.com")
		if want := !strings.Contains(tt.data, "Id"); errors.Is(byURL, ErrUnreadable) != want {
			t.Errorf("%s: GetCloudPBXByURL = %v, want ErrUnreadable: %t", tt.name, byURL, want)
		}
	}
}

// TestListsAreCapped checks that the client rejects a list with millions of entries, which would use too much memory.
func TestListsAreCapped(t *testing.T) {
	t.Parallel()
	entries := 2_000_000
	if testing.Short() {
		entries = 50_000
	}
	many := strings.Repeat("{},", entries) + "{}"
	client, _, _ := setup(t, func(w http.ResponseWriter, r *http.Request) {
		body := `{"status":"Success","data":{"total":50,"list":[` + many + `]}}`
		switch {
		case strings.Contains(r.URL.Path, "firmware"):
			body = `{"status":"Success","data":[{"versionId":1,"regionIds":[` + strings.Repeat("1,", entries) + `1]}]}`
		case strings.Contains(r.URL.Path, "regions"):
			body = `{"status":"Success","data":[` + many + `]}`
		}
		_, _ = io.WriteString(w, body)
	})
	_, list := client.ListCloudPBXs(t.Context(), ListOptions{})
	_, customers := client.ListCustomers(t.Context(), ListOptions{})
	_, regions := client.ListRegions(t.Context())
	_, firmwares := client.ListFirmwares(t.Context())
	for call, err := range map[string]error{
		"ListCloudPBXs": list,
		"ListCustomers": customers,
		"ListRegions":   regions,
		"ListFirmwares": firmwares,
	} {
		if !errors.Is(err, ErrUnreadable) {
			t.Errorf("%s = %v, want ErrUnreadable", call, err)
		}
	}
}

// TestWalkEndsAtARepeat checks that a walk ends at the first page without new records, even if YCM repeats a page
// forever, and whatever total it reports.
func TestWalkEndsAtARepeat(t *testing.T) {
	t.Parallel()
	for name, total := range map[string]string{"believable": "500", "huge": "100000000000", "none": `"many"`} {
		pages := 0
		client, _, _ := setup(t, func(w http.ResponseWriter, _ *http.Request) {
			pages++
			_, _ = io.WriteString(
				w,
				`{"status":"Success","data":{"total":`+total+`,"list":[{"customerId":1},{"customerId":2}]}}`,
			)
		})
		n := 0
		for _, err := range Customers(t.Context(), client) {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		if pages != 2 || n > 4 {
			t.Errorf("%s: Customers read %d pages with %d records, want 2 pages and at most 4 records", name, pages, n)
		}
	}
}
