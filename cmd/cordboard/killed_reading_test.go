//go:build !race

// The race detector doesn't see the processes that these tests start.

package main

import (
	"testing"
	"time"

	"cordboard/ycm/ycmtest"
)

// TestKilledReading kills the real process twice while it reads whose the PBXs are. The next process must go on where
// the last one was killed, and read at most five PBXs again.
func TestKilledReading(t *testing.T) {
	t.Parallel()
	const pbxs = 60
	v := &victim{
		t: t, binary: buildPortal(t), dir: t.TempDir(),
		ycm: ycmtest.NewServer(t, ycmtest.Config{
			PBXs: pbxs, Plain: true, Client: ycmtest.Credentials{ID: "client", Secret: "not-in-a-document"},
		}),
	}
	read := func() (all, different int) {
		paths := map[string]bool{}
		requests := v.ycm.Requests("getCloudPbxCustomers")
		for _, r := range requests {
			paths[r.Path] = true
		}
		return len(requests), len(paths)
	}
	until := func(n int) {
		t.Helper()
		for range 3000 {
			if _, different := read(); different >= n {
				return
			}
			<-time.After(10 * time.Millisecond)
		}
		all, different := read()
		t.Fatalf("%d PBXs were read with %d requests, want %d", different, all, n)
	}
	v.start()
	defer func() { _ = v.cmd.Process.Kill(); _ = v.cmd.Wait() }()
	for _, n := range []int{pbxs / 3, 2 * pbxs / 3} {
		until(n)
		v.kill()
		v.start()
	}
	until(pbxs)
	if all, _ := read(); all > pbxs+5*v.kills {
		t.Errorf("%d PBXs were read with %d requests, want at most five more for each of %d kills", pbxs, all, v.kills)
	}
	all, _ := read()
	t.Logf("%d kills: %d PBXs, %d requests", v.kills, pbxs, all)
}
