package catalog

import (
	"testing"
	"time"

	"go.uber.org/goleak"

	"cordboard/fleet"
	"cordboard/ycm"
	"cordboard/ycm/ycmtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC)

// newCatalog returns a catalog for a fake YCM and an empty fleet.
func newCatalog(t *testing.T) (*Catalog, *ycmtest.Server) {
	t.Helper()
	now := func() time.Time { return noon }
	server := ycmtest.NewServer(t, ycmtest.Config{Plain: true, Now: now})
	client, err := ycm.New(
		ycm.Config{
			URL:          server.URL,
			ClientID:     "client",
			ClientSecret: "secret",
			Rand:         func() float64 { return 0 },
		},
	)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	snapshot := fleet.NewSnapshot(1, nil, fleet.DefaultThresholds, func([]*fleet.PBX) fleet.Measures {
		return fleet.Measures{}
	})
	return New(Config{YCM: client, Snapshot: func() *fleet.Snapshot { return snapshot }, Now: now}), server
}
