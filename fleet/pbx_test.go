package fleet

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"cordboard/opt"
)

// pbxOf returns a PBX with the given texts and numbers. No other field is reported.
func pbxOf(id int64, texts map[Field]string, numbers map[Field]opt.Int) *PBX {
	return NewPBX(id, func(f Field) string { return texts[f] }, func(f Field) opt.Int { return numbers[f] })
}

// TestValuesOfAField checks that "not reported", "malformed", "never" and 0 stay four different values.
func TestValuesOfAField(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		given  opt.Int
		number int64
		raw    string
		known  bool
	}{
		{"reported", opt.New(7), 7, "7", true},
		{"zero", opt.New(0), 0, "0", true},
		{"negative", opt.New(-3), -3, "-3", true},
		{"not reported", opt.Int{}, Absent, "", false},
		{"never", opt.Int{State: opt.Never, Raw: "0"}, Absent, "0", false},
		{"malformed", opt.Int{State: opt.Malformed, Raw: `"soon"`}, Absent, `"soon"`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := pbxOf(1, nil, map[Field]opt.Int{FieldLastBackupTime: tt.given})
			if got := p.Number(FieldLastBackupTime); got != tt.number {
				t.Errorf("Number = %d, want %d", got, tt.number)
			}
			if got := p.Value(FieldLastBackupTime); got != tt.given {
				t.Errorf("Value = %+v, want %+v", got, tt.given)
			}
			if got := p.Raw(FieldLastBackupTime); got != tt.raw {
				t.Errorf("Raw = %q, want %q", got, tt.raw)
			}
			if got := p.Value(FieldLastBackupTime).Known(); got != tt.known {
				t.Errorf("Known = %t, want %t", got, tt.known)
			}
		})
	}
}

// TestTextsOfAPBX checks that only text fields have a text, and that the ID is a number.
func TestTextsOfAPBX(t *testing.T) {
	t.Parallel()
	p := pbxOf(7715, map[Field]string{FieldName: "Acme", FieldStatus: "Running"}, map[Field]opt.Int{
		FieldUsedExtensions: opt.New(4),
	})
	for f, want := range map[Field]string{
		FieldName:           "Acme",
		FieldStatus:         "Running",
		FieldRegion:         "",
		FieldUsedExtensions: "",
		FieldID:             "",
		NoField:             "",
	} {
		if got := p.Text(f); got != want {
			t.Errorf("Text(%s) = %q, want %q", f.Name(), got, want)
		}
	}
	if got := p.Number(FieldID); got != 7715 {
		t.Errorf("Number(cloudPbxId) = %d, want 7715", got)
	}
	if got := p.Number(FieldName); got != Absent {
		t.Errorf("Number(name) = %d, want Absent", got)
	}
	if got := p.Raw(FieldID); got != "7715" {
		t.Errorf("Raw(cloudPbxId) = %q, want 7715", got)
	}
}

// TestSearchText checks which fields are searched, that their text is folded, and that no word spans two fields.
func TestSearchText(t *testing.T) {
	t.Parallel()
	p := pbxOf(1, map[Field]string{
		FieldName:   "Müller GmbH",
		FieldSN:     "3634A2",
		FieldURL:    "mueller.example.com",
		FieldGroup:  "Care",
		FieldStatus: "Running",
	}, nil)
	for word, want := range map[string]bool{
		"muller":        true,
		"3634a2":        true,
		"example.com":   true,
		"care":          true,
		"running":       false,
		"gmbh\n3634":    true, // no search word has a line break
		"gmbh3634":      false,
		"careexample":   false,
		"müller":        false,
		"mueller.examp": true,
	} {
		if got := strings.Contains(p.SearchText(), word); got != want {
			t.Errorf("the search text contains %q: %t, want %t", word, got, want)
		}
	}
	for _, f := range Fields() {
		want := slices.Contains([]string{"name", "sn", "url", "group", "creator", "region", "version"}, f.Name())
		if got := IsSearched(f); got != want {
			t.Errorf("IsSearched(%s) = %t, want %t", f.Name(), got, want)
		}
	}
}

// TestExpires checks that the earlier of the two dates counts, and that a malformed date doesn't hide a known one.
func TestExpires(t *testing.T) {
	t.Parallel()
	bad := opt.Int{State: opt.Malformed, Raw: "soon"}
	never := opt.Int{State: opt.Never}
	for _, tt := range []struct {
		name      string
		pbx, plan opt.Int
		at        int64
		field     Field
		malformed Field
	}{
		{"neither", opt.Int{}, opt.Int{}, Absent, NoField, NoField},
		{"the PBX's", opt.New(100), opt.Int{}, 100, FieldExpirationDate, NoField},
		{"the plan's", opt.Int{}, opt.New(200), 200, FieldPlanExpirationDate, NoField},
		{"the PBX's first", opt.New(100), opt.New(200), 100, FieldExpirationDate, NoField},
		{"the plan's first", opt.New(300), opt.New(200), 200, FieldPlanExpirationDate, NoField},
		{"both at once", opt.New(200), opt.New(200), 200, FieldExpirationDate, NoField},
		{"never and the plan's", never, opt.New(200), 200, FieldPlanExpirationDate, NoField},
		{"never", never, never, Absent, NoField, NoField},
		{"malformed", bad, opt.Int{}, Absent, NoField, FieldExpirationDate},
		{"malformed and the plan's", bad, opt.New(200), 200, FieldPlanExpirationDate, FieldExpirationDate},
		{"the PBX's and malformed", opt.New(100), bad, 100, FieldExpirationDate, FieldPlanExpirationDate},
		{"both malformed", bad, bad, Absent, NoField, FieldExpirationDate},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := pbxOf(1, nil, map[Field]opt.Int{FieldExpirationDate: tt.pbx, FieldPlanExpirationDate: tt.plan})
			if at, f := p.Expires(); at != tt.at || f != tt.field {
				t.Errorf("Expires = %d, %s, want %d, %s", at, f.Name(), tt.at, tt.field.Name())
			}
			if got := p.Number(FieldExpires); got != tt.at {
				t.Errorf("Number(expires) = %d, want %d", got, tt.at)
			}
			f, raw := p.MalformedDate()
			if f != tt.malformed || (raw != "") != (f != NoField) {
				t.Errorf("MalformedDate = %s, %q, want %s", f.Name(), raw, tt.malformed.Name())
			}
		})
	}
}

// TestHighestUsage checks that the highest utilization of a PBX's resources is in millionths and at most 1e9.
func TestHighestUsage(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name          string
		used, of      opt.Int
		calls, ofCall opt.Int
		want          int64
	}{
		{"nothing reported", opt.Int{}, opt.Int{}, opt.Int{}, opt.Int{}, Absent},
		{"half", opt.New(50), opt.New(100), opt.Int{}, opt.Int{}, 500_000},
		{"the higher of two", opt.New(50), opt.New(100), opt.New(9), opt.New(10), 900_000},
		{"over", opt.New(15), opt.New(10), opt.Int{}, opt.Int{}, 1_500_000},
		{"no capacity, no usage", opt.New(0), opt.New(0), opt.Int{}, opt.Int{}, Absent},
		{"usage without capacity", opt.New(1), opt.New(0), opt.Int{}, opt.Int{}, 1_000_000_000},
		{"negative usage", opt.New(-5), opt.New(10), opt.Int{}, opt.Int{}, 0},
		{"capacity not reported", opt.New(5), opt.Int{}, opt.Int{}, opt.Int{}, Absent},
		{"huge", opt.New(math.MaxInt64), opt.New(1), opt.Int{}, opt.Int{}, 1_000_000_000},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := pbxOf(1, nil, map[Field]opt.Int{
				FieldUsedExtensions:         tt.used,
				FieldExtensionCapacity:      tt.of,
				FieldActiveCalls:            tt.calls,
				FieldConcurrentCallCapacity: tt.ofCall,
			})
			if got := p.Number(FieldUsage); got != tt.want {
				t.Errorf("Number(usage) = %d, want %d", got, tt.want)
			}
		})
	}
}

// TestGone checks that AsGone returns a copy and leaves the original PBX unchanged.
func TestGone(t *testing.T) {
	t.Parallel()
	p := pbxOf(1, map[Field]string{FieldName: "Acme"}, nil)
	gone := p.AsGone(1000)
	if p.IsGone() || !gone.IsGone() || gone.GoneAt != 1000 || gone.Text(FieldName) != "Acme" {
		t.Errorf("IsGone = %t of the PBX and %t of its copy (%+v)", p.IsGone(), gone.IsGone(), gone)
	}
}

// TestTransitional checks the statuses that a PBX leaves on its own. Statuses that YCM doesn't document count as
// stable, so that PBXs in them aren't polled forever.
func TestTransitional(t *testing.T) {
	t.Parallel()
	for status, want := range map[Status]bool{
		"Provisioning": true, "Starting": true, "Upgrading": true, "Restoring": true,
		"Running": false, "Stopped": false, "Migrating": false, "": false, "starting": false,
	} {
		if got := status.IsTransitional(); got != want {
			t.Errorf("Status(%q).IsTransitional() = %t, want %t", status, got, want)
		}
	}
}

// TestFields checks that each field is found by its name, and that lists can also be sorted by the ID and by derived
// fields.
func TestFields(t *testing.T) {
	t.Parallel()
	all := Fields()
	if len(all) != 38 {
		t.Errorf("got %d fields, want YCM's 38 without the ID", len(all))
	}
	seen := map[string]bool{}
	for _, f := range all {
		if seen[f.Name()] {
			t.Errorf("two fields are called %s", f.Name())
		}
		seen[f.Name()] = true
		if got, ok := FieldByName(f.Name()); !ok || got != f {
			t.Errorf("FieldByName(%s) = %s, %t", f.Name(), got.Name(), ok)
		}
		if got, ok := SortField(f.Name()); !ok || got != f {
			t.Errorf("SortField(%s) = %s, %t", f.Name(), got.Name(), ok)
		}
	}
	for name, want := range map[string]bool{"expires": true, "usage": true, "cloudPbxId": true, "": false, "x": false} {
		if _, ok := SortField(name); ok != want {
			t.Errorf("SortField(%q) = %t, want %t", name, ok, want)
		}
	}
}

// TestCompareVersions checks that versions are compared number by number, and that swapping two versions reverses the
// result.
func TestCompareVersions(t *testing.T) {
	t.Parallel()
	sorted := []string{"", "9.1", "84.2.0.1", "84.12.0.3", "84.12.0.32", "84.12.0.110", "84.19.0.1", "101.0"}
	for i, x := range sorted {
		for j, y := range sorted {
			if got := CompareVersions(x, y); got < 0 != (i < j) || got > 0 != (i > j) {
				t.Errorf("CompareVersions(%q, %q) = %d", x, y, got)
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		version := rapid.StringMatching(`[0-9]{0,3}(\.[0-9a-z]{1,4}){0,4}`)
		x, y := version.Draw(t, "x"), version.Draw(t, "y")
		if a, b := CompareVersions(x, y), CompareVersions(y, x); a > 0 != (b < 0) || a < 0 != (b > 0) {
			t.Fatalf("CompareVersions(%q, %q) = %d, and turned around %d", x, y, a, b)
		}
	})
}

// TestSizeBits checks that each combination of resource and state has its own bit and word.
func TestSizeBits(t *testing.T) {
	t.Parallel()
	bits, words := map[uint16]string{}, map[string]bool{}
	for resource := range Usages {
		for _, state := range SizeStates {
			bit, word := SizeBit(resource, state), SizeWord(resource, state)
			at := fmt.Sprintf("%d, %s", resource, state)
			if bits[bit] != "" || bit == 0 || words[word] {
				t.Errorf("%s shares bit %b with %q, or the word %q", at, bit, bits[bit], word)
			}
			bits[bit], words[word] = at, true
		}
	}
}
