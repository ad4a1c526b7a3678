package create

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cordboard/store"
)

// TestFindingKey checks the keys by which users acknowledge warnings. Pages that are open during an update post them.
func TestFindingKey(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		finding Finding
		want    string
	}{
		{"firmware", Finding{Field: "im", Code: FindingOldFirmware, Value: "84.8", Name: "84.12.0.32"}, "im"},
		{"minimum", Finding{Field: "extensionCapacity", Code: FindingFewExtensions, Limit: 10}, "extensionCapacity"},
		{"trial", Finding{Field: "expirationDate", Code: FindingEndlessTrial}, "expirationDate"},
		{
			"shortage",
			Finding{Field: "plan", Code: FindingShortage, Name: "ultimatePlanCapacity", Number: 9, Takes: 10},
			"short-plan-10",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.finding.Key(); got != tt.want {
				t.Errorf("Key of %+v = %q, want %q", tt.finding, got, tt.want)
			}
		})
	}
}

// TestAcceptedWarnings checks the form in which operations store accepted warnings, and that it can be read.
func TestAcceptedWarnings(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, stored string
		want         Finding
	}{
		{
			"a code alone",
			`{"field":"expirationDate","code":"endless-trial"}`,
			Finding{Field: "expirationDate", Code: FindingEndlessTrial},
		},
		{
			"firmware",
			`{"field":"im","code":"old-firmware","value":"84.8","name":"84.12.0.32"}`,
			Finding{Field: "im", Code: FindingOldFirmware, Value: "84.8", Name: "84.12.0.32"},
		},
		{
			"minimum",
			`{"field":"extensionCapacity","code":"few-extensions","limit":10}`,
			Finding{Field: "extensionCapacity", Code: FindingFewExtensions, Limit: 10},
		},
		{
			"shortage",
			`{"field":"plan","code":"shortage","name":"ultimatePlanCapacity","number":9,"takes":10}`,
			Finding{Field: "plan", Code: FindingShortage, Name: "ultimatePlanCapacity", Number: 9, Takes: 10},
		},
		{
			"a sentence of an earlier version",
			`{"code":"sentence","value":"Check this."}`,
			Finding{Code: FindingSentence, Value: "Check this."},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			stored, err := encodeWarnings([]Finding{tt.want})
			if err != nil || len(stored) != 1 || string(stored[0]) != tt.stored {
				t.Fatalf("encodeWarnings(%+v) = %s, %v, want %s", tt.want, stored, err, tt.stored)
			}
			o := store.Operation{Request: store.OperationRequest{Warnings: []json.RawMessage{[]byte(tt.stored)}}}
			got, err := AcceptedWarnings(&o)
			if diff := cmp.Diff([]Finding{tt.want}, got); err != nil || diff != "" {
				t.Errorf("AcceptedWarnings: error %v (-want +got):\n%s", err, diff)
			}
		})
	}
	broken := store.Operation{Request: store.OperationRequest{Warnings: []json.RawMessage{[]byte(`"Check this."`)}}}
	if _, err := AcceptedWarnings(&broken); err == nil {
		t.Error("AcceptedWarnings reads a warning that is no finding")
	}
}
