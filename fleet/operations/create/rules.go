package create

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/list"
	"cordboard/fold"
	"cordboard/store"
	"cordboard/ycm"
)

// Values and limits of YCM's API.
const (
	on           = "Enabled"
	off          = "Disabled"
	enterprise   = "Enterprise Plan"
	trial        = "Trial"
	commercial   = "Commercial"
	maxExtension = 500 // per PBX, according to YCM's portal guide
)

// Caps on form values. YCM's own caps are not known, so these are far above any legitimate value. The exceptions are
// maxLabel, which is the limit of DNS, and maxReason, which applies to a field that isn't sent to YCM.
const (
	maxPBXName = 255         // runes
	maxReason  = 200         // runes
	maxLabel   = 63          // bytes of a subdomain, which is one label of a host name
	maxCalls   = 100_000     // concurrent calls
	maxMinutes = 100_000_000 // recording or transcription minutes
	maxYears   = 50          // from now to the expiration date
)

// MaxCustomers is the maximum number of customers of one PBX. YCM's own cap is not known.
const MaxCustomers = 500

// These are the first firmware versions that support internal chat and transcription, respectively.
const (
	chatFirmware          = "84.12.0.32"
	transcriptionFirmware = "84.19.0.110"
)

func (v *validator) validateIdentity() {
	r := &v.Request
	if r.Name = v.text("name", maxPBXName); !fold.Shows(r.Name) {
		v.missing("name", "Enter a name for the PBX.")
	}
	v.validateCustomers()
	v.text("reason", maxReason)
}

func (v *validator) validateCustomers() {
	ids := v.Form.All("customerIds")
	options := v.rules.Options(fleet.Customers)
	switch {
	case len(ids) == 0:
		v.missing("customerIds", "Choose at least one customer.")
		return
	case len(ids) > MaxCustomers:
		v.problem("customerIds", "Choose at most %d customers.", MaxCustomers)
		return
	case options.At.IsZero():
		v.unread(fleet.Customers)
	}
	var names []string
	for _, s := range ids {
		id, err := strconv.ParseInt(s, 10, 64)
		e, known := options.ByID(id)
		switch {
		case err != nil || strconv.FormatInt(id, 10) != s:
			v.problem("customerIds", "“%s” isn’t a valid customer. Choose one from the list.", list.Shorten(s))
			return
		case !known && !options.At.IsZero():
			v.problem(
				"customerIds",
				"YCM has no customer with ID %s. Choose one from the list, or reload it.",
				list.Shorten(s),
			)
			return
		}
		names = append(names, e.Name)
		v.Request.CustomerIDs = append(v.Request.CustomerIDs, id)
	}
	v.Words["customerIds"] = strings.Join(names, "; ")
}

var (
	subDomain = regexp.MustCompile(`^[A-Za-z0-9-]+$`)
	dashAtEnd = regexp.MustCompile(`^-|-$`)
)

func (v *validator) validateLocation() {
	r := &v.Request
	region, _ := v.chosen("regionId", fleet.Regions, "region", "Choose a region.", 0)
	version, hasVersion := v.chosen("versionId", fleet.Firmwares, "firmware version", "Choose a firmware version.", region)
	domain, hasDomain := v.chosen("domainId", fleet.Domains, "domain", "Choose a domain.", region)
	r.RegionID = int32(region)   //nolint:gosec // chosen rejects larger IDs
	r.VersionID = int32(version) //nolint:gosec // as above
	r.DomainID = int32(domain)   //nolint:gosec // as above
	r.SubDomain = v.Form.Get("subDomain")
	switch {
	case r.SubDomain == "":
		v.missing("subDomain", "Enter the subdomain, the first part of the host name.")
	case strings.ContainsAny(r.SubDomain, " \t"):
		v.problem("subDomain", "“%s” contains a space. Use letters, digits and hyphens.", list.Shorten(r.SubDomain))
	case !subDomain.MatchString(r.SubDomain):
		v.problem(
			"subDomain",
			"“%s” contains a character that isn’t allowed in host names. Use letters, digits and hyphens.",
			list.Shorten(r.SubDomain),
		)
	case len(r.SubDomain) > maxLabel:
		v.problem("subDomain", "Use at most %d characters. You entered %d.", maxLabel, len(r.SubDomain))
	case dashAtEnd.MatchString(r.SubDomain):
		v.problem("subDomain", "The subdomain can’t begin or end with a hyphen.")
	case hasDomain:
		v.Host = r.SubDomain + "." + v.Words["domainId"]
	}
	v.validateFirmware(hasVersion)
}

// validateFirmware warns about features in use that the chosen version doesn't support. known reports whether a valid
// version was chosen.
func (v *validator) validateFirmware(known bool) {
	version := v.Words["versionId"]
	if !known {
		return
	}
	if v.Form.IsOn("im") && fleet.CompareVersions(version, chatFirmware) < 0 {
		v.warn("im", "Internal chat needs firmware %s or later; %s is older.", chatFirmware, version)
	}
	if s := v.Form.Get("transcriptionCapacity"); s != "" && s != "0" &&
		fleet.CompareVersions(version, transcriptionFirmware) < 0 {
		v.warn(
			"transcriptionCapacity",
			"Transcription needs firmware %s or later; %s is older.",
			transcriptionFirmware,
			version,
		)
	}
}

func (v *validator) validateSize() {
	r := &v.Request
	r.Plan = v.word("plan", "Choose a plan.", enterprise, fleet.UltimatePlan)
	var ok bool
	if r.ExtensionCapacity, ok = v.number(
		"extensionCapacity",
		1,
		maxExtension,
		"Enter the number of extensions.",
	); ok &&
		r.ExtensionCapacity < v.rules.MinExtensions {
		v.warn("extensionCapacity", "This account requires at least %d extensions per PBX.", v.rules.MinExtensions)
	}
	r.ConcurrentCallCapacity, _ = v.number(
		"concurrentCallCapacity",
		1,
		maxCalls,
		"Enter the number of concurrent calls.",
	)
	if n, ok := v.number("transcriptionCapacity", 0, maxMinutes, ""); ok && n > 0 {
		r.TranscriptionCapacity = &n
	}
	r.RecordingStatus = v.toggle("recordingStatus")
	missing := "Enter the recording minutes, or turn recording off."
	if r.RecordingStatus == off {
		missing = ""
	}
	n, ok := v.number("recordingCapacity", 0, maxMinutes, missing)
	switch {
	case !ok:
	case r.RecordingStatus == on && n == 0:
		v.problem("recordingCapacity", "Recording is on, so enter the minutes. At 0 minutes, YCM turns recording off.")
	case r.RecordingStatus == off && n > 0:
		v.problem(
			"recordingStatus",
			"Recording is off, but the minutes are set to %s. Turn recording on, or set the minutes to 0.",
			fold.Number(n),
		)
	}
	r.RecordingCapacity = n
}

// validateDates validates the type, the expiration date and what happens after it. The date becomes the last second of
// its day in now's time zone.
func (v *validator) validateDates(now time.Time) {
	r := &v.Request
	r.Type = v.word("type", "Choose a type.", trial, commercial)
	s := v.Form.Get("expirationDate")
	if s == "" {
		if r.Type == trial {
			v.warn("expirationDate", "A trial without an expiration date doesn’t end automatically.")
		}
		return
	}
	day, err := time.Parse(time.DateOnly, s)
	if err != nil {
		v.problem("expirationDate", "“%s” isn’t a date. Enter one such as 2027-03-31.", list.Shorten(s))
		return
	}
	end := fleet.EndOfDay(day, now.Location())
	switch {
	case fleet.DayNumber(day) < fleet.Day(now.Unix(), now.Location()):
		v.problem("expirationDate", "This date has passed. Choose today or a later date.")
	case day.After(now.AddDate(maxYears, 0, 0)):
		v.problem("expirationDate", "The date must be within the next %d years.", maxYears)
	}
	r.ExpirationDate = &end
	switch s := v.Form.Get("allowRunAfterExpirationDate"); s {
	case "true", "false":
		keep := s == "true"
		r.AllowRunAfterExpirationDate = &keep
	case "":
		v.missing("allowRunAfterExpirationDate", "Choose whether the PBX keeps running or stops after the date.")
	default:
		v.problem("allowRunAfterExpirationDate", "“%s” is neither true nor false.", list.Shorten(s))
	}
}

func (v *validator) validateAccess() {
	r := &v.Request
	r.PasswordlessLogin = v.toggle("passwordlessLogin")
	r.AllowSuperiorPasswordlessLogin = v.toggle("allowSuperiorPasswordlessLogin")
	if r.PasswordlessLogin == off {
		r.AllowSuperiorPasswordlessLogin = off // YCM ignores it without passwordless login
	}
	r.IM = v.toggle("im")
	r.UpgradeInPBX = v.toggle("upgradeInPbx")
}

func (v *validator) validateTemplate() {
	r := &v.Request
	r.ProvisioningViaTemplate = v.toggle("provisioningViaTemplate")
	id, ok := v.chosen("provisionTemplateId", fleet.Templates, "template", "", 0)
	switch {
	case v.Form.Get("provisionTemplateId") == "":
	case r.ProvisioningViaTemplate == off:
		v.problem(
			"provisionTemplateId",
			"A template is chosen, but provisioning via template is off. Turn it on, or remove the template.",
		)
	case ok:
		template := int32(id) //nolint:gosec // chosen rejects larger IDs
		r.ProvisionTemplateID = &template
	}
}

// ExtensionRange returns the number of extensions that a PBX of this account can have, as a range such as "1 to 500".
func (r Rules) ExtensionRange() string {
	return fmt.Sprintf("%d to %d", max(1, r.MinExtensions), maxExtension)
}

// takes returns the capacity that a PBX takes from the subscription. The first fleet.FreeMinutes recording minutes are
// free. TranscriptionCapacity is assumed to be only the minutes beyond those that the plan includes.
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
