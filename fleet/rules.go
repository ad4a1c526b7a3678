package fleet

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"cordboard/fold"
	"cordboard/store"
	"cordboard/ycm"
)

// The API's words.
const (
	on           = "Enabled"
	off          = "Disabled"
	enterprise   = "Enterprise Plan"
	trial        = "Trial"
	commercial   = "Commercial"
	freeMinutes  = 500 // of recording for each PBX, says YCM's portal guide
	maxExtension = 500 // for one PBX, says the same
)

// Caps that no honest value reaches. YCM's own are not known.
const (
	maxPBXName = 255         // runes
	maxReason  = 200         // runes
	maxLabel   = 63          // bytes of a sub-domain: a label of a host name
	maxCalls   = 100_000     // at once
	maxMinutes = 100_000_000 // of recording or transcription
	maxYears   = 50          // until the expiration date
)

// MaxCustomers of one PBX; YCM's own cap is not known.
const MaxCustomers = 500

// Firmware that knows a feature.
const (
	chatFirmware          = "84.12.0.32"
	transcriptionFirmware = "84.19.0.110"
)

// Finding is what there is to say about a field. Field is the input's name.
type Finding struct {
	Field   string
	Text    string
	Missing bool  // nothing was chosen or typed yet
	Takes   int64 // more than is left of the package; 0: it is about something else
}

// Key tells warnings apart, for who answers them: what is short is answered for as much as was asked for.
func (f Finding) Key() string {
	if f.Takes > 0 {
		return fmt.Sprintf("short-%s-%d", f.Field, f.Takes)
	}
	return f.Field
}

// Draft is a form that was looked at: the body that it makes, and what keeps it from being sent.
type Draft struct {
	Form     Form
	Request  ycm.CreateCloudPBXRequest // whole only without Problems
	Host     string                    // as it will be; "" while it can't be told
	Words    map[string]string         // what the ids in it are called, by the member's name
	Problems []Finding                 // it isn't sent
	Warnings []Finding                 // it is sent if somebody says so
	Unread   []LookUp                  // that it can't be judged without, and that could not be read yet
	Takes    store.Resources           // of Resources
}

// Judge holds a form against all rules that need neither YCM nor other attempts. Dates are of zone, where the day ends that the form names.
func (f *Fleet) Judge(form Form, zone *time.Location) Draft {
	j := judge{Draft: Draft{Form: form, Words: map[string]string{}}, fleet: f}
	j.who()
	j.where()
	j.size()
	j.dates(f.now().In(zone))
	j.access()
	j.template()
	j.Takes = takes(j.Request)
	return j.Draft
}

// judge is a draft while it is made.
type judge struct {
	Draft
	fleet *Fleet
}

func (j *judge) problem(field, format string, args ...any) {
	j.Problems = append(j.Problems, Finding{Field: field, Text: fmt.Sprintf(format, args...)})
}

func (j *judge) missing(field, text string) {
	j.Problems = append(j.Problems, Finding{Field: field, Text: text, Missing: true})
}

func (j *judge) warn(field, format string, args ...any) {
	j.Warnings = append(j.Warnings, Finding{Field: field, Text: fmt.Sprintf(format, args...)})
}

// text is a field of one line.
func (j *judge) text(field string, most int) string {
	s := j.Form.Get(field)
	switch {
	case len([]rune(s)) > most:
		j.problem(field, "At most %d characters; this has %d.", most, len([]rune(s)))
	case strings.ContainsFunc(s, notPlain):
		j.problem(field, "There is a control character in it. Type it again rather than pasting it.")
	}
	return s
}

// Plain says whether a text is fit to be a name: it has something to see, and nothing that breaks lines or turns text around.
func Plain(s string) bool {
	return fold.Shows(s) && !strings.ContainsFunc(s, notPlain)
}

// notPlain are characters that break lines or turn text around, and bytes that are none.
func notPlain(r rune) bool {
	return unicode.IsControl(r) || r == unicode.ReplacementChar || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x2028 || r == 0x2029
}

// word is a field that has one of the API's words.
func (j *judge) word(field, missing string, words ...string) string {
	s := j.Form.Get(field)
	switch {
	case s == "":
		j.missing(field, missing)
	case !slices.Contains(words, s):
		j.problem(field, "“%s” is none of YCM’s words for this: choose %s.", Shorten(s), strings.Join(words, " or "))
	}
	return s
}

// toggle is a switch: Enabled, or anything that means off.
func (j *judge) toggle(field string) string {
	switch s := j.Form.Get(field); s {
	case on:
		return on
	case "", off:
	default:
		j.problem(field, "“%s” is none of YCM’s words for this: it is Enabled or Disabled.", Shorten(s))
	}
	return off
}

var digits = regexp.MustCompile(`^-?[0-9]+$`)

// number is a whole one; ok is false if there is none, which is said unless the field may be empty.
func (j *judge) number(field string, least, most int64, missing string) (n int64, ok bool) {
	s := j.Form.Get(field)
	if s == "" {
		if missing != "" {
			j.missing(field, missing)
		}
		return 0, false
	}
	if !digits.MatchString(s) {
		j.problem(field, "“%s” is no whole number. Use digits only.", Shorten(s))
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	switch {
	case err != nil || n > most:
		j.problem(field, "%s is too much: at most %s.", Shorten(s), fold.Number(most))
	case n < least:
		j.problem(field, "%s is too few: at least %s.", Shorten(s), fold.Number(least))
	default:
		return n, true
	}
	return 0, false
}

// chosen is an entry of a look-up. With a region it must be offered there.
func (j *judge) chosen(field string, from LookUp, what, missing string, region int64) (id int64, ok bool) {
	s := j.Form.Get(field)
	if s == "" {
		if missing != "" {
			j.missing(field, missing)
		}
		return 0, false
	}
	list := j.fleet.LookUp(from)
	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil || strconv.FormatInt(id, 10) != s {
		j.problem(field, "“%s” is no %s. Choose one of the list.", Shorten(s), what)
		return 0, false
	}
	if list.At.IsZero() {
		j.unread(from)
		return 0, false
	}
	e, known := list.Entry(id)
	switch {
	case !known || id <= 0 || id > maxInt32:
		j.problem(field, "YCM offers no %s with the ID %s. Choose one of the list, or reload it.", what, Shorten(s))
		return 0, false
	case region != 0 && !slices.Contains(e.Regions, region):
		j.problem(field, "%s is not offered in this region. Choose one that is.", e.Name)
		return 0, false
	}
	j.Words[field] = e.Name
	return id, true
}

func (j *judge) unread(name LookUp) {
	if !slices.Contains(j.Unread, name) {
		j.Unread = append(j.Unread, name)
	}
}

func (j *judge) who() {
	r := &j.Request
	if r.Name = j.text("name", maxPBXName); !fold.Shows(r.Name) {
		j.missing("name", "Give the PBX a name.")
	}
	j.customers()
	j.text("reason", maxReason)
}

func (j *judge) customers() {
	ids := j.Form.All("customerIds")
	list := j.fleet.LookUp(Customers)
	switch {
	case len(ids) == 0:
		j.missing("customerIds", "Choose at least one customer.")
		return
	case len(ids) > MaxCustomers:
		j.problem("customerIds", "At most %d customers.", MaxCustomers)
		return
	case list.At.IsZero():
		j.unread(Customers)
	}
	var names []string
	for _, s := range ids {
		id, err := strconv.ParseInt(s, 10, 64)
		e, known := list.Entry(id)
		switch {
		case err != nil || strconv.FormatInt(id, 10) != s:
			j.problem("customerIds", "“%s” is no customer. Choose one of the list.", Shorten(s))
			return
		case !known && !list.At.IsZero():
			j.problem("customerIds", "YCM has no customer with the ID %s. Choose one of the list, or reload it.", Shorten(s))
			return
		}
		names = append(names, e.Name)
		j.Request.CustomerIDs = append(j.Request.CustomerIDs, id)
	}
	j.Words["customerIds"] = strings.Join(names, "; ")
}

var (
	subDomain = regexp.MustCompile(`^[A-Za-z0-9-]+$`)
	dashAtEnd = regexp.MustCompile(`^-|-$`)
)

func (j *judge) where() {
	r := &j.Request
	region, _ := j.chosen("regionId", Regions, "region", "Choose a region.", 0)
	version, hasVersion := j.chosen("versionId", Firmwares, "firmware", "Choose a firmware.", region)
	domain, hasDomain := j.chosen("domainId", Domains, "domain", "Choose a domain.", region)
	r.RegionID, r.VersionID, r.DomainID = int32(region), int32(version), int32(domain) //nolint:gosec // chosen lets none through that is larger
	r.SubDomain = j.Form.Get("subDomain")
	switch {
	case r.SubDomain == "":
		j.missing("subDomain", "Give the sub-domain, the first part of the host name.")
	case strings.ContainsAny(r.SubDomain, " \t"):
		j.problem("subDomain", "“%s” has a space. Use letters, digits and hyphens.", Shorten(r.SubDomain))
	case !subDomain.MatchString(r.SubDomain):
		j.problem("subDomain", "“%s” has a character that no host name may have. Use letters, digits and hyphens.", Shorten(r.SubDomain))
	case len(r.SubDomain) > maxLabel:
		j.problem("subDomain", "At most %d characters; this has %d.", maxLabel, len(r.SubDomain))
	case dashAtEnd.MatchString(r.SubDomain):
		j.problem("subDomain", "A host name neither begins nor ends with a hyphen.")
	case hasDomain:
		j.Host = r.SubDomain + "." + j.Words["domainId"]
	}
	j.firmware(hasVersion)
}

// firmware warns of what the chosen one is too old for.
func (j *judge) firmware(known bool) {
	version := j.Words["versionId"]
	if !known {
		return
	}
	if j.Form.IsOn("im") && compareVersions(version, chatFirmware) < 0 {
		j.warn("im", "Internal chat needs firmware %s or later; %s is older.", chatFirmware, version)
	}
	if s := j.Form.Get("transcriptionCapacity"); s != "" && s != "0" && compareVersions(version, transcriptionFirmware) < 0 {
		j.warn("transcriptionCapacity", "Transcription needs firmware %s or later; %s is older.", transcriptionFirmware, version)
	}
}

func (j *judge) size() {
	r := &j.Request
	r.Plan = j.word("plan", "Choose a plan.", enterprise, ultimatePlan)
	var ok bool
	if r.ExtensionCapacity, ok = j.number("extensionCapacity", 1, maxExtension, "Say how many extensions."); ok && r.ExtensionCapacity < j.fleet.minExtensions {
		j.warn("extensionCapacity", "This account’s PBXs have %d extensions at the least.", j.fleet.minExtensions)
	}
	r.ConcurrentCallCapacity, _ = j.number("concurrentCallCapacity", 1, maxCalls, "Say how many concurrent calls.")
	if n, ok := j.number("transcriptionCapacity", 0, maxMinutes, ""); ok && n > 0 {
		r.TranscriptionCapacity = &n
	}
	r.RecordingStatus = j.toggle("recordingStatus")
	missing := "Say how many minutes, or switch recording off."
	if r.RecordingStatus == off {
		missing = ""
	}
	n, ok := j.number("recordingCapacity", 0, maxMinutes, missing)
	switch {
	case !ok:
	case r.RecordingStatus == on && n == 0:
		j.problem("recordingCapacity", "Recording is on, so it needs minutes. 0 turns it off at YCM.")
	case r.RecordingStatus == off && n > 0:
		j.problem("recordingStatus", "Recording is off, and there are %s minutes for it. Switch it on, or set the minutes to 0.", fold.Number(n))
	}
	r.RecordingCapacity = n
}

// dates turns the day into its last second, in the zone of now.
func (j *judge) dates(now time.Time) {
	r := &j.Request
	r.Type = j.word("type", "Choose a type.", trial, commercial)
	s := j.Form.Get("expirationDate")
	if s == "" {
		if r.Type == trial {
			j.warn("expirationDate", "A trial without a date doesn’t end by itself.")
		}
		return
	}
	day, err := time.Parse(time.DateOnly, s)
	if err != nil {
		j.problem("expirationDate", "“%s” is no date. Write it as 2027-03-31.", Shorten(s))
		return
	}
	end := endOfDay(day, now.Location())
	switch {
	case dayNumber(day) < Day(now.Unix(), now.Location()):
		j.problem("expirationDate", "This day has passed. Choose today or a later day.")
	case day.After(now.AddDate(maxYears, 0, 0)):
		j.problem("expirationDate", "This is more than %d years from now.", maxYears)
	}
	r.ExpirationDate = &end
	switch s := j.Form.Get("allowRunAfterExpirationDate"); s {
	case "true", "false":
		keep := s == "true"
		r.AllowRunAfterExpirationDate = &keep
	case "":
		j.missing("allowRunAfterExpirationDate", "Choose what happens after the date: keep running, or stop.")
	default:
		j.problem("allowRunAfterExpirationDate", "“%s” is neither true nor false.", Shorten(s))
	}
}

// dayNumber is Day of a date that is midnight UTC.
func dayNumber(date time.Time) int64 { return date.Unix() / 86400 }

// endOfDay is the last second of a date, which is midnight UTC, in a zone. Clocks may skip midnight there, or strike it twice.
func endOfDay(date time.Time, zone *time.Location) int64 {
	const step = 30 * time.Minute // what clocks are put by, or a part of it
	y, m, d := date.Date()
	t := time.Date(y, m, d, 23, 59, 59, 0, zone)
	for Day(t.Unix(), zone) > dayNumber(date) {
		t = t.Add(-step)
	}
	for Day(t.Unix()+1, zone) <= dayNumber(date) {
		t = t.Add(step)
	}
	return t.Unix()
}

func (j *judge) access() {
	r := &j.Request
	r.PasswordlessLogin = j.toggle("passwordlessLogin")
	r.AllowSuperiorPasswordlessLogin = j.toggle("allowSuperiorPasswordlessLogin")
	if r.PasswordlessLogin == off {
		r.AllowSuperiorPasswordlessLogin = off // it has no effect at YCM
	}
	r.IM = j.toggle("im")
	r.UpgradeInPBX = j.toggle("upgradeInPbx")
}

func (j *judge) template() {
	r := &j.Request
	r.ProvisioningViaTemplate = j.toggle("provisioningViaTemplate")
	id, ok := j.chosen("provisionTemplateId", Templates, "template", "", 0)
	switch {
	case j.Form.Get("provisionTemplateId") == "":
	case r.ProvisioningViaTemplate == off:
		j.problem("provisionTemplateId", "A template was chosen, and provisioning by template is off. Switch it on, or choose no template.")
	case ok:
		template := int32(id) //nolint:gosec // chosen lets none through that is larger
		r.ProvisionTemplateID = &template
	}
}

// ExtensionRange is how many extensions a PBX of this account may have, in words.
func (f *Fleet) ExtensionRange() string {
	return fmt.Sprintf("%d to %d", max(1, f.minExtensions), maxExtension)
}
