package create

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/input"
	"cordboard/fleet/list"
	"cordboard/store"
	"cordboard/ycm"
)

// Values of YCM's API.
const (
	on         = input.On
	off        = input.Off
	enterprise = "Enterprise Plan"
	trial      = "Trial"
	commercial = "Commercial"
)

const (
	maxLabel = 63 // bytes of a subdomain, which is one label of a host name; the limit of DNS
	maxYears = 50 // from now to the expiration date, far above any legitimate value
)

// chatFirmware is the first firmware version that supports internal chat.
const chatFirmware = "84.12.0.32"

func (v *validator) validateIdentity() {
	v.Request.Name = v.Name(v.values())
	v.validateCustomers()
	v.Text(v.values(), "reason", input.MaxReason)
}

func (v *validator) validateCustomers() {
	ids := v.Form.All("customerIds")
	options := v.rules.Options(fleet.Customers)
	switch {
	case len(ids) == 0:
		v.Missing("customerIds")
		return
	case len(ids) > input.MaxCustomers:
		v.Problem(input.Finding{Field: "customerIds", Code: input.TooManyChosen, Limit: input.MaxCustomers})
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
			v.Problem(input.Finding{Field: "customerIds", Code: input.NotAnID, Value: list.Shorten(s)})
			return
		case !known && !options.At.IsZero():
			v.Problem(input.Finding{Field: "customerIds", Code: input.UnknownID, Value: list.Shorten(s)})
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
	region, _ := v.chosen("regionId", fleet.Regions, input.Required, 0)
	version, hasVersion := v.chosen("versionId", fleet.Firmwares, input.Required, region)
	domain, hasDomain := v.chosen("domainId", fleet.Domains, input.Required, region)
	r.RegionID = int32(region)   //nolint:gosec // chosen rejects larger IDs
	r.VersionID = int32(version) //nolint:gosec // as above
	r.DomainID = int32(domain)   //nolint:gosec // as above
	r.SubDomain = v.Form.Get("subDomain")
	switch {
	case r.SubDomain == "":
		v.Missing("subDomain")
	case strings.ContainsAny(r.SubDomain, " \t"):
		v.Problem(input.Finding{Field: "subDomain", Code: FindingSpace, Value: list.Shorten(r.SubDomain)})
	case !subDomain.MatchString(r.SubDomain):
		v.Problem(input.Finding{Field: "subDomain", Code: FindingBadCharacter, Value: list.Shorten(r.SubDomain)})
	case len(r.SubDomain) > maxLabel:
		v.Problem(input.Finding{Field: "subDomain", Code: input.TooLong, Number: int64(len(r.SubDomain)), Limit: maxLabel})
	case dashAtEnd.MatchString(r.SubDomain):
		v.Problem(input.Finding{Field: "subDomain", Code: FindingHyphenAtEnd})
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
		v.Warn(input.Finding{Field: "im", Code: input.OldFirmware, Value: version, Name: chatFirmware})
	}
	if s := v.Form.Get("transcriptionCapacity"); s != "" && s != "0" &&
		fleet.CompareVersions(version, input.TranscriptionFirmware) < 0 {
		v.Warn(input.Finding{
			Field: "transcriptionCapacity",
			Code:  input.OldFirmware,
			Value: version,
			Name:  input.TranscriptionFirmware,
		})
	}
}

func (v *validator) validateSize() {
	r := &v.Request
	r.Plan = v.Word(v.values(), "plan", enterprise, fleet.UltimatePlan)
	var ok bool
	extensions := input.Range{From: 1, To: input.MaxExtensions}
	calls := input.Range{From: 1, To: input.MaxCalls}
	minutes := input.Range{From: 0, To: input.MaxMinutes}
	if r.ExtensionCapacity, ok = v.Number(v.values(), "extensionCapacity", input.Required, extensions); ok &&
		r.ExtensionCapacity < v.rules.MinExtensions {
		v.Warn(input.Finding{Field: "extensionCapacity", Code: input.FewExtensions, Limit: v.rules.MinExtensions})
	}
	r.ConcurrentCallCapacity, _ = v.Number(v.values(), "concurrentCallCapacity", input.Required, calls)
	if n, ok := v.Number(v.values(), "transcriptionCapacity", input.Optional, minutes); ok && n > 0 {
		r.TranscriptionCapacity = &n
	}
	r.RecordingStatus, r.RecordingCapacity = v.Recording(v.values())
}

// validateDates validates the type, the expiration date and what happens after it. The date becomes the last second of
// its day in now's time zone.
func (v *validator) validateDates(now time.Time) {
	r := &v.Request
	r.Type = v.Word(v.values(), "type", trial, commercial)
	day, ok := v.Date(v.values(), "expirationDate", input.Optional, now, maxYears)
	switch {
	case v.Form.Get("expirationDate") == "":
		if r.Type == trial {
			v.Warn(input.Finding{Field: "expirationDate", Code: FindingEndlessTrial})
		}
		return
	case ok:
		end := fleet.EndOfDay(day, now.Location())
		r.ExpirationDate = &end
	}
	switch s := v.Form.Get("allowRunAfterExpirationDate"); s {
	case "true", "false":
		keep := s == "true"
		r.AllowRunAfterExpirationDate = &keep
	case "":
		v.Missing("allowRunAfterExpirationDate")
	default:
		v.Problem(input.Finding{
			Field: "allowRunAfterExpirationDate",
			Code:  FindingNotTrueOrFalse,
			Value: list.Shorten(s),
		})
	}
}

func (v *validator) validateAccess() {
	r := &v.Request
	r.PasswordlessLogin = v.Switch(v.values(), "passwordlessLogin")
	r.AllowSuperiorPasswordlessLogin = v.Switch(v.values(), "allowSuperiorPasswordlessLogin")
	if r.PasswordlessLogin == off {
		r.AllowSuperiorPasswordlessLogin = off // YCM ignores it without passwordless login
	}
	r.IM = v.Switch(v.values(), "im")
	r.UpgradeInPBX = v.Switch(v.values(), "upgradeInPbx")
}

func (v *validator) validateTemplate() {
	r := &v.Request
	r.ProvisioningViaTemplate = v.Switch(v.values(), "provisioningViaTemplate")
	id, ok := v.chosen("provisionTemplateId", fleet.Templates, input.Optional, 0)
	switch {
	case v.Form.Get("provisionTemplateId") == "":
	case r.ProvisioningViaTemplate == off:
		v.Problem(input.Finding{Field: "provisionTemplateId", Code: FindingProvisioningOff})
	case ok:
		template := int32(id) //nolint:gosec // chosen rejects larger IDs
		r.ProvisionTemplateID = &template
	}
}

// ExtensionRange returns the number of extensions that a PBX of this account can have, as a range such as "1 to 500".
func (r Rules) ExtensionRange() string {
	return fmt.Sprintf("%d to %d", max(1, r.MinExtensions), input.MaxExtensions)
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
