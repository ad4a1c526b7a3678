package input

import (
	"encoding/json"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFindingKey checks the keys by which users acknowledge warnings. Pages that are open during an update post them.
func TestFindingKey(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		finding Finding
		want    string
	}{
		{"firmware", Finding{Field: "im", Code: "old-firmware", Value: "84.8", Name: "84.12.0.32"}, "im"},
		{"minimum", Finding{Field: "extensionCapacity", Code: FewExtensions, Limit: 10}, "extensionCapacity"},
		{"trial", Finding{Field: "expirationDate", Code: "endless-trial"}, "expirationDate"},
		{
			"shortage",
			Finding{Field: "plan", Code: Shortage, Name: "ultimatePlanCapacity", Number: 9, Takes: 10},
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

// TestWarnings checks the form in which operations store accepted warnings, and that it can be read.
func TestWarnings(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, stored string
		want         Finding
	}{
		{
			"a code alone",
			`{"field":"expirationDate","code":"endless-trial"}`,
			Finding{Field: "expirationDate", Code: "endless-trial"},
		},
		{
			"firmware",
			`{"field":"im","code":"old-firmware","value":"84.8","name":"84.12.0.32"}`,
			Finding{Field: "im", Code: "old-firmware", Value: "84.8", Name: "84.12.0.32"},
		},
		{
			"minimum",
			`{"field":"extensionCapacity","code":"few-extensions","limit":10}`,
			Finding{Field: "extensionCapacity", Code: FewExtensions, Limit: 10},
		},
		{
			"shortage",
			`{"field":"plan","code":"shortage","name":"ultimatePlanCapacity","number":9,"takes":10}`,
			Finding{Field: "plan", Code: Shortage, Name: "ultimatePlanCapacity", Number: 9, Takes: 10},
		},
		{
			"a sentence of an earlier version",
			`{"code":"sentence","value":"Check this."}`,
			Finding{Code: Sentence, Value: "Check this."},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			stored, err := EncodeWarnings([]Finding{tt.want})
			if err != nil || len(stored) != 1 || string(stored[0]) != tt.stored {
				t.Fatalf("EncodeWarnings(%+v) = %s, %v, want %s", tt.want, stored, err, tt.stored)
			}
			got, err := DecodeWarnings(stored)
			if diff := cmp.Diff([]Finding{tt.want}, got); err != nil || diff != "" {
				t.Errorf("DecodeWarnings: error %v (-want +got):\n%s", err, diff)
			}
		})
	}
	if _, err := DecodeWarnings([]json.RawMessage{[]byte(`"Check this."`)}); err == nil {
		t.Error("DecodeWarnings reads a warning that is no finding")
	}
}

// TestCovers checks that each warning must be acknowledged by its own key.
func TestCovers(t *testing.T) {
	t.Parallel()
	warnings := []Finding{
		{Field: "im", Code: "old-firmware"},
		{Field: "plan", Code: Shortage, Name: "ultimatePlanCapacity", Number: 9, Takes: 10},
	}
	for _, tt := range []struct {
		name         string
		acknowledged Acknowledged
		want         bool
	}{
		{"none", nil, false},
		{"one", Acknowledged{"im"}, false},
		{"another amount", Acknowledged{"im", "short-plan-9"}, false},
		{"both", Acknowledged{"short-plan-10", "im"}, true},
		{"unseen", Acknowledged{AcknowledgeAll}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.acknowledged.Covers(warnings); got != tt.want {
				t.Errorf("%v covers the warnings: %t, want %t", tt.acknowledged, got, tt.want)
			}
			if !tt.acknowledged.Covers(nil) {
				t.Errorf("%v doesn't cover a form without warnings", tt.acknowledged)
			}
		})
	}
}

func TestAcknowledgedIn(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]Acknowledged{
		"":                              nil,
		"sendAnyway=no":                 nil,
		"warned=im":                     nil,
		"sendAnyway=yes":                {AcknowledgeAll},
		"sendAnyway=yes&warned=":        {},
		"sendAnyway=yes&warned=im+plan": {"im", "plan"},
	} {
		form, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, AcknowledgedIn(form)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", query, diff)
		}
	}
}
