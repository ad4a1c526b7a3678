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
		v.missing("name")
	}
	v.validateCustomers()
	v.text("reason", maxReason)
}

func (v *validator) validateCustomers() {
	ids := v.Form.All("customerIds")
	options := v.rules.Options(fleet.Customers)
	switch {
	case len(ids) == 0:
		v.missing("customerIds")
		return
	case len(ids) > MaxCustomers:
		v.problem(Finding{Field: "customerIds", Code: FindingTooManyChosen, Limit: MaxCustomers})
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
			v.problem(Finding{Field: "customerIds", Code: FindingNotAnID, Value: list.Shorten(s)})
			return
		case !known && !options.At.IsZero():
			v.problem(Finding{Field: "customerIds", Code: FindingUnknownID, Value: list.Shorten(s)})
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
	region, _ := v.chosen("regionId", fleet.Regions, required, 0)
	version, hasVersion := v.chosen("versionId", fleet.Firmwares, required, region)
	domain, hasDomain := v.chosen("domainId", fleet.Domains, required, region)
	r.RegionID = int32(region)   //nolint:gosec // chosen rejects larger IDs
	r.VersionID = int32(version) //nolint:gosec // as above
	r.DomainID = int32(domain)   //nolint:gosec // as above
	r.SubDomain = v.Form.Get("subDomain")
	switch {
	case r.SubDomain == "":
		v.missing("subDomain")
	case strings.ContainsAny(r.SubDomain, " \t"):
		v.problem(Finding{Field: "subDomain", Code: FindingSpace, Value: list.Shorten(r.SubDomain)})
	case !subDomain.MatchString(r.SubDomain):
		v.problem(Finding{Field: "subDomain", Code: FindingBadCharacter, Value: list.Shorten(r.SubDomain)})
	case len(r.SubDomain) > maxLabel:
		v.problem(Finding{Field: "subDomain", Code: FindingTooLong, Number: int64(len(r.SubDomain)), Limit: maxLabel})
	case dashAtEnd.MatchString(r.SubDomain):
		v.problem(Finding{Field: "subDomain", Code: FindingHyphenAtEnd})
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
		v.warn(Finding{Field: "im", Code: FindingOldFirmware, Value: version, Name: chatFirmware})
	}
	if s := v.Form.Get("transcriptionCapacity"); s != "" && s != "0" &&
		fleet.CompareVersions(version, transcriptionFirmware) < 0 {
		v.warn(Finding{
			Field: "transcriptionCapacity",
			Code:  FindingOldFirmware,
			Value: version,
			Name:  transcriptionFirmware,
		})
	}
}

func (v *validator) validateSize() {
	r := &v.Request
	r.Plan = v.word("plan", enterprise, fleet.UltimatePlan)
	var ok bool
	if r.ExtensionCapacity, ok = v.number("extensionCapacity", required, 1, maxExtension); ok &&
		r.ExtensionCapacity < v.rules.MinExtensions {
		v.warn(Finding{Field: "extensionCapacity", Code: FindingFewExtensions, Limit: v.rules.MinExtensions})
	}
	r.ConcurrentCallCapacity, _ = v.number("concurrentCallCapacity", required, 1, maxCalls)
	if n, ok := v.number("transcriptionCapacity", optional, 0, maxMinutes); ok && n > 0 {
		r.TranscriptionCapacity = &n
	}
	r.RecordingStatus = v.toggle("recordingStatus")
	minutes := optional
	if r.RecordingStatus == on {
		minutes = required
	}
	n, ok := v.number("recordingCapacity", minutes, 0, maxMinutes)
	switch {
	case !ok:
	case r.RecordingStatus == on && n == 0:
		v.problem(Finding{Field: "recordingCapacity", Code: FindingNoMinutes})
	case r.RecordingStatus == off && n > 0:
		v.problem(Finding{Field: "recordingStatus", Code: FindingRecordingOff, Number: n})
	}
	r.RecordingCapacity = n
}

// validateDates validates the type, the expiration date and what happens after it. The date becomes the last second of
// its day in now's time zone.
func (v *validator) validateDates(now time.Time) {
	r := &v.Request
	r.Type = v.word("type", trial, commercial)
	s := v.Form.Get("expirationDate")
	if s == "" {
		if r.Type == trial {
			v.warn(Finding{Field: "expirationDate", Code: FindingEndlessTrial})
		}
		return
	}
	day, err := time.Parse(time.DateOnly, s)
	if err != nil {
		v.problem(Finding{Field: "expirationDate", Code: FindingNotADate, Value: list.Shorten(s)})
		return
	}
	end := fleet.EndOfDay(day, now.Location())
	switch {
	case fleet.DayNumber(day) < fleet.Day(now.Unix(), now.Location()):
		v.problem(Finding{Field: "expirationDate", Code: FindingDatePassed})
	case day.After(now.AddDate(maxYears, 0, 0)):
		v.problem(Finding{Field: "expirationDate", Code: FindingDateTooFar, Limit: maxYears})
	}
	r.ExpirationDate = &end
	switch s := v.Form.Get("allowRunAfterExpirationDate"); s {
	case "true", "false":
		keep := s == "true"
		r.AllowRunAfterExpirationDate = &keep
	case "":
		v.missing("allowRunAfterExpirationDate")
	default:
		v.problem(Finding{
			Field: "allowRunAfterExpirationDate",
			Code:  FindingNotTrueOrFalse,
			Value: list.Shorten(s),
		})
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
	id, ok := v.chosen("provisionTemplateId", fleet.Templates, optional, 0)
	switch {
	case v.Form.Get("provisionTemplateId") == "":
	case r.ProvisioningViaTemplate == off:
		v.problem(Finding{Field: "provisionTemplateId", Code: FindingProvisioningOff})
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
