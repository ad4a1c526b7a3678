package operations

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/list"
	"cordboard/fold"
	"cordboard/store"
	"cordboard/ycm"
)

// Values and limits of the API.
const (
	on           = "Enabled"
	off          = "Disabled"
	enterprise   = "Enterprise Plan"
	trial        = "Trial"
	commercial   = "Commercial"
	maxExtension = 500 // maximum of one PBX, from the same guide
)

// Caps that are beyond any honest value. YCM's own caps are not known.
const (
	maxPBXName = 255         // runes
	maxReason  = 200         // runes
	maxLabel   = 63          // bytes of a subdomain, which is one label of a host name
	maxCalls   = 100_000     // concurrent
	maxMinutes = 100_000_000 // of recording or transcription
	maxYears   = 50          // until the expiration date
)

// MaxCustomers bounds the customers of one PBX. YCM's own cap is not known.
const MaxCustomers = 500

// The first firmware versions that support a feature.
const (
	chatFirmware          = "84.12.0.32"
	transcriptionFirmware = "84.19.0.110"
)

// Finding is a problem or warning about a form field. Field is the input's name.
type Finding struct {
	Field   string
	Text    string
	Missing bool // nothing has been chosen or typed yet
	// Takes is the requested amount, where it is more than the subscription has available; 0 if the finding is
	// about something else.
	Takes int64
}

// Key identifies a warning to those who acknowledge it. The key of a shortage includes the requested amount, so
// that a larger request needs another acknowledgment.
func (f Finding) Key() string {
	if f.Takes > 0 {
		return fmt.Sprintf("short-%s-%d", f.Field, f.Takes)
	}
	return f.Field
}

// Draft is a validated form: the request body that it makes, and what keeps it from being sent.
type Draft struct {
	Form     Form
	Request  ycm.CreateCloudPBXRequest // complete only if there are no Problems
	Host     string                    // of the new PBX; "" while it can't be determined
	Words    map[string]string         // names of the form's IDs, by form field
	Problems []Finding                 // they prevent sending
	Warnings []Finding                 // they prevent sending until they are acknowledged
	Unread   []fleet.OptionKind        // options that validation needs and that could not be read yet
	Takes    store.Resources           // by the indexes of Resources
}

// Judge validates a form by all rules that need neither YCM nor other attempts. The expiration date ends at the
// end of that day in zone.
func (r Rules) Judge(form Form, zone *time.Location) Draft {
	j := judge{Draft: Draft{Form: form, Words: map[string]string{}}, rules: r}
	j.who()
	j.where()
	j.size()
	j.dates(r.Now().In(zone))
	j.access()
	j.template()
	j.Takes = takes(j.Request)
	return j.Draft
}

// judge builds a Draft.
type judge struct {
	Draft
	rules Rules
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

// text returns the value of a single-line field, and adds a problem if it is invalid.
func (j *judge) text(field string, most int) string {
	s := j.Form.Get(field)
	switch {
	case len([]rune(s)) > most:
		j.problem(field, "At most %d characters; this has %d.", most, len([]rune(s)))
	case strings.ContainsFunc(s, fold.Control):
		j.problem(field, "This contains a control character. Type the text instead of pasting it.")
	}
	return s
}

// word returns the value of a field that takes one of the API's values, and adds a problem for any other value.
func (j *judge) word(field, missing string, words ...string) string {
	s := j.Form.Get(field)
	switch {
	case s == "":
		j.missing(field, missing)
	case !slices.Contains(words, s):
		j.problem(field, "“%s” isn’t valid. Choose %s.", list.Shorten(s), strings.Join(words, " or "))
	}
	return s
}

// toggle returns the value of a switch: Enabled if it is on, else Disabled.
func (j *judge) toggle(field string) string {
	switch s := j.Form.Get(field); s {
	case on:
		return on
	case "", off:
	default:
		j.problem(field, "“%s” isn’t valid. It must be Enabled or Disabled.", list.Shorten(s))
	}
	return off
}

var digits = regexp.MustCompile(`^-?[0-9]+$`)

// number returns a field's whole number. It returns false and adds a problem if there is none, unless the field
// may be empty.
func (j *judge) number(field string, least, most int64, missing string) (n int64, ok bool) {
	s := j.Form.Get(field)
	if s == "" {
		if missing != "" {
			j.missing(field, missing)
		}
		return 0, false
	}
	if !digits.MatchString(s) {
		j.problem(field, "“%s” isn’t a whole number. Use digits only.", list.Shorten(s))
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	switch {
	case err != nil || n > most:
		j.problem(field, "%s is too high. The maximum is %s.", list.Shorten(s), fold.Number(most))
	case n < least:
		j.problem(field, "%s is too low. The minimum is %s.", list.Shorten(s), fold.Number(least))
	default:
		return n, true
	}
	return 0, false
}

// chosen returns the ID of the chosen list of options entry, which must be offered in the region unless region is 0.
func (j *judge) chosen(field string, from fleet.OptionKind, what, missing string, region int64) (id int64, ok bool) {
	s := j.Form.Get(field)
	if s == "" {
		if missing != "" {
			j.missing(field, missing)
		}
		return 0, false
	}
	options := j.rules.Options(from)
	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil || strconv.FormatInt(id, 10) != s {
		j.problem(field, "“%s” isn’t a valid %s. Choose one from the list.", list.Shorten(s), what)
		return 0, false
	}
	if options.At.IsZero() {
		j.unread(from)
		return 0, false
	}
	e, known := options.ByID(id)
	switch {
	case !known || id <= 0 || id > math.MaxInt32:
		j.problem(field, "YCM offers no %s with ID %s. Choose one from the list, or reload it.", what, list.Shorten(s))
		return 0, false
	case region != 0 && !slices.Contains(e.Regions, region):
		j.problem(field, "%s isn’t offered in this region. Choose one that is.", e.Name)
		return 0, false
	}
	j.Words[field] = e.Name
	return id, true
}

func (j *judge) unread(name fleet.OptionKind) {
	if !slices.Contains(j.Unread, name) {
		j.Unread = append(j.Unread, name)
	}
}

func (j *judge) who() {
	r := &j.Request
	if r.Name = j.text("name", maxPBXName); !fold.Shows(r.Name) {
		j.missing("name", "Enter a name for the PBX.")
	}
	j.customers()
	j.text("reason", maxReason)
}

func (j *judge) customers() {
	ids := j.Form.All("customerIds")
	options := j.rules.Options(fleet.Customers)
	switch {
	case len(ids) == 0:
		j.missing("customerIds", "Choose at least one customer.")
		return
	case len(ids) > MaxCustomers:
		j.problem("customerIds", "At most %d customers.", MaxCustomers)
		return
	case options.At.IsZero():
		j.unread(fleet.Customers)
	}
	var names []string
	for _, s := range ids {
		id, err := strconv.ParseInt(s, 10, 64)
		e, known := options.ByID(id)
		switch {
		case err != nil || strconv.FormatInt(id, 10) != s:
			j.problem("customerIds", "“%s” isn’t a valid customer. Choose one from the list.", list.Shorten(s))
			return
		case !known && !options.At.IsZero():
			j.problem(
				"customerIds",
				"YCM has no customer with ID %s. Choose one from the list, or reload it.",
				list.Shorten(s),
			)
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
	region, _ := j.chosen("regionId", fleet.Regions, "region", "Choose a region.", 0)
	version, hasVersion := j.chosen("versionId", fleet.Firmwares, "firmware", "Choose a firmware version.", region)
	domain, hasDomain := j.chosen("domainId", fleet.Domains, "domain", "Choose a domain.", region)
	r.RegionID = int32(region)   //nolint:gosec // chosen rejects larger IDs
	r.VersionID = int32(version) //nolint:gosec // as above
	r.DomainID = int32(domain)   //nolint:gosec // as above
	r.SubDomain = j.Form.Get("subDomain")
	switch {
	case r.SubDomain == "":
		j.missing("subDomain", "Enter the subdomain, the first part of the host name.")
	case strings.ContainsAny(r.SubDomain, " \t"):
		j.problem("subDomain", "“%s” contains a space. Use letters, digits and hyphens.", list.Shorten(r.SubDomain))
	case !subDomain.MatchString(r.SubDomain):
		j.problem(
			"subDomain",
			"“%s” contains a character that isn’t allowed in host names. Use letters, digits and hyphens.",
			list.Shorten(r.SubDomain),
		)
	case len(r.SubDomain) > maxLabel:
		j.problem("subDomain", "At most %d characters; this has %d.", maxLabel, len(r.SubDomain))
	case dashAtEnd.MatchString(r.SubDomain):
		j.problem("subDomain", "The subdomain can’t begin or end with a hyphen.")
	case hasDomain:
		j.Host = r.SubDomain + "." + j.Words["domainId"]
	}
	j.firmware(hasVersion)
}

// firmware warns about features that the chosen version doesn't support. known reports whether a version was
// chosen.
func (j *judge) firmware(known bool) {
	version := j.Words["versionId"]
	if !known {
		return
	}
	if j.Form.IsOn("im") && fleet.CompareVersions(version, chatFirmware) < 0 {
		j.warn("im", "Internal chat needs firmware %s or later; %s is older.", chatFirmware, version)
	}
	if s := j.Form.Get("transcriptionCapacity"); s != "" && s != "0" &&
		fleet.CompareVersions(version, transcriptionFirmware) < 0 {
		j.warn(
			"transcriptionCapacity",
			"Transcription needs firmware %s or later; %s is older.",
			transcriptionFirmware,
			version,
		)
	}
}

func (j *judge) size() {
	r := &j.Request
	r.Plan = j.word("plan", "Choose a plan.", enterprise, fleet.UltimatePlan)
	var ok bool
	if r.ExtensionCapacity, ok = j.number(
		"extensionCapacity",
		1,
		maxExtension,
		"Enter the number of extensions.",
	); ok &&
		r.ExtensionCapacity < j.rules.MinExtensions {
		j.warn("extensionCapacity", "This account requires at least %d extensions per PBX.", j.rules.MinExtensions)
	}
	r.ConcurrentCallCapacity, _ = j.number(
		"concurrentCallCapacity",
		1,
		maxCalls,
		"Enter the number of concurrent calls.",
	)
	if n, ok := j.number("transcriptionCapacity", 0, maxMinutes, ""); ok && n > 0 {
		r.TranscriptionCapacity = &n
	}
	r.RecordingStatus = j.toggle("recordingStatus")
	missing := "Enter the recording minutes, or switch recording off."
	if r.RecordingStatus == off {
		missing = ""
	}
	n, ok := j.number("recordingCapacity", 0, maxMinutes, missing)
	switch {
	case !ok:
	case r.RecordingStatus == on && n == 0:
		j.problem("recordingCapacity", "Recording is on, so it needs minutes: at 0, YCM turns it off.")
	case r.RecordingStatus == off && n > 0:
		j.problem(
			"recordingStatus",
			"Recording is off, but it has %s minutes. Switch it on, or set the minutes to 0.",
			fold.Number(n),
		)
	}
	r.RecordingCapacity = n
}

// dates validates the type and the expiration date, which becomes the last second of its day in the zone of now.
func (j *judge) dates(now time.Time) {
	r := &j.Request
	r.Type = j.word("type", "Choose a type.", trial, commercial)
	s := j.Form.Get("expirationDate")
	if s == "" {
		if r.Type == trial {
			j.warn("expirationDate", "A trial without an expiration date doesn’t end automatically.")
		}
		return
	}
	day, err := time.Parse(time.DateOnly, s)
	if err != nil {
		j.problem("expirationDate", "“%s” isn’t a date. Enter one such as 2027-03-31.", list.Shorten(s))
		return
	}
	end := fleet.EndOfDay(day, now.Location())
	switch {
	case fleet.DayNumber(day) < fleet.Day(now.Unix(), now.Location()):
		j.problem("expirationDate", "This date has passed. Choose today or a later date.")
	case day.After(now.AddDate(maxYears, 0, 0)):
		j.problem("expirationDate", "The date must be within %d years from now.", maxYears)
	}
	r.ExpirationDate = &end
	switch s := j.Form.Get("allowRunAfterExpirationDate"); s {
	case "true", "false":
		keep := s == "true"
		r.AllowRunAfterExpirationDate = &keep
	case "":
		j.missing("allowRunAfterExpirationDate", "Choose what happens after the date: keep running, or stop.")
	default:
		j.problem("allowRunAfterExpirationDate", "“%s” is neither true nor false.", list.Shorten(s))
	}
}

func (j *judge) access() {
	r := &j.Request
	r.PasswordlessLogin = j.toggle("passwordlessLogin")
	r.AllowSuperiorPasswordlessLogin = j.toggle("allowSuperiorPasswordlessLogin")
	if r.PasswordlessLogin == off {
		r.AllowSuperiorPasswordlessLogin = off // YCM ignores it without passwordless login
	}
	r.IM = j.toggle("im")
	r.UpgradeInPBX = j.toggle("upgradeInPbx")
}

func (j *judge) template() {
	r := &j.Request
	r.ProvisioningViaTemplate = j.toggle("provisioningViaTemplate")
	id, ok := j.chosen("provisionTemplateId", fleet.Templates, "template", "", 0)
	switch {
	case j.Form.Get("provisionTemplateId") == "":
	case r.ProvisioningViaTemplate == off:
		j.problem(
			"provisionTemplateId",
			"A template is chosen, but provisioning by template is off. Switch it on, or remove the template.",
		)
	case ok:
		template := int32(id) //nolint:gosec // chosen lets none through that is larger
		r.ProvisionTemplateID = &template
	}
}

// ExtensionRange returns how many extensions a PBX of this account may have, as text such as "1 to 500".
func (r Rules) ExtensionRange() string {
	return fmt.Sprintf("%d to %d", max(1, r.MinExtensions), maxExtension)
}

// takes returns what a PBX takes from the subscription. The first recording minutes are free. Of transcription,
// only minutes beyond the plan's count (assumed).
func takes(r ycm.CreateCloudPBXRequest) (t store.Resources) {
	t[fleet.Extensions] = r.ExtensionCapacity
	t[fleet.Calls] = r.ConcurrentCallCapacity
	t[fleet.Recording] = max(0, r.RecordingCapacity-fleet.FreeMinutes)
	if r.Plan == fleet.UltimatePlan {
		t[fleet.Ultimate] = r.ExtensionCapacity
	}
	if r.TranscriptionCapacity != nil {
		t[fleet.Transcription] = *r.TranscriptionCapacity
	}
	return t
}
