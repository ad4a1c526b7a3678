package create

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cordboard/fleet"
	"cordboard/fleet/input"
	"cordboard/fleet/pbxtest"
	"cordboard/ycm"
	"cordboard/ycm/ycmtest"
)

// TestFormOf checks which values a form takes from a request, and how it normalizes them. It also checks that changing
// the form doesn't change the request's values.
func TestFormOf(t *testing.T) {
	t.Parallel()
	posted := url.Values{
		"name": {"  Acme – “Nord”  "}, "extensionCapacity": {"２０"}, "subDomain": {"acme‑nord"}, "im": {"Enabled"},
		"customerIds": {"1", " 2 ", "1", ""}, "attempt": {"x"}, "action": {"delete"},
	}
	f := FormOf(posted)
	for field, want := range map[string]string{
		"name":              "Acme – “Nord”", // the name is only trimmed
		"extensionCapacity": "20",
		"subDomain":         "acme-nord",
		"attempt":           "",
		"plan":              "",
	} {
		if got := f.Get(field); got != want {
			t.Errorf("Get(%s) = %q, want %q", field, got, want)
		}
	}
	if got := f.All("customerIds"); !slices.Equal(got, []string{"1", "2"}) {
		t.Errorf("All(customerIds) = %q, want each once", got)
	}
	if !f.IsOn("im") || f.IsOn("upgradeInPbx") {
		t.Error("only im is on")
	}
	for name := range f {
		if !slices.Contains(FormFields(), name) {
			t.Errorf("the form has %s", name)
		}
	}
	values := f.Values()
	values.Set("name", "changed")
	f.Set("plan", "Ultimate Plan")
	f.Set("im", "")
	if f.Get("name") != "Acme – “Nord”" || f.Get("plan") != "Ultimate Plan" || f.IsOn("im") || posted.Has("plan") {
		t.Errorf("form = %v, from %v", f, posted)
	}
}

// TestPresetsOfAForm checks that a preset stores the date as a number of days and leaves out what is specific to one
// PBX. It also checks the form made from a preset, on its own and merged with a form in progress.
func TestPresetsOfAForm(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	late := time.Date(2026, 3, 17, 23, 30, 0, 0, time.UTC) // already March 18 in Berlin
	f := goodForm("acme")
	f["reason"], f["expirationDate"], f["im"] = []string{"CB-1"}, []string{"2026-04-17"}, []string{" "}
	preset := f.ToPreset(late, berlin)
	for _, name := range []string{"name", "subDomain", "reason", "expirationDate", "im"} {
		if preset.Has(name) {
			t.Errorf("the preset has %s", name)
		}
	}
	if got := preset.Get(expiresInDays); got != "30" {
		t.Errorf("%s = %q, want 30", expiresInDays, got)
	}
	back := FromPreset(preset, late.AddDate(0, 1, 0), berlin)
	if got := back.Get("expirationDate"); got != "2026-05-18" {
		t.Errorf("date of a form a month later = %q, want 2026-05-18", got)
	}
	if back.Get("extensionCapacity") != "20" || back.Get("customerIds") != "50086182" || back.Get("name") != "" {
		t.Errorf("form of the preset = %v", back)
	}
	for _, days := range []string{"-1", "36600", "x", ""} {
		if got := FromPreset(url.Values{expiresInDays: {days}}, late, berlin).Get("expirationDate"); got != "" {
			t.Errorf("date after %q days = %s, want none", days, got)
		}
	}
	begun := Form{"name": {"Begun"}, "subDomain": {"begun"}, "customerIds": {"7", "8"}, "plan": {"Ultimate Plan"}}
	back.MergeUnset(begun)
	if back.Get("name") != "Begun" || back.Get("subDomain") != "begun" || back.Get("plan") != "Enterprise Plan" ||
		!slices.Equal(back.All("customerIds"), []string{"50086182"}) {
		t.Errorf("form after MergeUnset = %v, want what was begun only where the preset has nothing", back)
	}
}

// TestDefaults checks the form for a user who starts from scratch, how it adapts when the region changes, and the range
// of extensions.
func TestDefaults(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{Seed: 1})
	rules := b.creates.c.Rules
	if got := rules.Defaults().Get("regionId"); got != "1" {
		t.Errorf("region of an empty fleet = %q, want the first", got)
	}
	for _, region := range []string{"Europe(London)", "Europe(London)", "Europe(Frankfurt)", "Mars"} {
		b.ycm.Add(map[string]any{"region": region, "url": "x"})
	}
	b.sync()
	form := rules.Defaults()
	if got := form.Get("regionId"); got != "2" {
		t.Errorf("region = %q, want the one with the most PBXs", got)
	}
	rules.Complete(form)
	if form.Get("domainId") != "21" || form.Get("versionId") != "788" {
		t.Errorf("domain %s and firmware %s, want the first and the newest of the region", form.Get("domainId"),
			form.Get("versionId"))
	}
	form.Set("regionId", "4")
	if changed := rules.Move(form); !slices.Equal(changed, []fleet.OptionKind{fleet.Domains, fleet.Firmwares}) {
		t.Errorf("Move changed %v, want the domain and the firmware", changed)
	}
	if form.Get("domainId") != "41" || form.Get("versionId") != "781" {
		t.Errorf("after the move: domain %s, firmware %s", form.Get("domainId"), form.Get("versionId"))
	}
	form.Set("regionId", "2")
	if changed := rules.Move(form); !slices.Equal(changed, []fleet.OptionKind{fleet.Domains}) {
		t.Errorf("Move changed %v, want only the domain, since region 2 offers the firmware", changed)
	}
	form.Set("versionId", "999") // not an option at all, so it isn't replaced silently
	if changed := rules.Move(form); len(changed) != 0 || form.Get("versionId") != "999" {
		t.Errorf("Move changed %v, version %s", changed, form.Get("versionId"))
	}
	form.Set("regionId", "99")
	if rules.Move(form); form.Get("domainId") != "" {
		t.Errorf("domain in a region without any = %q, want none", form.Get("domainId"))
	}
	if got := rules.ExtensionRange(); got != "10 to 500" {
		t.Errorf("ExtensionRange = %q, want the account's minimum", got)
	}
}

// TestClone checks which values Clone copies from a PBX, and what it says about the rest.
func TestClone(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{Seed: 1})
	rules := b.creates.c.Rules
	good := func(change func(*ycm.CloudPBX)) *fleet.PBX {
		return pbxtest.PBX(pbxtest.Record(7, func(p *ycm.CloudPBX) {
			p.Name, p.Plan, p.Type, p.Region = "Acme", "Ultimate Plan", "Commercial", "europe(frankfurt)"
			p.URL, p.Version, p.RecordingStatus, p.IM = "acme.voice.example.net", "84.20.0.32", "Enabled", "Enabled"
			p.PasswordlessLogin, p.AllowSuperiorPasswordlessLogin = "Enabled", "Enabled"
			p.UpgradeInPBX, p.ProvisioningViaTemplate, p.LastUsedTemplate = "Disabled", "Enabled", "Law firm"
			p.ExtensionCapacity, p.ConcurrentCallCapacity = ycm.NewInt(50), ycm.NewInt(12)
			p.RecordingCapacity, p.TranscriptionCapacityAddon = ycm.NewInt(1000), ycm.NewInt(60)
			if change != nil {
				change(p)
			}
		}))
	}
	form, said := rules.Clone(good(nil), time.UTC)
	want := Form{
		"plan": {"Ultimate Plan"}, "type": {"Commercial"}, "extensionCapacity": {"50"}, "concurrentCallCapacity": {"12"},
		"recordingCapacity": {"1000"}, "recordingStatus": {"Enabled"}, "transcriptionCapacity": {"60"}, "im": {"Enabled"},
		"passwordlessLogin": {"Enabled"}, "allowSuperiorPasswordlessLogin": {"Enabled"},
		"provisioningViaTemplate": {"Enabled"}, "provisionTemplateId": {"311"}, "regionId": {"1"}, "domainId": {"12"},
		"versionId": {"781"},
	}
	if diff := cmp.Diff(want, form); diff != "" || len(said) != 1 || said[0].Field != "customerIds" {
		t.Errorf("said %v (-want +got):\n%s", said, diff)
	}
	dune := &fleet.Customer{ID: 9, Members: map[string]string{fleet.Company: "Dune"}, GoneAt: noon.Unix()}
	elm := &fleet.Customer{ID: 8, Members: map[string]string{fleet.Company: "Elm"}, GoneAt: fleet.Absent}
	owned := good(nil).WithCustomers(fleet.NewCustomerSet([]*fleet.Customer{dune, elm}))
	form, said = rules.Clone(owned, time.UTC)
	gone := []input.Finding{{Field: "customerIds", Code: FindingCloneGone, Name: "Dune"}}
	if diff := cmp.Diff(gone, said); diff != "" || !slices.Equal(form["customerIds"], []string{"8"}) {
		t.Errorf("of two customers, %q are cloned (-want +got):\n%s", form["customerIds"], diff)
	}
	if _, said := rules.Clone(good(nil).WithCustomers(fleet.NewCustomerSet(nil)), time.UTC); len(said) != 0 {
		t.Errorf("a PBX without customers: said %v", said)
	}
	for _, tt := range []struct {
		name, field, want string
		said              input.Finding
		change            func(*ycm.CloudPBX)
	}{
		{
			"upgrading", "plan", "Ultimate Plan",
			input.Finding{Field: "plan", Code: FindingClonePlan, Value: fleet.UpgradingPlan, Name: "Ultimate Plan"},
			func(p *ycm.CloudPBX) { p.Plan = fleet.UpgradingPlan },
		},
		{
			"an unknown plan", "plan", "Enterprise Plan",
			input.Finding{Field: "plan", Code: FindingClonePlan, Value: "Platinum", Name: "Enterprise Plan"},
			func(p *ycm.CloudPBX) { p.Plan = "Platinum" },
		},
		{
			"no plan", "plan", "Enterprise Plan",
			input.Finding{Field: "plan", Code: FindingClonePlan, Name: "Enterprise Plan"},
			func(p *ycm.CloudPBX) { p.Plan = "" },
		},
		{
			"no capacity", "extensionCapacity", "",
			input.Finding{Field: "extensionCapacity", Code: FindingCloneEmpty},
			func(p *ycm.CloudPBX) { p.ExtensionCapacity = ycm.Int{} },
		},
		{
			"an odd switch", "im", "",
			input.Finding{Field: "im", Code: FindingCloneOff, Value: "no"},
			func(p *ycm.CloudPBX) { p.IM = "no" },
		},
		{
			"a switch that isn't reported", "im", "",
			input.Finding{Field: "im", Code: FindingCloneOff},
			func(p *ycm.CloudPBX) { p.IM = "" },
		},
		{
			"a switch without effect", "allowSuperiorPasswordlessLogin", "",
			input.Finding{Field: "allowSuperiorPasswordlessLogin", Code: FindingCloneNoEffect},
			func(p *ycm.CloudPBX) { p.PasswordlessLogin = "Disabled" },
		},
		{
			"no such region", "domainId", "",
			input.Finding{Field: "regionId", Code: FindingCloneRegion, Value: "Mars"},
			func(p *ycm.CloudPBX) { p.Region = "Mars" },
		},
		{
			"no region", "domainId", "",
			input.Finding{Field: "regionId", Code: FindingCloneRegion},
			func(p *ycm.CloudPBX) { p.Region = "" },
		},
		{
			"no such domain", "domainId", "11",
			input.Finding{Field: "domainId", Code: FindingCloneDomain, Value: "old.example.com", Name: "Europe(Frankfurt)"},
			func(p *ycm.CloudPBX) { p.URL = "a.old.example.com" },
		},
		{
			"no firmware", "versionId", "788",
			input.Finding{Field: "versionId", Code: FindingCloneFirmware, Name: "Europe(Frankfurt)"},
			func(p *ycm.CloudPBX) { p.Version = "" },
		},
		{
			"old firmware", "versionId", "788",
			input.Finding{Field: "versionId", Code: FindingCloneFirmware, Value: "80.1", Name: "Europe(Frankfurt)"},
			func(p *ycm.CloudPBX) { p.Version = "80.1" },
		},
		{
			"no such template", "provisionTemplateId", "",
			input.Finding{Field: "provisionTemplateId", Code: FindingCloneTemplate, Value: "Old"},
			func(p *ycm.CloudPBX) { p.LastUsedTemplate = "Old" },
		},
		{
			"a date to come", "expirationDate", "2026-03-17",
			input.Finding{Field: "allowRunAfterExpirationDate", Code: FindingCloneKeep},
			func(p *ycm.CloudPBX) { p.ExpirationDate = ycm.NewTime(noon.Unix() - 3600) },
		}, // earlier today
		{
			"a date that has passed", "expirationDate", "",
			input.Finding{Field: "expirationDate", Code: FindingCloneDatePassed, Value: "2026-03-16"},
			func(p *ycm.CloudPBX) { p.ExpirationDate = ycm.NewTime(noon.AddDate(0, 0, -1).Unix()) },
		},
		{
			"no minutes beyond the plan's", "transcriptionCapacity", "",
			input.Finding{Field: "customerIds", Code: FindingCloneCustomers},
			func(p *ycm.CloudPBX) { p.TranscriptionCapacityAddon = ycm.NewInt(0) },
		},
	} {
		form, said := rules.Clone(good(tt.change), time.UTC)
		found := slices.ContainsFunc(said, func(f input.Finding) bool { return cmp.Equal(f, tt.said) })
		if got := form.Get(tt.field); got != tt.want || !found {
			t.Errorf("%s: %s = %q, said %+v; want %q and %+v", tt.name, tt.field, got, said, tt.want, tt.said)
		}
	}
}

// TestCheckHost checks the state that CheckHost returns, how long it is cached, how many are cached, and what happens
// if YCM can't be read.
func TestCheckHost(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{Seed: 1})
	b.ycm.Add(map[string]any{"url": "taken.pbx.example.com"})
	check := func(host string, want HostState, requests int) {
		t.Helper()
		if got := b.creates.CheckHost(t.Context(), host+".pbx.example.com"); got != want {
			t.Errorf("CheckHost(%s) = %s, want %s", host, got, want)
		}
		if n := len(b.ycm.Requests("getCloudPbxByUrl")); n != requests {
			t.Errorf("%d requests after CheckHost(%s), want %d", n, host, requests)
		}
	}
	check("taken", HostTaken, 1)
	check("free", HostFree, 2)
	check("free", HostFree, 2)
	b.ycm.Add(map[string]any{"url": "free.pbx.example.com"})
	b.clock.Add(hostCacheTTL - time.Second)
	check("free", HostFree, 2)
	b.clock.Add(time.Second)
	check("free", HostTaken, 3)
	b.ycm.Inject(ycmtest.Fault{Op: "getCloudPbxByUrl", Kind: ycmtest.Failed200, Code: 1000043, Times: 1})
	check("other", HostUnchecked, 4)
	check("other", HostFree, 5) // a failure isn't reused
	for i := range maxHosts + 10 {
		b.creates.hosts[strings.Repeat("x", i+1)] = hostAnswer{HostFree, b.clock.Now()}
	}
	check("one-more", HostFree, 6)
	if n := len(b.creates.hosts); n > maxHosts {
		t.Errorf("%d answers are kept, want at most %d", n, maxHosts)
	}
}

// TestPreview checks that a preview reports a host name that is taken in the mirror, finds no problem with a good form,
// and sends no request to YCM. It also checks OptionKindOf.
func TestPreview(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{Seed: 1, PBXs: 5})
	host := b.ycm.Record(b.ycm.IDs()[0])["url"].(string)
	b.sync()
	name, domain, _ := strings.Cut(host, ".")
	b.ycm.ForgetRequests()
	form := goodForm(name)
	for _, d := range b.catalog.Options(fleet.Domains).All {
		if d.Name == domain {
			form.Set("domainId", number(d.ID))
			form.Set("regionId", number(d.Regions[0]))
		}
	}
	d, _, err := b.creates.Preview(t.Context(), form, time.UTC)
	owner := b.mirror.Snapshot().ByHost(host)
	want := []input.Finding{{
		Field:  "subDomain",
		Code:   FindingHostInFleet,
		Value:  host,
		Name:   owner.Text(fleet.FieldName),
		Number: owner.CloudPBXID,
	}}
	if diff := cmp.Diff(want, d.Problems); err != nil || diff != "" {
		t.Errorf("preview of a taken host: error %v, problems (-want +got):\n%s", err, diff)
	}
	d, _, err = b.creates.Preview(t.Context(), goodForm("new"), time.UTC)
	if err != nil || len(d.Problems)+len(d.Warnings) != 0 {
		t.Errorf("preview of a good form = %+v, %+v, %v", d.Problems, d.Warnings, err)
	}
	if n := len(b.ycm.Requests("")); n != 0 {
		t.Errorf("the previews sent %d requests, want none", n)
	}
	if kind, ok := OptionKindOf("customerIds"); !ok || kind != fleet.Customers {
		t.Errorf("OptionKindOf(customerIds) = %s, %t", kind, ok)
	}
	if _, ok := OptionKindOf("name"); ok {
		t.Error("the name is chosen from options")
	}
}
