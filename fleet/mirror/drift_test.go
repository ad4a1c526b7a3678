package mirror

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"cordboard/store/storetest"
	"cordboard/ycm"
)

// restless is a fake YCM whose list can change between the requests of a pass.
type restless struct {
	YCM     // nil, because restless implements all of its methods
	mu      sync.Mutex
	random  *rand.Rand
	ids     []int64
	next    int64
	changes int // left in this pass
	lists   int // list requests in this pass
	reads   int
}

// change sometimes deletes a random PBX or creates a new one. The caller holds the lock.
func (y *restless) change() {
	if y.changes == 0 || y.random.IntN(3) > 0 {
		return
	}
	y.changes--
	if y.random.IntN(2) == 0 && len(y.ids) > 0 {
		i := y.random.IntN(len(y.ids))
		y.ids = slices.Delete(y.ids, i, i+1)
		return
	}
	id := y.next
	y.next++
	if y.random.IntN(2) == 0 { // the gaps between IDs leave room for new ones
		id = y.random.Int64N(y.next*10)*10 + 7
	} else {
		id *= 10
	}
	if i, found := slices.BinarySearch(y.ids, id); !found {
		y.ids = slices.Insert(y.ids, i, id)
	}
}

func (y *restless) ListCloudPBXs(_ context.Context, o ycm.ListOptions) (ycm.Page[ycm.CloudPBX], error) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.change()
	y.lists++
	page := ycm.Page[ycm.CloudPBX]{Total: int64(len(y.ids))}
	from := min((o.PageNumber-1)*o.PageSize, len(y.ids))
	for _, id := range y.ids[from:min(from+o.PageSize, len(y.ids))] {
		page.List = append(page.List, y.record(id))
	}
	return page, nil
}

func (y *restless) record(id int64) ycm.CloudPBX {
	return ycm.CloudPBX{
		CloudPBXID: ycm.NewInt(id),
		Name:       ycm.Text(fmt.Sprint(id)),
		Raw:        fmt.Appendf(nil, `{"cloudPbxId":%d,"name":"%d"}`, id, id),
	}
}

func (y *restless) GetCloudPBX(_ context.Context, id int64) (ycm.CloudPBX, error) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.change()
	y.reads++
	if _, found := slices.BinarySearch(y.ids, id); !found {
		return ycm.CloudPBX{}, ycm.ErrNotFound
	}
	return y.record(id), nil
}

func (y *restless) GetCloudPBXStatus(context.Context, int64) (ycm.CloudPBXStatus, error) {
	return ycm.CloudPBXStatus{}, ycm.ErrNotFound
}

func (y *restless) GetSubscription(context.Context) (ycm.Subscription, error) {
	return ycm.Subscription{}, ycm.ErrNotFound
}

func (y *restless) GetPlanStatistics(context.Context) (ycm.PlanStatistics, error) {
	return ycm.PlanStatistics{}, ycm.ErrNotFound
}

// TestDrift checks that if PBXs are created or deleted during a pass, no existing PBX is marked as gone, and none
// appears twice. It also checks that one pass over an unchanging list then brings the mirror up to date.
func TestDrift(t *testing.T) {
	t.Parallel()
	st := storetest.New(t, time.Now)
	rereads, drifted, changed := 0, 0, 0
	seeds := 1000
	if testing.Short() {
		seeds = 50
	}
	for seed := range uint64(seeds) {
		random := rand.New(rand.NewPCG(seed, 1))
		y := &restless{random: random, next: 1}
		for range random.IntN(400) {
			y.ids = append(y.ids, y.next*10)
			y.next++
		}
		f, err := New(t.Context(), Config{Account: fmt.Sprint(seed), YCM: y, Store: st})
		if err != nil {
			t.Fatal(err)
		}
		pass := func(changes int) Pass {
			y.changes, y.lists = changes, 0
			p, err := f.Sync(t.Context())
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			if y.lists != p.Requests {
				t.Fatalf("seed %d: %d list requests, the pass reports %d", seed, y.lists, p.Requests)
			}
			changed += changes - y.changes
			ids := map[int64]bool{}
			for _, known := range f.Snapshot().PBXs() {
				if ids[known.CloudPBXID] {
					t.Fatalf("seed %d: PBX %d is listed twice", seed, known.CloudPBXID)
				}
				ids[known.CloudPBXID] = true
				if _, lives := slices.BinarySearch(y.ids, known.CloudPBXID); known.IsGone() && lives {
					t.Fatalf("seed %d: PBX %d is live but marked as gone", seed, known.CloudPBXID)
				}
			}
			return p
		}
		pass(0)
		for range 2 {
			p := pass(random.IntN(6))
			rereads += p.Reread
			if p.Drifted {
				drifted++
			}
		}
		before := f.Snapshot().Here()
		p := pass(0)
		want := max(1, (len(y.ids)+49)/50)
		if len(y.ids) == want*50 && before > len(y.ids) { // more PBXs may follow full pages
			want++
		}
		if p.Requests != want || p.Reread > 0 || p.Drifted {
			t.Fatalf("seed %d: a pass over an unchanging list = %+v, want %d requests", seed, p, want)
		}
		if here := f.Snapshot().Here(); here != len(y.ids) {
			t.Fatalf("seed %d: Here() = %d, want %d", seed, here, len(y.ids))
		}
	}
	if rereads == 0 || changed < seeds {
		t.Errorf("%d changes and %d pages reread: the list hardly drifted", changed, rereads)
	}
	t.Logf("%d changes, %d pages reread, %d passes that drifted to the end", changed, rereads, drifted)
}
