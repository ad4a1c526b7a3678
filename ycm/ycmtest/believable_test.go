package ycmtest

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
)

// officeDay is a Tuesday.
var officeDay = time.Date(2026, 3, 17, 0, 0, 0, 0, time.UTC)

func lively(t *testing.T, n int, at time.Time) (*YCM, *time.Time) {
	t.Helper()
	now := at
	return New(Config{Seed: 1, PBXs: n, Lively: true, Now: func() time.Time { return now }}), &now
}

// TestBelievableFleet checks that the members of each record are consistent, and that some PBXs, but not many, are
// trials, stopped or unactivated.
func TestBelievableFleet(t *testing.T) {
	t.Parallel()
	now := officeDay.Add(10 * time.Hour)
	y, _ := lively(t, 480, now)
	plain := regexp.MustCompile(`^[A-Za-z][A-Za-z0-9 ]+$`)
	count := map[any]int{}
	for _, row := range y.Records() {
		r := decode(row.JSON)
		name := r["name"].(string)
		if !plain.MatchString(name) ||
			!strings.HasPrefix(r["url"].(string), strings.ToLower(strings.ReplaceAll(name, " ", "-"))+".") {
			t.Errorf("PBX %d has name %q and host %q, want a plain name and the matching host", row.ID, name, r["url"])
		}
		created, today := number(r["createTime"]), now.Unix()
		started, backup, used := number(r["initialStartUpTime"]), number(r["lastBackupTime"]), number(r["lastUsedTime"])
		if created >= today || started <= created || backup != 0 && (backup <= created || backup > today) ||
			used != 0 && used <= created {
			t.Errorf(
				"%s: created %d, started %d, template used %d, backed up %d, now %d, want a plausible order",
				name,
				created,
				started,
				used,
				backup,
				today,
			)
		}
		plan, own := number(r["planExpirationDate"]), number(r["expirationDate"])
		if plan <= created || own != 0 && own <= created || r["type"] == "Commercial" && own > plan {
			t.Errorf("%s: created %d, plan ends %d, PBX ends %d, want a plausible order", name, created, plan, own)
		}
		if age := (today - created) / 86400; r["type"] == "Trial" && age > 30 ||
			r["activationStatus"] == "Unactivated" && age > 14 {
			t.Errorf(
				"%s is %v and %v after %d days, want no old trial and no old PBX that isn't activated",
				name,
				r["type"],
				r["activationStatus"],
				age,
			)
		}
		var extensions, calls int64
		if _, err := fmt.Sscan(r["usedExtensions"].(string), &extensions); err != nil ||
			extensions > number(r["extensionCapacity"]) {
			t.Errorf(
				"%s uses %v of %v extensions, want at most its capacity",
				name,
				r["usedExtensions"],
				r["extensionCapacity"],
			)
		}
		if _, err := fmt.Sscan(r["activeCalls"].(string), &calls); err != nil ||
			calls > number(r["concurrentCallCapacity"]) {
			t.Errorf(
				"%s has %v of %v calls, want at most its capacity",
				name,
				r["activeCalls"],
				r["concurrentCallCapacity"],
			)
		}
		count[r["type"]]++
		count[r["pbxStatus"]]++
		count[r["activationStatus"]]++
	}
	for _, word := range []string{"Trial", "Stopped", "Unactivated"} {
		if count[word] < 2 || count[word] > 48 {
			t.Errorf("%d of 480 PBXs are %s, want 2 to 48", count[word], word)
		}
	}
}

// TestFleetIsAlive checks that calls follow office hours, that some PBXs are upgraded, and that a restart produces the
// same fleet.
func TestFleetIsAlive(t *testing.T) {
	t.Parallel()
	y, now := lively(t, 200, officeDay)
	look := func(at time.Time) (calls int64, upgrading int, all string) {
		*now = at
		for _, row := range y.Records() {
			r := decode(row.JSON)
			var n int64
			if _, err := fmt.Sscan(r["activeCalls"].(string), &n); err != nil {
				t.Fatal(err)
			}
			calls += n
			if r["pbxStatus"] == "Upgrading" {
				upgrading++
			}
			all += string(row.JSON)
		}
		return calls, upgrading, all
	}
	night, _, _ := look(officeDay.Add(2 * time.Hour))
	day, _, _ := look(officeDay.Add(10 * time.Hour))
	sunday, _, _ := look(officeDay.AddDate(0, 0, 5).Add(10 * time.Hour))
	if night*3 > day || sunday*3 > day {
		t.Errorf("calls = %d by day, %d at night and %d on Sunday, want most by day", day, night, sunday)
	}
	changes := 0
	for minute := range 60 {
		_, upgrading, _ := look(officeDay.AddDate(0, 0, 7).Add(10*time.Hour + time.Duration(minute)*time.Minute))
		changes += upgrading
	}
	if changes < 5 || changes > 60 {
		t.Errorf("PBXs seen upgrading in an hour, once a minute = %d, want 5 to 60", changes)
	}
	at := officeDay.AddDate(0, 0, 7).Add(15 * time.Hour)
	_, _, before := look(at)
	again := New(Config{Seed: 1, PBXs: 200, Lively: true, Since: officeDay, Now: func() time.Time { return at }})
	var after string
	for _, row := range again.Records() {
		after += string(row.JSON)
	}
	if before != after {
		t.Error("fleet after a restart differs")
	}
}

// TestPastMoves checks that a believable fleet has about a year of varying samples, and that its number of used
// extensions grows.
func TestPastMoves(t *testing.T) {
	t.Parallel()
	y, _ := lively(t, 60, officeDay)
	values := map[string]map[int64]bool{}
	oldest := officeDay
	for _, s := range y.Past().Samples {
		if s.Day.Before(oldest) {
			oldest = s.Day
		}
		if values[s.Counter] == nil {
			values[s.Counter] = map[int64]bool{}
		}
		values[s.Counter][s.Max] = true
	}
	if officeDay.Sub(oldest) < 360*24*time.Hour {
		t.Errorf("first sample is on %v, want about a year ago", oldest)
	}
	for _, counter := range []string{"usedExtensions", "usedRecording", "activeCalls"} {
		if len(values[counter]) < 20 {
			t.Errorf("%s has %d different values, want at least 20", counter, len(values[counter]))
		}
	}
	var first, last struct {
		Capacity struct {
			Used struct{ ExtensionCapacity int64 }
		}
	}
	packages := y.Past().Packages
	for body, into := range map[*json.RawMessage]any{
		&packages[0].Subscription:               &first,
		&packages[len(packages)-1].Subscription: &last,
	} {
		if err := json.Unmarshal(*body, into); err != nil {
			t.Fatal(err)
		}
	}
	if first.Capacity.Used.ExtensionCapacity*10 > last.Capacity.Used.ExtensionCapacity*9 {
		t.Errorf(
			"used extensions grew from %d to %d in a year, want growth of more than a tenth",
			first.Capacity.Used.ExtensionCapacity,
			last.Capacity.Used.ExtensionCapacity,
		)
	}
}
