package ycmtest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// hostile lists names that are known to break pages, queries, spreadsheets or terminals.
var hostile = []string{
	`"Quoted" & 'Sons'`,
	`<script>alert(1)</script>`,
	`<img src=x onerror=alert(1)>`,
	"Clínica Ñandú Øst",
	"مكتب القاهرة للاتصالات",
	"\u202egnp.eciovni\u202c Ltd",
	"☎️ Emoji Phones 👩🏽‍💻",
	"=1+1",
	"@SUM(A1:A9)",
	"100% \\ under_score; DROP TABLE pbxs;--",
	"{{7*7}} ${7*7} %s %d",
	strings.Repeat("Long Name ", 25) + "12345",
	"  spaces  around  ",
}

func day(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

// fill creates customers, a fleet of n PBXs, and a subscription that is large enough for the fleet.
func (y *YCM) fill(n int) {
	y.fillCustomers(137)
	hosts := map[string]int{}
	for i := range n {
		if y.config.Lively {
			p := y.add(y.believableRecord(hosts))
			if i%20 != 19 { // the others have no customer
				p.customers = []int64{y.customers[i*7%len(y.customers)].id}
			}
			continue
		}
		record := y.newRecord(hosts)
		if !y.config.Plain {
			y.makeOdd(i, record)
		}
		y.add(record)
	}
	own := y.own()
	y.resellers = resources{
		own.extensions * 2 / 5,
		own.calls * 3 / 10,
		own.recording * 2 / 5,
		own.ultimate / 5,
		own.transcription / 4,
	}
	used := own.plus(y.resellers)
	y.total = resources{
		roundUp(used.extensions*115/100+500, 500),
		roundUp(used.calls*120/100+200, 100),
		roundUp(used.recording*118/100+20000, 10000),
		roundUp(used.ultimate*112/100+300, 100),
		roundUp(used.transcription*130/100+3000, 1000),
	}
	y.frozen = 120
}

func roundUp(n, to int64) int64 { return (n + to - 1) / to * to }

// newRecord returns a typical record for a reseller's PBX.
func (y *YCM) newRecord(hosts map[string]int) map[string]any {
	r := y.rand
	today := day(y.config.Now())
	now := today // backups continue after Since
	if !y.config.Since.IsZero() {
		today = day(y.config.Since)
	}
	name, host := numbered(hosts, place(r)+" "+pick(r, trades))
	d := domains[weighted(r, 55, 5, 22, 12, 6)]
	firmware := firmwares[weighted(r, 18, 44, 24, 10, 4)]
	extensions := []int64{10, 20, 20, 30, 40, 50, 50, 75, 100, 150, 250, 500}[r.IntN(12)]
	calls := max(5, extensions/4)
	recording := []int64{0, 500, 500, 1000, 1000, 2000, 5000, 10000}[r.IntN(8)]
	created := today.AddDate(0, 0, -r.IntN(1400)-1).Add(time.Duration(8*3600+r.IntN(9*3600)) * time.Second)
	planEnds := today.AddDate(0, 0, r.IntN(400)-6).Add(24*time.Hour - time.Second)
	state := []string{"Running", "Stopped", "Upgrading", "Restoring"}[weighted(r, 92, 5, 2, 1)]
	share := r.Float64()
	if r.IntN(8) == 0 {
		share = 0.8 + 0.25*r.Float64()
	}
	record := map[string]any{
		"pbxStatus": state, "activationStatus": "Activated", "name": name, "sn": serial(r),
		"plan":               []string{"Enterprise Plan", "Ultimate Plan"}[weighted(r, 68, 32)],
		"planExpirationDate": planEnds.Unix(),
		"extensionCapacity":  extensions, "concurrentCallCapacity": calls,
		"recordingStatus": onOff(recording > 0), "recordingCapacity": recording,
		"region": regionName(d.region), "url": host + "." + d.name,
		"type": []string{"Commercial", "Trial"}[weighted(r, 94, 6)], "version": firmware.version,
		"creator":    creators[r.IntN(len(creators))],
		"createTime": created.Unix(), "initialStartUpTime": created.Add(3 * time.Minute).Unix(),
		"upgradeInPbx": onOff(r.IntN(2) == 0), "im": onOff(r.IntN(4) > 0), "passwordlessLogin": onOff(r.IntN(3) == 0),
		"allowSuperiorPasswordlessLogin": onOff(r.IntN(4) == 0), "provisioningViaTemplate": onOff(r.IntN(3) == 0),
		"activeCalls":    fmt.Sprint(int64(float64(calls) * share * 0.5)),
		"usedExtensions": fmt.Sprint(int64(float64(extensions) * share)),
		"usedRecording":  fmt.Sprint(int64(float64(recording) * r.Float64() * 1.05)),
		"lastBackupTime": now.Add(-time.Duration(r.IntN(72)) * time.Hour).Unix(),
	}
	if record["type"] == "Trial" { // trials are short, so they are recent
		created = recent(created, today, 75)
		record["createTime"], record["initialStartUpTime"] = created.Unix(), created.Add(3*time.Minute).Unix()
	}
	if r.IntN(5) > 0 {
		record["group"] = pick(r, groups)
	}
	if r.IntN(3) == 0 || record["type"] == "Trial" {
		record["expirationDate"] = today.AddDate(0, 0, r.IntN(500)-10).Add(24*time.Hour - time.Second).Unix()
	}
	if record["provisioningViaTemplate"] == "Enabled" {
		record["lastUsedTemplate"] = templates[r.IntN(len(templates))].name
		record["lastUsedTime"] = created.Add(5 * time.Minute).Unix()
	}
	if strings.HasPrefix(firmware.version, "84.2") {
		addTranscription(record, len(name), r)
	}
	if state == "Stopped" && r.IntN(2) == 0 {
		neverStarted(record, recent(created, today, 40))
	}
	return record
}

// numbered returns a name and the matching host name. Both get a number if hosts already contains the host name.
func numbered(hosts map[string]int, name string) (numberedName, host string) {
	host = strings.ToLower(strings.NewReplacer(" ", "-", "&", "and", "'", "").Replace(name))
	hosts[host]++
	if n := hosts[host]; n > 1 {
		return fmt.Sprintf("%s %d", name, n), fmt.Sprintf("%s-%d", host, n)
	}
	return name, host
}

// neverStarted changes a record to that of a PBX that was created but never started or activated.
func neverStarted(record map[string]any, created time.Time) {
	record["activationStatus"] = "Unactivated"
	record["activeCalls"] = "0"
	record["usedExtensions"] = "0"
	record["usedRecording"] = "0"
	record["createTime"] = created.Unix()
	delete(record, "initialStartUpTime")
	delete(record, "lastBackupTime")
}

// addTranscription adds the members that only firmware with transcription reports.
func addTranscription(record map[string]any, nameLength int, r *rand.Rand) {
	plan := planTranscription(record["plan"].(string))
	// About one PBX in five has an add-on. The choice depends on the length of the name rather than on another random
	// number, so that existing seeds still produce the same fleets.
	addon := int64(nameLength%5/4) * 600
	record["transcriptionCapacity"] = plan + addon
	record["transcriptionCapacityPlan"] = plan
	record["transcriptionCapacityAddon"] = addon
	record["usedTranscription"] = r.Int64N(plan)
}

// recent returns a time at most the given number of days before today, with at's time of day.
func recent(at, today time.Time, days int) time.Time {
	age := int(today.Sub(at).Hours()/24) % days
	return today.AddDate(0, 0, -age-1).Add(at.Sub(day(at)))
}

// makeOdd may give a record a hostile name or an oddity such as those in the vendor's own examples. The choice depends
// mainly on i, the record's index.
func (y *YCM) makeOdd(i int, record map[string]any) {
	r := y.rand
	if i%17 == 5 && i/17 < len(hostile) {
		record["name"] = hostile[i/17]
	}
	if other, ok := otherSpelling[record["region"].(string)]; ok && r.IntN(2) == 0 {
		record["region"] = other
	}
	switch i % 23 {
	case 3: // an older, shorter record
		for _, name := range []string{
			"group", "initialStartUpTime", "im", "provisioningViaTemplate", "allowSuperiorPasswordlessLogin",
			"activeCalls", "usedExtensions", "usedRecording", "lastBackupTime", "lastUsedTemplate", "lastUsedTime",
		} {
			delete(record, name)
		}
	case 7:
		record["allowSuperiorPasswordlessLogin"] = "no"
	case 11:
		record["plan"] = "Upgrading to Ultimate Plan"
	case 13: // a number where a string is documented
		record["usedExtensions"] = r.Int64N(record["extensionCapacity"].(int64))
	case 17:
		record["group"], record["lastBackupTime"], record["creator"] = nil, nil, nil
	}
	if i == 200 {
		record["pbxStatus"] = "Migrating" // an undocumented value
	}
	if i == 201 {
		record["usedRecording"] = "n/a"
	}
}

func onOff(on bool) string {
	if on {
		return "Enabled"
	}
	return "Disabled"
}

func serial(r *rand.Rand) string {
	return fmt.Sprintf("3658B43%05d%04d", r.IntN(100000), r.IntN(10000))
}

func pick(r *rand.Rand, words []string) string { return words[r.IntN(len(words))] }

func place(r *rand.Rand) string {
	p := pick(r, places) + pick(r, endings)
	return strings.ToUpper(p[:1]) + p[1:]
}

// weighted returns a random index, with probabilities proportional to the weights.
func weighted(r *rand.Rand, weights ...int) int {
	sum := 0
	for _, w := range weights {
		sum += w
	}
	n := r.IntN(sum)
	for i, w := range weights {
		if n -= w; n < 0 {
			return i
		}
	}
	return 0
}
