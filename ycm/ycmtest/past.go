package ycmtest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"
)

// Past is an invented history of the fleet. The sandbox needs it because YCM itself keeps no history. The history
// covers the past year and leads up to the fleet's current state.
type Past struct {
	Packages []PastPackage // one per day, oldest first; the last is yesterday's
	Samples  []PastSample
	Events   []PastEvent // oldest day first
	PBXs     []PastPBX
}

// PastPBX is a PBX of the list, and when a pass first found it: a few minutes after its creation, or a year ago.
type PastPBX struct {
	CloudPBXID int64
	Record     json.RawMessage
	SeenAt     time.Time
	IsOld      bool // whether it was in the first pass, a year ago
}

// PastPackage is the response that getSubscription would have returned on a given day.
type PastPackage struct {
	At           time.Time
	Subscription json.RawMessage
}

// PastSample is a PBX's peak usage on one day. It applies to each day until the next sample.
type PastSample struct {
	CloudPBXID int64
	Counter    string // name of the member in YCM's records
	Day        time.Time
	Max        int64
}

// PastEvent is a change to a PBX.
type PastEvent struct {
	CloudPBXID      int64
	At              time.Time
	Field, Old, New string
}

const (
	pastDays    = 365
	recentDays  = 60
	waves       = 12              // of firmware upgrades
	waveDays    = 29              // between two waves
	firstWave   = 4               // days ago
	foundAfter  = 3 * time.Minute // time until a pass finds a new PBX
	sampledPBXs = 2000            // limits the number of PBXs with samples, so that large sandboxes also start quickly
)

// Past generates the history. The same fleet at the same time always produces the same history.
func (y *YCM) Past() Past {
	y.mu.Lock()
	defer y.mu.Unlock()
	r := rand.New(rand.NewPCG(y.config.Seed, 0x70617374)) //nolint:gosec // reproducible demo data, not a secret
	today := day(y.config.Now())
	var p Past
	for n := pastDays; n > 0; n-- {
		p.Packages = append(p.Packages, y.packageOf(today.AddDate(0, 0, -n).Add(20*time.Hour), n))
	}
	for i, x := range y.pbxs {
		if i == sampledPBXs {
			break
		}
		p.Samples = append(p.Samples, samplesOf(r, x, today)...)
	}
	p.Events = y.pastEvents(r, today)
	first := map[int64]time.Time{}
	for _, e := range p.Events {
		if at, ok := first[e.CloudPBXID]; !ok || e.At.Before(at) {
			first[e.CloudPBXID] = e.At
		}
	}
	began := today.AddDate(0, 0, -pastDays)
	for _, x := range y.pbxs {
		y.grow(x)
		one := PastPBX{CloudPBXID: x.id, Record: x.record, SeenAt: time.Unix(x.created, 0).Add(foundAfter)}
		if at, changed := first[x.id]; changed && at.Before(one.SeenAt) {
			one.SeenAt = at.Add(-foundAfter)
		}
		if one.SeenAt.Before(began) {
			one.SeenAt, one.IsOld = began, true
		}
		if now := y.config.Now(); one.SeenAt.After(now) {
			one.SeenAt = now
		}
		p.PBXs = append(p.PBXs, one)
	}
	return p
}

// packageOf returns an invented subscription for the given time, n days ago. The fleet's own capacity counts only PBXs
// that existed by then. Over the year, the resellers' capacity grows in three steps and the total in one.
func (y *YCM) packageOf(at time.Time, n int) PastPackage {
	var own resources
	for _, x := range y.pbxs {
		if x.created <= at.Unix() {
			own = own.plus(x.size)
		}
	}
	resellers := y.resellers
	for _, ago := range []int{75, 190, 300} {
		if n > ago {
			resellers = resellers.times(19, 20)
		}
	}
	total := y.total
	if before := y.total.times(9, 10); n > 210 && before.holds(own.plus(resellers)) {
		total = before
	}
	// Encoding maps of numbers and strings never fails.
	body, _ := json.Marshal(y.subscription(total, own, resellers, y.frozen, at))
	return PastPackage{at, body}
}

// samplesOf returns a PBX's samples. The PBX's usage grows toward the current value, and its calls depend on the day of
// the week. Samples are about a week apart, or a few days apart in the last recentDays days. A sample with the same
// value as the previous one is omitted.
func samplesOf(r *rand.Rand, x *pbx, today time.Time) (all []PastSample) {
	record := decode(x.record)
	use := func(name string) (int64, bool) {
		n, err := strconv.ParseInt(fmt.Sprint(record[name]), 10, 64)
		return n, err == nil
	}
	first := min(pastDays, int((today.Unix()-x.created)/86400))
	for _, counter := range []string{"usedExtensions", "usedRecording", "activeCalls", "usedTranscription"} {
		now, ok := use(counter)
		if !ok || first < 1 {
			continue
		}
		before := int64(-1)
		for n := first; n > 0; n -= step(r, n) {
			at := today.AddDate(0, 0, -n)
			value := now - now*int64(n)/(pastDays*2)
			switch counter {
			case "activeCalls":
				value = busiest(x, record, at)
			case "usedRecording": // recordings get deleted, so the usage goes up and down
				value = value * int64(70+mix(uint64(x.id), int64(n))%31) / 100 //nolint:gosec // IDs are positive
			}
			if value != before {
				all = append(all, PastSample{x.id, counter, at, value})
			}
			before = value
		}
	}
	return all
}

// step returns the number of days until the next sample.
func step(r *rand.Rand, ago int) int {
	if ago > recentDays {
		return 5 + r.IntN(5)
	}
	return 1 + r.IntN(4)
}

// busiest returns a PBX's peak number of calls on a day.
func busiest(x *pbx, record map[string]any, at time.Time) (most int64) {
	for hour := range 24 {
		most = max(most, callsAt(x, record, at.Add(time.Duration(hour)*time.Hour)))
	}
	return most
}

// pastEvents returns a firmware upgrade for most PBXs and a few recent changes of different kinds. YCM upgrades many
// PBXs in the same night, so the upgrades come in waves.
func (y *YCM) pastEvents(r *rand.Rand, today time.Time) (all []PastEvent) {
	for wave := waves - 1; wave >= 0; wave-- {
		night := today.AddDate(0, 0, -firstWave-wave*waveDays).Add(2 * time.Hour)
		for i, x := range y.pbxs[:min(len(y.pbxs), sampledPBXs)] {
			if int(x.id)%waves != wave || x.created > night.AddDate(0, 0, -1).Unix() {
				continue
			}
			version, _ := decode(x.record)["version"].(string)
			found := night.Add(time.Duration(i/50) * time.Second) // 50 PBXs are on a page
			all = append(all, PastEvent{x.id, found, "version", "84.9.0.12", version})
		}
	}
	at := y.config.Now().Add(-20 * time.Hour)
	for i, change := range []struct{ field, old string }{
		{"pbxStatus", "Stopped"},
		{"version", "84.12.0.32"},
		{"plan", "Upgrading to Ultimate Plan"},
		{"activationStatus", "Unactivated"},
		{"group", "Legal"},
		{"extensionCapacity", "10"},
		{"name", "New customer"},
	} {
		if len(y.pbxs) == 0 {
			break
		}
		x := y.pbxs[(i*37+11)%len(y.pbxs)]
		now := fmt.Sprint(decode(x.record)[change.field])
		at = at.Add(time.Duration(600+r.IntN(7200)) * time.Second)
		if now != change.old && now != "<nil>" {
			all = append(all, PastEvent{x.id, at, change.field, change.old, now})
		}
	}
	return all
}
