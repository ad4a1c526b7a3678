package ycm

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cordboard/ycm/ycmtest"
)

func example(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "examples", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// answers returns a client for a server that responds to every request with the named example.
func answers(t *testing.T, name string) *Client {
	t.Helper()
	body := example(t, name)
	client, _, _ := setup(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(body) })
	return client
}

// object decodes a JSON object.
func object(t *testing.T, b []byte) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatalf("%s: %v", b, err)
	}
	return m
}

// members returns the JSON members of v. It drops those that YCM didn't send: members that are null or "", and objects
// that then have no members.
func members(t *testing.T, v any) map[string]any {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	m := object(t, b)
	dropEmpty(m)
	return m
}

func dropEmpty(m map[string]any) {
	for name, v := range m {
		inner, ok := v.(map[string]any)
		if ok {
			dropEmpty(inner)
		}
		if v == nil || v == "" || ok && len(inner) == 0 {
			delete(m, name)
		}
	}
}

// asSent converts a record from YCM into the format that members returns, in which counters are always numbers and the
// creator's members have capitalized names.
func asSent(t *testing.T, record map[string]any) map[string]any {
	t.Helper()
	for _, name := range []string{"activeCalls", "usedExtensions", "usedRecording"} {
		if s, ok := record[name].(string); ok {
			var n float64
			if err := json.Unmarshal([]byte(s), &n); err != nil {
				t.Fatalf("%s %q: %v", name, s, err)
			}
			record[name] = n
		}
	}
	if c, ok := record["creator"].(map[string]any); ok {
		record["creator"] = map[string]any{"FirstName": c["firstName"], "LastName": c["lastName"], "Email": c["email"]}
	}
	return record
}

func TestListExamples(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		wantTotal int64
	}{
		{"listCloudPbxs.response", 30},
		{"listCloudPbxs.response.short", 50},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			page, err := answers(t, tt.name).ListCloudPBXs(t.Context(), ListOptions{})
			if err != nil {
				t.Fatalf("ListCloudPBXs: %v", err)
			}
			data := object(t, example(t, tt.name))["data"].(map[string]any)
			records := data["list"].([]any)
			if page.Total != tt.wantTotal || page.PageNumber != 1 || page.PageSize != int64(len(records)) ||
				len(page.List) != len(records) {
				t.Errorf(
					"page = %d with size %d and %d records of %d, want 1, %d, %d, %d",
					page.PageNumber,
					page.PageSize,
					len(page.List),
					page.Total,
					len(records),
					len(records),
					tt.wantTotal,
				)
			}
			if want := "5ed01d8b-44f2-44a7-a868-2c7ba3a090d4"; page.RequestID != want {
				t.Errorf("RequestID = %q, want %q", page.RequestID, want)
			}
			for i, got := range page.List {
				sent := records[i].(map[string]any)
				if diff := cmp.Diff(sent, object(t, got.Raw)); diff != "" {
					t.Errorf("Raw of record %d (-sent +got):\n%s", i, diff)
				}
				if diff := cmp.Diff(asSent(t, sent), members(t, got)); diff != "" {
					t.Errorf("record %d (-sent +decoded):\n%s", i, diff)
				}
			}
		})
	}
}

func TestSubscriptionExample(t *testing.T) {
	t.Parallel()
	got, err := answers(t, "getSubscription.response").GetSubscription(t.Context())
	if err != nil {
		t.Fatalf("GetSubscription: %v", err)
	}
	sent := object(t, example(t, "getSubscription.response"))
	if diff := cmp.Diff(sent["data"], any(members(t, got))); diff != "" {
		t.Errorf("subscription (-sent +decoded):\n%s", diff)
	}
	if diff := cmp.Diff(sent["data"], any(object(t, got.Raw))); diff != "" {
		t.Errorf("Raw (-sent +got):\n%s", diff)
	}
	if got.RequestID != sent["requestId"] {
		t.Errorf("RequestID = %q, want %q", got.RequestID, sent["requestId"])
	}
}

func TestCreateExample(t *testing.T) {
	t.Parallel()
	var body []byte
	answer := example(t, "createCloudPbx.response")
	client, _, _ := setup(t, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Content-Type"); got != "application/json" {
			t.Errorf("Content-Type = %q, want application/json", got)
		}
		body, _ = io.ReadAll(r.Body)
		_, _ = w.Write(answer)
	})
	request := CreateCloudPBXRequest{
		Name:                           "Yeastar P-Series Cloud PBX",
		Plan:                           "Enterprise Plan",
		ExtensionCapacity:              20,
		ConcurrentCallCapacity:         10,
		RecordingStatus:                "Enabled",
		RecordingCapacity:              500,
		RegionID:                       4,
		SubDomain:                      "cloud",
		DomainID:                       4,
		Type:                           "Commercial",
		ExpirationDate:                 new(int64(1667059200)),
		VersionID:                      764,
		CustomerIDs:                    []int64{50086182, 50429564},
		UpgradeInPBX:                   "Enabled",
		IM:                             "Enabled",
		PasswordlessLogin:              "Enabled",
		AllowSuperiorPasswordlessLogin: "Enabled",
	}
	got, err := client.CreateCloudPBX(t.Context(), request)
	if err != nil {
		t.Fatalf("CreateCloudPBX: %v", err)
	}
	if diff := cmp.Diff(
		CreatedCloudPBX{CloudPBXID: 42100, RequestID: "44151421047434e0ef817a10fc5331a5"},
		got,
	); diff != "" {
		t.Errorf("CreateCloudPBX (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(object(t, example(t, "createCloudPbx.request")), object(t, body)); diff != "" {
		t.Errorf("request (-example +sent):\n%s", diff)
	}
}

// TestCreateOptionalMembers checks that a request without customers sends an empty list rather than null, that a
// pointer to zero is sent, and that other optional members are omitted.
func TestCreateOptionalMembers(t *testing.T) {
	t.Parallel()
	client, server, _ := fake(t, ycmtest.Config{PBXs: 40})
	request := newPBX("optional")
	request.TranscriptionCapacity = new(int64)
	if _, err := client.CreateCloudPBX(t.Context(), request); err != nil {
		t.Fatalf("CreateCloudPBX: %v", err)
	}
	sent := object(t, server.Requests("createCloudPbx")[0].Body)
	got := map[string]any{}
	for _, name := range []string{
		"customerIds",
		"transcriptionCapacity",
		"expirationDate",
		"provisionTemplateId",
		"provisioningViaTemplate",
	} {
		if v, ok := sent[name]; ok {
			got[name] = v
		}
	}
	if diff := cmp.Diff(map[string]any{"customerIds": []any{}, "transcriptionCapacity": 0.0}, got); diff != "" {
		t.Errorf("optional members (-want +sent):\n%s", diff)
	}
}

func TestLookupExamples(t *testing.T) {
	t.Parallel()
	regions, err := answers(t, "listRegions.response").ListRegions(t.Context())
	want := []Region{
		{NewInt(1), "China(GuangDong)"},
		{NewInt(2), "China(Shanghai)"},
		{NewInt(3), "India(Mumbai)"},
		{NewInt(4), "Asia Pacific(Singapore)"},
	}
	if diff := cmp.Diff(want, regions); diff != "" || err != nil {
		t.Errorf("ListRegions: %v (-want +got):\n%s", err, diff)
	}
}
