package ycmtest

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"strings"
	"time"
)

// groupOf maps a trade to the group that a reseller would use for companies in that trade.
var groupOf = map[string]string{
	"Dental Group":    "Care",
	"Care Home":       "Care",
	"Physiotherapy":   "Care",
	"Surgery":         "Care",
	"Clinic":          "Care",
	"Legal Partners":  "Legal",
	"Solicitors":      "Legal",
	"Chambers":        "Legal",
	"Logistics":       "Logistics",
	"Supplies":        "Logistics",
	"Hotels":          "Hospitality",
	"Travel":          "Hospitality",
	"Brewery":         "Hospitality",
	"Municipal Works": "Public sector",
	"Academy":         "Public sector",
	"Motors":          "Retail",
	"Foods":           "Retail",
}

// believableRecord returns a generated PBX record with consistent members: the dates fit the creation date, and the
// usage fits the age. The record contains only values that YCM documents.
func (y *YCM) believableRecord(hosts map[string]int) map[string]any {
	r := y.rand
	today := y.fleetDay()
	trade := pick(r, trades)
	name, host := y.newName(hosts, trade)
	d := domains[weighted(r, 55, 5, 22, 12, 6)]
	ageDays := []int{1 + r.IntN(13), 14 + r.IntN(90), 100 + r.IntN(300), 400 + r.IntN(1100)}[weighted(r, 4, 12, 32, 52)]
	created := workday(today.AddDate(0, 0, -ageDays)).Add(time.Duration(8*3600+r.IntN(9*3600)) * time.Second)
	extensions := []int64{10, 20, 20, 30, 40, 50, 50, 75, 100, 150, 250, 500}[r.IntN(12)]
	calls := max(5, extensions/4)
	recording := []int64{0, 0, 500, 500, 1000, 2000, 5000}[r.IntN(7)]
	firmware := firmwares[min(weighted(r, 22, 46, 22, 7, 3), len(firmwares)-1)]
	trial := ageDays < 30 && r.IntN(3) == 0
	activated := ageDays > 13 || r.IntN(3) > 0
	status := "Running"
	if !trial && ageDays > 60 && r.IntN(40) == 0 {
		status = "Stopped"
	}
	share := usage(r, ageDays)
	end := func(t time.Time) int64 { return day(t).Add(24*time.Hour - time.Second).Unix() }
	planEnds := yearlyEnd(created, today.AddDate(0, 0, -4))
	record := map[string]any{
		"pbxStatus": status, "activationStatus": "Activated", "name": name, "sn": serial(r),
		"plan":               []string{"Enterprise Plan", ultimatePlan}[weighted(r, 68, 32)],
		"planExpirationDate": end(planEnds),
		"extensionCapacity":  extensions, "concurrentCallCapacity": calls,
		"recordingStatus": onOff(recording > 0), "recordingCapacity": recording,
		"region": regionName(d.region), "url": host + "." + d.name, "type": "Commercial", "version": firmware.version,
		"creator": creators[r.IntN(len(creators))], "createTime": created.Unix(),
		"upgradeInPbx": onOff(r.IntN(2) == 0), "im": onOff(r.IntN(4) > 0), "passwordlessLogin": onOff(r.IntN(3) == 0),
		"allowSuperiorPasswordlessLogin": onOff(r.IntN(4) == 0), "provisioningViaTemplate": onOff(r.IntN(3) == 0),
		"activeCalls":        "0",
		"initialStartUpTime": created.Add(3 * time.Minute).Unix(),
		"usedExtensions":     fmt.Sprint(int64(math.Round(float64(extensions) * share))),
		"usedRecording":      fmt.Sprint(int64(float64(recording) * min(share*(0.6+0.6*r.Float64()), 1.03))),
	}
	if group := groupOf[trade]; group != "" && r.IntN(8) > 0 {
		record["group"] = group
	}
	if record["provisioningViaTemplate"] == "Enabled" {
		record["lastUsedTemplate"] = templates[r.IntN(len(templates))].name
		record["lastUsedTime"] = created.Add(5 * time.Minute).Unix()
	}
	if backup := today.Add(-time.Duration(20*3600+r.IntN(4*3600)) * time.Second); backup.After(created.Add(time.Hour)) {
		record["lastBackupTime"] = backup.Unix()
	}
	switch {
	case trial:
		record["type"], record["expirationDate"] = "Trial", end(created.AddDate(0, 0, 30))
	case r.IntN(5) == 0: // a contract that ends with the plan
		record["expirationDate"] = record["planExpirationDate"]
	}
	if strings.HasPrefix(firmware.version, "84.2") {
		transcribes(record, share, r)
	}
	if !activated {
		record["activationStatus"], record["usedExtensions"], record["usedRecording"] = "Unactivated", "0", "0"
	}
	return record
}

// yearlyEnd returns the first anniversary of start that isn't before day.
func yearlyEnd(start, day time.Time) time.Time {
	end := start.AddDate(1, 0, 0)
	for end.Before(day) {
		end = end.AddDate(1, 0, 0)
	}
	return end
}

// usage returns a random usage, as a fraction of the capacity, for a PBX of the given age in days. The usage is low in
// the first two weeks.
func usage(r *rand.Rand, age int) float64 {
	share := 0.25 + 0.5*r.Float64()
	switch {
	case age < 14:
		return 0.3 * r.Float64() * float64(age) / 14
	case r.IntN(14) == 0:
		return 0.9 + 0.1*r.Float64()
	}
	return share
}

// transcribes adds the members that only firmware with transcription reports.
func transcribes(record map[string]any, share float64, r *rand.Rand) {
	plan := planTranscription(record["plan"].(string))
	addon := []int64{0, 600}[weighted(r, 80, 20)]
	record["transcriptionCapacity"] = plan + addon
	record["transcriptionCapacityPlan"] = plan
	record["transcriptionCapacityAddon"] = addon
	record["usedTranscription"] = int64(float64(plan+addon) * share * r.Float64())
}

// fleetDay returns the day that the fleet's dates are relative to.
func (y *YCM) fleetDay() time.Time {
	if !y.config.Since.IsZero() {
		return day(y.config.Since)
	}
	return day(y.config.Now())
}

// backupDay returns the day of the last nightly backups. Unlike the fleet's other dates, it moves with the clock.
func (y *YCM) backupDay() time.Time {
	now := y.config.Now()
	if now.Before(day(now).Add(6 * time.Hour)) {
		now = now.AddDate(0, 0, -1)
	}
	return day(now)
}

// workday returns t or, if t is on a weekend, the same time on the preceding Friday.
func workday(t time.Time) time.Time {
	switch t.Weekday() {
	case time.Saturday:
		return t.AddDate(0, 0, -1)
	case time.Sunday:
		return t.AddDate(0, 0, -2)
	}
	return t
}

// newName returns a company name and the matching host name. Both are unique in the fleet.
func (y *YCM) newName(hosts map[string]int, trade string) (name, host string) {
	for range 20 {
		name = place(y.rand) + " " + trade
		host = strings.ToLower(strings.ReplaceAll(name, " ", "-"))
		if hosts[host] == 0 {
			break
		}
	}
	hosts[host]++
	if n := hosts[host]; n > 1 {
		name, host = fmt.Sprintf("%s %d", name, n), fmt.Sprintf("%s-%d", host, n)
	}
	return name, host
}

const (
	// livelyPBXs limits the number of PBXs that change over time, so that a fleet of 100,000 PBXs is still listed quickly.
	livelyPBXs = 2000
	// changeEvery is the interval at which one of the PBXs starts an upgrade.
	changeEvery = 4 * time.Minute
	// changeTakes is the duration of an upgrade.
	changeTakes = 90 * time.Second
)

// live brings a PBX in a lively fleet up to date. The PBX's calls follow office hours, its backups are nightly, and it
// occasionally starts an upgrade, which takes changeTakes. The result depends only on the fleet, the seed and the
// clock, so a restart changes nothing.
func (y *YCM) live(p *pbx) {
	now := y.config.Now()
	minute := now.Unix() / 60
	if !y.config.Lively || p.state != "" || p.livedAt == minute && !p.changing {
		return
	}
	at, found := y.index(p.id)
	if !found || at >= livelyPBXs {
		return
	}
	p.livedAt = minute
	record := decode(p.record)
	status, _ := record["pbxStatus"].(string)
	turn := now.UnixNano() / int64(changeEvery)
	choices := int64(min(len(y.pbxs), livelyPBXs))
	chosen := draw(mix(y.config.Seed, turn), choices) == int64(at)
	changing := chosen && now.UnixNano()%int64(changeEvery) < int64(changeTakes)
	switch {
	case changing && status == "Running":
		record["pbxStatus"] = "Upgrading"
	case !changing && p.changing && status == "Upgrading":
		record["pbxStatus"] = "Running"
	}
	p.changing = changing && record["pbxStatus"] == "Upgrading"
	calls := int64(0)
	if record["pbxStatus"] == "Running" && record["activationStatus"] == "Activated" {
		calls = callsAt(p, record, now)
	}
	record["activeCalls"] = fmt.Sprint(calls)
	late := draw(mix(y.config.Seed, p.id), 4*3600) // seconds
	night := y.backupDay().Add(time.Hour + time.Duration(late)*time.Second)
	if night.Unix() > p.created && status != "Stopped" {
		record["lastBackupTime"] = night.Unix()
	}
	p.set(record)
}

// callsAt returns the number of calls that a PBX has at the given time. A PBX has many calls during its region's
// office hours, and few at night and on weekends.
func callsAt(p *pbx, record map[string]any, at time.Time) int64 {
	used := number(record["usedExtensions"])
	if s, ok := record["usedExtensions"].(string); ok {
		_, _ = fmt.Sscan(s, &used) // a string that isn't a number counts as 0
	}
	random := mix(uint64(p.id), at.Unix()/300) //nolint:gosec // IDs are positive
	noise, rest := float64(random%1000)/1000, float64(random/1000%1000)/1000
	calls := float64(used) * 0.16 * busyAt(at.Add(offsetOf(record))) * (0.4 + 0.9*noise)
	// Adding rest rounds the fraction up or down at random.
	return min(int64(calls+rest), number(record["concurrentCallCapacity"]))
}

// offsetOf returns the UTC offset of a PBX's region, without daylight saving time.
func offsetOf(record map[string]any) time.Duration {
	switch region, _ := record["region"].(string); region {
	case "Europe(Frankfurt)":
		return time.Hour
	case "Asia Pacific(Singapore)", "China(GuangDong)":
		return 8 * time.Hour
	}
	return 0
}

// busyAt returns the load at a local time as a fraction of the load in the busiest hour.
func busyAt(local time.Time) float64 {
	hour := float64(local.Hour()) + float64(local.Minute())/60
	peak := func(center, width float64) float64 { return math.Exp(-(hour - center) * (hour - center) / width) }
	busy := 0.02 + peak(10.5, 4) + 0.85*peak(15, 5)
	if wd := local.Weekday(); wd == time.Saturday || wd == time.Sunday {
		busy *= 0.12
	}
	return min(busy, 1)
}

// draw converts a random number to a number from 0 to n-1.
func draw(random uint64, n int64) int64 { return int64(random>>1) % n }

// mix returns a pseudorandom number that is a function of a and b.
func mix(a uint64, b int64) uint64 {
	var seeds [16]byte
	binary.BigEndian.PutUint64(seeds[:8], a)
	binary.BigEndian.PutUint64(seeds[8:], uint64(b)) //nolint:gosec // any bits will do
	h := fnv.New64a()
	_, _ = h.Write(seeds[:]) // never fails, according to its documentation
	return h.Sum64()
}
