package customers

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cordboard/fleet"
	"cordboard/fleet/mirror"
	"cordboard/store"
	"cordboard/ycm"
)

// TestFirstReading checks that the customers of 1,000 PBXs are read within 105 minutes at 100 requests per minute,
// newest PBX first, while the fleet is synced each minute. A restart in between repeats nothing. The sums of all
// customers then equal those that the fake has.
func TestFirstReading(t *testing.T) {
	t.Parallel()
	pbxs, owners := 1000, 300
	if testing.Short() {
		pbxs, owners = 200, 60
	}
	b := newHarness(t, pbxs, 100)
	b.ycm.SetCustomers(owners)
	ids, customers := b.ycm.IDs(), b.ycm.CustomerIDs()
	for i, id := range ids {
		b.ycm.Edit(id, func(record map[string]any) { record["createTime"] = noon.Add(-time.Duration(i) * time.Hour).Unix() })
		switch {
		case i%20 == 0:
			b.ycm.SetOwners(id)
		case i%15 == 0:
			b.ycm.SetOwners(id, customers[i%owners], customers[(i*7+1)%owners])
		default:
			b.ycm.SetOwners(id, customers[i*11%owners])
		}
	}
	b.sync()
	b.list()
	b.ycm.ForgetRequests()
	began, synced, restarted := b.clock.Now(), b.clock.Now(), false
	inMinute := map[time.Duration]int{}
	for b.directory.Progress().Unread > 0 {
		inMinute[b.clock.Now().Sub(began)/time.Minute]++
		b.step()
		if b.clock.Now().Sub(synced) >= time.Minute { // as the mirror's loop would
			synced = b.clock.Now()
			b.sync()
		}
		if !restarted && b.directory.Progress().Unread < pbxs/2 {
			restarted = true
			b.start()
		}
	}
	if took := b.clock.Now().Sub(began); took > 105*time.Minute {
		t.Errorf("the first reading took %s, want at most 105 minutes", took)
	}
	var read []string
	for _, r := range b.ycm.Requests("getCloudPbxCustomers") {
		read = append(read, r.Path)
	}
	if n := len(read); n > pbxs+5 || !restarted {
		t.Errorf("%d reads for %d PBXs, want at most 5 more", n, pbxs)
	}
	for i, path := range read[:100] { // the newest PBX has the lowest ID
		if want := fmt.Sprintf("/dm/open_api/v1/cloud_pbx/instances/%d/customers", ids[i]); path != want {
			t.Fatalf("read %d is %s, want %s", i, path, want)
		}
	}
	for at, n := range inMinute {
		if n > 10 {
			t.Errorf("%d reads in minute %d, want at most 10", n, at)
		}
	}
	b.directory.publish(0)
	wantPBXs, wantExtensions := map[int64]int{}, map[int64]int64{}
	for _, id := range ids {
		for _, c := range b.ycm.Owners(id) {
			wantPBXs[c]++
			wantExtensions[c] += extensions(b.ycm.Record(id))
		}
	}
	gotPBXs, gotExtensions := map[int64]int{}, map[int64]int64{}
	for _, r := range b.directory.Book().Rows {
		if n := len(r.PBXs); n > 0 {
			gotPBXs[r.ID], gotExtensions[r.ID] = n, r.Extensions.N
		}
	}
	if diff := cmp.Diff(wantPBXs, gotPBXs) + cmp.Diff(wantExtensions, gotExtensions); diff != "" {
		t.Errorf("sums (-want +got):\n%s", diff)
	}
	if n := len(b.directory.Book().Rows); n != owners {
		t.Errorf("%d customers, want %d", n, owners)
	}
}

func extensions(record map[string]any) int64 {
	n, _ := strconv.ParseInt(fmt.Sprint(record["extensionCapacity"]), 10, 64)
	return n
}

// TestCustomersChange checks what the directory makes of customers that change in YCM: a PBX that is handed over, a
// customer that is renamed, and one whose record is gone.
func TestCustomersChange(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 3, 0)
	ids, customers := b.ycm.IDs(), b.ycm.CustomerIDs()
	for i, id := range ids {
		b.ycm.SetOwners(id, customers[i])
	}
	b.list()
	b.until(func() bool { return b.directory.Progress().Unread == 0 })
	b.directory.publish(0)
	first := b.pbx(ids[0]).Customers()
	if len(first.All) != 1 || first.All[0].ID != customers[0] || first.Names() == "" {
		t.Fatalf("PBX %d has %q", ids[0], first.Names())
	}
	read := b.directory.ReadAt(ids[0])
	b.clock.Add(2 * time.Hour)
	b.sync()
	b.ycm.SetOwners(ids[0], customers[1])
	b.until(func() bool { return b.directory.ReadAt(ids[0]).After(read) })
	b.directory.publish(0)
	second := b.pbx(ids[0]).Customers()
	events, err := b.mirror.Timeline(t.Context(), 0, 10, ids[0])
	if err != nil || len(events) != 1 || events[0].Field != "customer" || events[0].Old != first.Names() ||
		events[0].New != second.Names() || !events[0].After.Equal(read) {
		t.Errorf("the timeline has %+v, %v", events, err)
	}
	renamed := ycm.CustomerRequest{FirstName: "Ann", Company: "Renamed", Email: "ann@renamed.example"}
	if _, err := b.client.UpdateCustomer(t.Context(), customers[1], renamed); err != nil {
		t.Fatal(err)
	}
	b.list()
	if got := b.pbx(ids[0]).Text(fleet.FieldCustomer); got != "Renamed" {
		t.Errorf("the renamed customer is %q", got)
	}
	if _, err := b.client.DeleteCustomers(t.Context(), customers[0]); err != nil {
		t.Fatal(err)
	}
	b.list()
	b.until(func() bool { return b.directory.Customer(customers[0]).IsGone() })
	if c := b.directory.Customer(customers[0]); c.Name() != first.Names() {
		t.Errorf("the removed customer is %q, want its last name, %q", c.Name(), first.Names())
	}
	if got := b.directory.Book().Count(ListGone); got != 1 {
		t.Errorf("%d customers are gone, want 1", got)
	}
	before := slices.Collect(maps.Values(b.directory.customers))
	b.start()
	if after := slices.Collect(maps.Values(b.directory.customers)); len(before) != len(after) ||
		!b.directory.Customer(customers[0]).IsGone() || b.directory.Customer(customers[1]).Name() != "Renamed" ||
		b.pbx(ids[0]).Text(fleet.FieldCustomer) != "Renamed" {
		t.Errorf("a restart lost something: %d customers, then %d", len(before), len(after))
	}
}

// TestUnlistedCustomers checks customers of a PBX that YCM's list doesn't have: they are read singly, and one that YCM
// doesn't know at all counts as gone.
func TestUnlistedCustomers(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 2, 0)
	ids, customers := b.ycm.IDs(), b.ycm.CustomerIDs()
	b.ycm.SetOwners(ids[0], customers[0], 123)
	b.ycm.SetOwners(ids[1])
	b.until(func() bool { return b.directory.Progress().Unread == 0 })
	b.until(func() bool { return b.directory.Customer(123) != nil && b.directory.Customer(customers[0]) != nil })
	b.directory.publish(0)
	if c := b.directory.Customer(123); !c.IsGone() || c.Name() != "Customer 123" {
		t.Errorf("the unknown customer is %+v", c)
	}
	if c := b.directory.Customer(customers[0]); c.IsGone() || c.Members[fleet.Email] == "" {
		t.Errorf("the customer that was read singly is %+v", c)
	}
	if got := b.pbx(ids[1]).Customers(); got == nil || len(got.All) != 0 {
		t.Errorf("a PBX without a customer has %+v", got)
	}
	if row := b.directory.Book().Row(123); row == nil || len(row.PBXs) != 1 {
		t.Errorf("the row of the unknown customer is %+v", row)
	}
}

// slow is a YCM whose answers about a PBX's customers wait until the test lets them through.
type slow struct {
	YCM
	asked, answer chan struct{}
}

func (y slow) GetCloudPBXCustomers(ctx context.Context, id int64) ([]int64, error) {
	ids, err := y.YCM.GetCloudPBXCustomers(ctx, id)
	y.asked <- struct{}{}
	<-y.answer
	return ids, err
}

// TestOldAnswersDontOverwrite checks that an answer that was on its way while an operation changed the customers is
// ignored.
func TestOldAnswersDontOverwrite(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 1, 0)
	id, customers := b.ycm.IDs()[0], b.ycm.CustomerIDs()
	b.ycm.SetOwners(id, customers[0])
	y := slow{b.client, make(chan struct{}), make(chan struct{})}
	b.directory.c.YCM = y
	done := make(chan error)
	go func() {
		_, err := b.directory.OfPBX(t.Context(), id)
		done <- err
	}()
	<-y.asked
	b.directory.Learn(t.Context(), id, []int64{customers[1]})
	close(y.answer)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if got := b.pbx(id).Customers(); len(got.All) != 1 || got.All[0].ID != customers[1] {
		t.Errorf("the PBX has %+v, want what the operation set", got.All)
	}
	rows, err := b.store.PBXCustomers(t.Context(), mirror.DefaultAccount)
	if err != nil || len(rows) != 1 || !slices.Equal(rows[0].CustomerIDs, []int64{customers[1]}) {
		t.Errorf("the store has %+v, %v", rows, err)
	}
}

// TestOldListDoesntOverwrite checks that a list that was being read while a customer was read singly keeps the newer
// record, also if that record is the same as before.
func TestOldListDoesntOverwrite(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 1, 0)
	b.list()
	for _, company := range []string{"Newer Ltd", "Newer Ltd"} {
		id := b.ycm.CustomerIDs()[0]
		old := ycm.Customer{CustomerID: ycm.NewInt(id), Company: "Older Ltd"}
		b.ycm.EditCustomer(id, map[string]string{"company": company})
		listed := b.directory.Listing()
		if _, err := b.directory.Read(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if err := listed(t.Context(), []ycm.Customer{old}); err != nil {
			t.Fatal(err)
		}
		if got := b.directory.Customer(id).Name(); got != company {
			t.Errorf("after the list, the company is %q, want %q", got, company)
		}
	}
}

// broken is a YCM that fails to answer about one PBX.
type broken struct {
	YCM
	pbx   int64
	reads map[int64]int
}

var errBroken = errors.New("broken")

func (y broken) GetCloudPBXCustomers(ctx context.Context, id int64) ([]int64, error) {
	y.reads[id]++
	if id == y.pbx {
		return nil, errBroken
	}
	return y.YCM.GetCloudPBXCustomers(ctx, id)
}

// TestOneThatFails checks that a PBX whose customers can't be read doesn't keep the others waiting, and is tried again
// later. It also checks that nothing is read while syncs fail.
func TestOneThatFails(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 5, 0)
	ids := b.ycm.IDs()
	y := broken{b.client, ids[4], map[int64]int{}}
	b.directory.c.YCM = y
	b.until(func() bool { return b.directory.Progress().Unread == 1 })
	for range 10 {
		b.step()
	}
	if got := y.reads[ids[4]]; got != 1 {
		t.Errorf("the one that fails was read %d times, want once", got)
	}
	if p := b.directory.Progress(); p.Failed != 1 || p.Problem.Kind != fleet.Refused {
		t.Errorf("%d failed, %q", p.Failed, p.Problem.Kind)
	}
	if n := len(b.directory.tried); n != 1 {
		t.Errorf("%d failures are kept", n)
	}
	b.clock.Add(retryAfter)
	b.sync()
	b.step()
	if got := y.reads[ids[4]]; got != 2 {
		t.Errorf("later it was read %d times, want twice", got)
	}
	b.clock.Add(3 * rereadAfter)
	b.ycm.Close()
	if _, err := b.mirror.Sync(t.Context()); err == nil {
		t.Fatal("the sync succeeded")
	}
	before := len(y.reads)
	total := y.reads[ids[0]]
	b.step()
	if len(y.reads) != before || y.reads[ids[0]] != total {
		t.Error("customers were read while syncs fail")
	}
}

// TestDeletedPBX checks that a PBX that YCM deleted since the last sync isn't a failure, and is forgotten after that.
func TestDeletedPBX(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 2, 0)
	b.ycm.Delete(b.ycm.IDs()[0])
	b.until(func() bool { return len(b.directory.tried) == 1 && b.directory.Progress().Unread == 1 })
	if p := b.directory.Progress(); p.Failed != 0 {
		t.Errorf("%d reads failed, %q", p.Failed, p.Problem.Kind)
	}
	b.sync()
	b.step()
	if n := len(b.directory.tried); n != 0 {
		t.Errorf("%d failures are kept", n)
	}
}

// TestStoreThatFails checks that nothing is learned that can't be stored.
func TestStoreThatFails(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 1, 0)
	id := b.ycm.IDs()[0]
	if err := b.store.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := b.directory.OfPBX(t.Context(), id); err == nil {
		t.Error("OfPBX succeeded")
	}
	if _, err := b.directory.Read(t.Context(), b.ycm.CustomerIDs()[0]); err == nil {
		t.Error("Read succeeded")
	}
	if b.directory.Progress().Unread != 1 || len(b.directory.Book().Rows) != 0 {
		t.Error("something was learned")
	}
	if _, err := New(t.Context(), b.directory.c); err == nil {
		t.Error("New succeeded")
	}
}

var _ Store = (*store.Store)(nil)

// TestReadersAndWriters checks, with the race detector, that the directory can be read while it changes, and that the
// last change of each PBX wins.
func TestReadersAndWriters(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 8, 0)
	ids, customers := b.ycm.IDs(), b.ycm.CustomerIDs()
	b.list()
	var work sync.WaitGroup
	for i, id := range ids {
		work.Go(func() {
			for j := range 10 {
				b.directory.Learn(t.Context(), id, []int64{customers[(i+j)%len(customers)]})
			}
		})
		work.Go(func() {
			for range 10 {
				b.directory.Book()
				b.directory.Progress()
				if _, err := b.directory.Read(t.Context(), customers[i]); err != nil {
					t.Errorf("Read: %v", err)
				}
			}
		})
	}
	work.Wait()
	rows, err := b.store.PBXCustomers(t.Context(), mirror.DefaultAccount)
	if err != nil || len(rows) != len(ids) {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for i, id := range ids {
		want := customers[(i+9)%len(customers)]
		if set := b.pbx(id).Customers(); set == nil || len(set.All) != 1 || set.All[0].ID != want {
			t.Errorf("PBX %d has %v, want customer %d", id, set, want)
		}
	}
}

// TestPace checks that the reads take at most a tenth of the rate.
func TestPace(t *testing.T) {
	t.Parallel()
	for rate, want := range map[int]time.Duration{
		100: 6 * time.Second, 60: 10 * time.Second, 600: time.Second, 0: fastest, -1: fastest,
	} {
		if got := (&Config{Rate: rate}).pace(); got != want {
			t.Errorf("at %d requests per minute, the pace is %s, want %s", rate, got, want)
		}
	}
}

// TestRunStops checks that Run reads until its context ends.
func TestRunStops(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 2, 0)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		b.directory.Run(ctx)
		close(done)
	}()
	for changed := b.mirror.Changed(); b.pbx(b.ycm.IDs()[0]).Customers() == nil; changed = b.mirror.Changed() {
		<-changed
	}
	stop()
	<-done
	if p := b.directory.Progress(); p.PBXs != 2 || p.Unread == 2 || p.Oldest.IsZero() {
		t.Errorf("Progress = %+v", p)
	}
}

// TestPublishing checks that what was read in the background is published at most every five seconds, and only if it
// differs, but an operation's customers at once.
func TestPublishing(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 3, 0)
	ids, customers := b.ycm.IDs(), b.ycm.CustomerIDs()
	b.list()
	version := func() uint64 { return b.mirror.Snapshot().Version() }
	first := version()
	for range 3 {
		b.step()
	}
	if got := version(); got != first+1 {
		t.Errorf("three readings within five seconds made %d snapshots, want 1", got-first)
	}
	b.directory.Learn(t.Context(), ids[0], customers[:1])
	if got := version(); got != first+2 {
		t.Errorf("an operation's customers made %d snapshots more, want 1", got-first-1)
	}
	b.clock.Add(publishEvery)
	b.step()
	b.directory.Learn(t.Context(), ids[0], customers[:1])
	if got := version(); got > first+2 {
		t.Errorf("nothing new made %d snapshots more", got-first-2)
	}
}

// TestReadUnknown checks that a customer that neither YCM nor any PBX has leaves no trace.
func TestReadUnknown(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 1, 0)
	if _, err := b.directory.Read(t.Context(), 999); !errors.Is(err, ycm.ErrNotFound) || b.directory.Customer(999) != nil {
		t.Errorf("Read = %v, want ErrNotFound and no customer", err)
	}
}

// TestOrder checks the order in which the customers of PBXs are read: those never read, the newest first, and then
// those read longest ago. A PBX that appears meanwhile comes before those found earlier.
func TestOrder(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 3, 0)
	next := func() int64 {
		t.Helper()
		id, ok := b.directory.nextPBX(b.clock.Now())
		if !ok {
			t.Fatal("nothing is to be read")
		}
		b.directory.owners[id] = ownership{at: b.clock.Now()}
		b.clock.Add(time.Second)
		return id
	}
	create := func(id int64, days int) {
		b.ycm.Edit(id, func(r map[string]any) { r["createTime"] = noon.AddDate(0, 0, -days).Unix() })
	}
	ids := b.ycm.IDs()
	for i, id := range ids {
		create(id, i)
	}
	b.sync()
	got := []int64{next()}
	added := b.ycm.Add(map[string]any{"name": "new", "url": "fresh.pbx.example.com"})
	create(added, -1)
	b.sync()
	got = append(got, next(), next(), next())
	if want := []int64{ids[0], added, ids[1], ids[2]}; !slices.Equal(got, want) {
		t.Errorf("read %v, want %v", got, want)
	}
	if id, ok := b.directory.nextPBX(b.clock.Now()); ok {
		t.Errorf("%d is to be read again at once", id)
	}
	b.clock.Add(rereadAfter)
	b.sync()
	if again := next(); again != ids[0] {
		t.Errorf("%d is read again first, want %d, which was read longest ago", again, ids[0])
	}
}
