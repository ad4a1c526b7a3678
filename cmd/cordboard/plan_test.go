package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cordboard/ycm/ycmtest"
)

// TestPlanCommand makes a plan from a file on the command line, applies it, and checks the exit codes for scripts. No
// command sends anything to YCM that creates a PBX; the portal does.
func TestPlanCommand(t *testing.T) {
	y := ycmtest.NewServer(t, ycmtest.Config{
		PBXs: 3, Plain: true, Client: ycmtest.Credentials{ID: "client", Secret: "not-in-a-document"},
	})
	dir := t.TempDir()
	t.Setenv("CORDBOARD_DATA", dir)
	t.Setenv("CORDBOARD_YCM_URL", y.URL)
	t.Setenv("CORDBOARD_YCM_CLIENT_ID", "client")
	t.Setenv("CORDBOARD_YCM_CLIENT_SECRET", "not-in-a-document")
	t.Setenv("CORDBOARD_YCM_RATE", "0")
	if code, _, stderr := cordboard(t, "", "sync"); code != 0 {
		t.Fatal(stderr)
	}
	addUser(t, dir)
	const header = "name;subDomain;customerIds;regionId;plan;extensionCapacity;concurrentCallCapacity;type\n"
	customer := "50086182"
	file := filepath.Join(t.TempDir(), "new.csv")
	write := func(lines ...string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(header+strings.Join(lines, "\n")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	good := "Alder;alder;" + customer + ";1;Ultimate Plan;5;2;Commercial"
	write(good, "Birch;birch;"+customer+";1;Basic;5;2;Commercial")
	code, out, stderr := cordboard(t, "", "plan", file)
	if code != 1 || !strings.Contains(out, "line 3, plan: “Basic” isn’t valid.") || strings.Contains(out, "plan ") &&
		strings.Contains(out, "of 2 lines") {
		t.Errorf("a file with an error: %d %q %q", code, out, stderr)
	}
	code, out, stderr = cordboard(t, "", "plan", "--json", "--good-only", file)
	var planned plannedFile
	if err := json.Unmarshal([]byte(out), &planned); err != nil || code != 0 || planned.Planned != 1 ||
		len(planned.Errors) != 1 || planned.Errors[0].Line != 3 || planned.State != "planned" {
		t.Fatalf("the good lines: %d %q %q", code, out, stderr)
	}
	for _, tt := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"plan"}, exitConfig, "expected"},
		{[]string{"plan", "/nowhere.csv"}, exitFailed, "no such file"},
		{[]string{"plan", "--approve-over=-1", file}, exitConfig, "CORDBOARD_APPROVE_OVER"},
		{[]string{"apply", planned.ID}, exitConfig, "--as"},
		{[]string{"apply", planned.ID, "--as", "nobody@example.com"}, exitFailed, "nobody@example.com"},
		{[]string{"apply", "none", "--as", "ines@example.com"}, exitFailed, "plan none"},
	} {
		if code, _, stderr := cordboard(t, "", tt.args...); code != tt.code || !strings.Contains(stderr, tt.want) {
			t.Errorf("%v = %d %q, want %d with %q", tt.args, code, stderr, tt.code, tt.want)
		}
	}
	for range 2 { // applying it twice has no further effect
		code, out, stderr = cordboard(t, "", "apply", planned.ID, "--as", "INES@example.com")
		if code != 0 || !strings.Contains(out, "1 PBXs; running") {
			t.Errorf("apply = %d %q %q", code, out, stderr)
		}
	}
	if n := len(y.Requests("createCloudPbx")); n != 0 {
		t.Errorf("the commands created %d PBXs", n)
	}
}
