package list

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cordboard/fleet"
	"cordboard/opt"
	"cordboard/ycm"
)

// zones are the time zones that the tests use. Some of them change clocks at midnight, have skipped a day, or are far
// from UTC.
var zones = func() (all []*time.Location) {
	for _, name := range []string{
		"UTC",
		"Europe/Berlin",
		"America/New_York",
		"America/Havana",
		"Asia/Beirut",
		"America/Sao_Paulo",
		"America/St_Johns",
		"Pacific/Apia",
		"Pacific/Kiritimati",
		"Pacific/Pago_Pago",
		"Asia/Kathmandu",
		"Australia/Lord_Howe",
		"Africa/Cairo",
		"America/Asuncion",
	} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			panic(err)
		}
		all = append(all, zone)
	}
	return all
}()

// instants returns a generator of instants at or near midnights and clock changes, or a number of days after them.
func instants(zone *time.Location) *rapid.Generator[int64] {
	return rapid.Custom(func(t *rapid.T) int64 {
		at := time.Date(
			rapid.IntRange(2005, 2030).Draw(t, "year"),
			time.Month(rapid.IntRange(1, 12).Draw(t, "month")),
			rapid.IntRange(1, 31).Draw(t, "day"),
			0,
			0,
			0,
			0,
			zone,
		)
		if start, end := at.ZoneBounds(); rapid.Bool().Draw(t, "at a change") {
			if at = end; end.IsZero() {
				at = start
			}
		}
		if at.IsZero() {
			at = noon
		}
		return at.Unix() + int64(
			rapid.SampledFrom([]int{
				0,
				-1,
				1,
				59,
				-59,
				1800,
				-1800,
				3599,
				-3600,
				86399,
				7 * 86400,
				30 * 86400,
				90 * 86400,
				91*86400 - 1,
			}).
				Draw(t, "off"),
		)
	})
}

// TestExpiryAgrees checks that each PBX is on the board once, under its earliest date, in any zone and around any clock
// change. The board's bucket, the list that the bucket links to, the filter's values and the printed days must agree.
func TestExpiryAgrees(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		some := instants(zone)
		now := time.Unix(some.Draw(t, "now"), 0)
		var records []ycm.CloudPBX
		for i := range rapid.IntRange(1, 12).Draw(t, "PBXs") {
			p := ycm.CloudPBX{CloudPBXID: ycm.NewInt(int64(i + 1))}
			near := rapid.OneOf(
				some,
				rapid.Custom(
					func(t *rapid.T) int64 { return now.Unix() + rapid.Int64Range(-100, 100).Draw(t, "days")*86400 },
				),
			)
			if rapid.Bool().Draw(t, "dated") {
				p.ExpirationDate = ycm.NewTime(near.Draw(t, "date"))
			}
			if rapid.Bool().Draw(t, "planned") {
				p.PlanExpirationDate = ycm.NewTime(near.Draw(t, "plan date"))
			}
			records = append(records, p)
		}
		s := snapshotOf(records...)
		b := s.Board(100, now, zone)
		seen := map[int64]string{}
		count := b.None
		for _, bucket := range b.Buckets {
			if bucket.Count != len(bucket.First) {
				t.Fatalf("%s counts %d but shows %d", bucket.Key, bucket.Count, len(bucket.First))
			}
			count += bucket.Count
			var ids []int64
			for _, p := range bucket.First {
				if seen[p.CloudPBXID] != "" {
					t.Fatalf("PBX %d is in both %s and %s", p.CloudPBXID, seen[p.CloudPBXID], bucket.Key)
				}
				seen[p.CloudPBXID] = bucket.Key
				ids = append(ids, p.CloudPBXID)
			}
			slices.Sort(ids)
			if behind := found(s, url.Values{"expires": {bucket.Range(b.Today)}}, now, zone); !slices.Equal(
				behind,
				ids,
			) {
				t.Fatalf(
					"%s on %s has %v, but the list for %s has %v",
					bucket.Key,
					fleet.DayDate(b.Today),
					ids,
					bucket.Range(b.Today),
					behind,
				)
			}
			if box := found(
				s,
				url.Values{"q": {"expires:" + bucket.Range(b.Today)}},
				now,
				zone,
			); !slices.Equal(
				box,
				ids,
			) {
				t.Fatalf("%s has %v, but the search for it finds %v", bucket.Key, ids, box)
			}
		}
		if count != len(records) {
			t.Fatalf("the board has %d of %d PBXs", count, len(records))
		}
		months := b.Beyond + b.Buckets[0].Count + b.None
		for _, m := range b.Months {
			months += m.Count
			if behind := len(
				found(s, url.Values{"expires": {fleet.DayDate(m.First) + ".." + fleet.DayDate(m.Last)}}, now, zone),
			); behind != m.Count {
				t.Fatalf("%s counts %d, but the list has %d", fleet.DayDate(m.First), m.Count, behind)
			}
		}
		if months != len(records) {
			t.Fatalf("the months have %d of %d PBXs", months, len(records))
		}
		for _, p := range s.pbxs {
			checkDay(t, s, p, now, zone)
		}
	})
}

// checkDay checks that the filter's matches for a PBX agree with the printed days.
func checkDay(t *rapid.T, s *Index, p *fleet.PBX, now time.Time, zone *time.Location) {
	at, _ := p.Expires()
	for _, n := range []int64{p.Number(fleet.FieldExpirationDate), p.Number(fleet.FieldPlanExpirationDate)} {
		if n != fleet.Absent && n < at {
			t.Fatalf("PBX %d: Expires() = %d, but its date is %d", p.CloudPBXID, at, n)
		}
	}
	var want []string
	if at == fleet.Absent {
		want = []string{"none"}
	} else {
		printed := func(t time.Time) time.Time {
			day, err := time.Parse("2 Jan 2006", t.In(zone).Format("2 Jan 2006"))
			if err != nil {
				panic(err)
			}
			return day
		}
		switch days := int64(printed(time.Unix(at, 0)).Sub(printed(now)).Hours() / 24); {
		case days < 0:
			want = []string{"overdue"}
		case days > 90:
			want = []string{"later"}
		default:
			for _, word := range Expiries {
				if within, ok := expiryWithin[word]; ok && days <= within {
					want = append(want, word)
				}
			}
		}
	}
	for _, word := range Expiries {
		holds := slices.Contains(found(s, url.Values{"expires": {word}}, now, zone), p.CloudPBXID)
		if holds != slices.Contains(want, word) {
			t.Fatalf(
				"PBX %d at %s, on %s: expires=%s matches: %v",
				p.CloudPBXID,
				time.Unix(at, 0).In(zone),
				now.In(zone),
				word,
				holds,
			)
		}
	}
}

func found(s *Index, values url.Values, now time.Time, zone *time.Location) []int64 {
	q, problems := ParseQuery(values)
	if len(problems) > 0 {
		panic(problems[0].Code)
	}
	var ids []int64
	for p := range s.All(q, now, zone) {
		ids = append(ids, p.CloudPBXID)
	}
	slices.Sort(ids)
	return ids
}

// TestDaysOfFields checks that date ranges of a time field agree with fleet.Day, even if clocks change at midnight.
func TestDaysOfFields(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		at := instants(zone).Filter(func(at int64) bool { return at > 0 }).Draw(t, "at")
		s := snapshotOf(ycm.CloudPBX{CloudPBXID: ycm.NewInt(1), CreateTime: ycm.NewTime(at)})
		day := fleet.Day(at, zone)
		for off := int64(-1); off <= 1; off++ {
			value := fleet.DayDate(day + off)
			for filter, want := range map[string]bool{
				value:        off == 0,
				value + "..": off <= 0,
				".." + value: off >= 0,
				">" + value:  off < 0,
				"<" + value:  off > 0,
			} {
				if got := len(found(s, url.Values{"createTime": {filter}}, noon, zone)) == 1; got != want {
					t.Fatalf("created at %s: createTime=%s matches: %v", time.Unix(at, 0).In(zone), filter, got)
				}
			}
		}
	})
}

// TestEveryDateHasItsGroup checks how the board and the filter classify each form of date that YCM may send: by its
// day, as no date, or as not understood.
func TestEveryDateHasItsGroup(t *testing.T) {
	t.Parallel()
	soon := noon.AddDate(0, 0, 3)
	for _, tt := range []struct{ pbx, plan, want string }{
		{soon.Format(time.DateOnly), "", "7d"},
		{fmt.Sprintf("%d.75", soon.Unix()), "", "7d"},
		{soon.Format(time.RFC3339), "", "7d"},
		{fmt.Sprint(soon.Unix()), "", "7d"},
		{"0", "", None},
		{"-1", "", None},
		{"", "", None},
		{"-4611686018427387904", "", None},
		{fmt.Sprint(soon.UnixMilli()), "", NotUnderstood},
		{"9223372036854775807", "", NotUnderstood},
		{"1e15", "", NotUnderstood},
		{"soon", "", NotUnderstood},
		{"", "01.12.2026", NotUnderstood},
		{"0", "never", NotUnderstood},
		{"soon", fmt.Sprint(soon.Unix()), "7d+"}, // "+": also not understood
		{"01.12.2026", fmt.Sprint(noon.AddDate(1, 0, 0).Unix()), "later+"},
		{fmt.Sprint(noon.AddDate(0, 0, -3).Unix()), "20261201", "overdue+"},
		{"20261201", "", NotUnderstood},
		{"0", "1970-01-01", NotUnderstood},
		{"0", fmt.Sprint(soon.Unix()), "7d"},
		{"999999999999", "", "later"},
	} {
		s := snapshotOf(
			ycm.CloudPBX{
				CloudPBXID:         ycm.NewInt(1),
				ExpirationDate:     timeOf(tt.pbx),
				PlanExpirationDate: timeOf(tt.plan),
			},
		)
		b := s.Board(1, noon, time.UTC)
		groups := map[string]int{None: b.None, NotUnderstood: b.Malformed}
		for _, bucket := range b.Buckets {
			groups[bucket.Key] = bucket.Count
		}
		var both bool
		tt.want, both = strings.CutSuffix(tt.want, "+")
		for group, n := range groups {
			if (n == 1) != (group == tt.want || both && group == NotUnderstood) {
				t.Errorf("%q and %q: %d in %s, want one in %s", tt.pbx, tt.plan, n, group, tt.want)
			}
		}
		for _, word := range []string{None, NotUnderstood, tt.want} {
			if got := len(
				found(s, url.Values{"expires": {word}}, noon, time.UTC),
			); (got == 1) != (word == tt.want || both && word == NotUnderstood) {
				t.Errorf("%q and %q: expires=%s finds %d", tt.pbx, tt.plan, word, got)
			}
			if got := len(
				found(s, url.Values{"q": {"expires:" + word}}, noon, time.UTC),
			); (got == 1) != (word == tt.want || both && word == NotUnderstood) {
				t.Errorf("%q and %q: expires:%s finds %d", tt.pbx, tt.plan, word, got)
			}
		}
	}
}

func timeOf(raw string) ycm.Time {
	if raw == "" {
		return ycm.Time{}
	}
	return ycm.ParseTime(raw)
}

// TestTimesThatArentUnderstood checks each time field's states, and that filters find absent and malformed times.
func TestTimesThatArentUnderstood(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		raw            string
		state          opt.State
		none, odd, any bool
	}{
		{"", opt.NotReported, true, false, false},
		{"0", opt.Never, true, false, false},
		{"-1", opt.Never, true, false, false},
		{"1796083200000", opt.Malformed, false, true, false},
		{"tomorrow", opt.Malformed, false, true, false},
		{"1796083200", opt.Known, false, false, true},
	} {
		at := timeOf(tt.raw)
		s := snapshotOf(ycm.CloudPBX{
			CloudPBXID:         ycm.NewInt(1),
			ExpirationDate:     at,
			PlanExpirationDate: at,
			CreateTime:         at,
			InitialStartUpTime: at,
			LastUsedTime:       at,
			LastBackupTime:     at,
		})
		p := s.pbxs[0]
		for _, f := range fleet.Fields() {
			field := f.Name()
			if f.Kind() != fleet.TimeField {
				continue
			}
			if got := p.Value(f).State; got != tt.state || p.Raw(f) != tt.raw {
				t.Errorf("%s %q: state %d, raw %q, want %d", field, tt.raw, got, p.Raw(f), tt.state)
			}
			for value, want := range map[string]bool{None: tt.none, NotUnderstood: tt.odd, ">2000-01-01": tt.any} {
				if got := len(found(s, url.Values{field: {value}}, noon, time.UTC)) == 1; got != want {
					t.Errorf("%s %q: %s finds it: %v, want %v", field, tt.raw, value, got, want)
				}
			}
		}
	}
}
