package create

import "testing"

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
