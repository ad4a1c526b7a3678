package ycmtest

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

type createRequest struct {
	Name, Plan, RecordingStatus, SubDomain, Type                                                        *string
	UpgradeInPbx, Im, PasswordlessLogin, AllowSuperiorPasswordlessLogin, ProvisioningViaTemplate        *string
	ExtensionCapacity, ConcurrentCallCapacity, RecordingCapacity, TranscriptionCapacity, ExpirationDate *int64
	RegionID, DomainID, VersionID, ProvisionTemplateID                                                  *int32
	AllowRunAfterExpirationDate                                                                         *bool
	CustomerIDs                                                                                         *[]int64
}

var subDomain = regexp.MustCompile(`^[A-Za-z0-9-]+$`)

func (y *YCM) createCloudPbx(r *http.Request) (any, *failure) {
	var c createRequest
	if err := json.NewDecoder(r.Body).Decode(&c); err != nil || !c.complete() {
		return nil, invalidParameter
	}
	y.mu.Lock()
	defer y.mu.Unlock()
	host, version, fail := y.place(c)
	if fail != nil {
		return nil, fail
	}
	if _, taken := y.byURL[host]; taken {
		return nil, alreadyExists
	}
	if *c.RecordingCapacity == 0 {
		*c.RecordingStatus = "Disabled"
	}
	wanted := c.wanted()
	if !y.available().holds(wanted) {
		return nil, noCapacity
	}
	now := y.config.Now()
	record := c.record(serial(y.rand), host, version, now)
	p := y.add(record)
	p.customers = slices.Clone(*c.CustomerIDs)
	p.born, p.state = now, "Provisioning"
	return map[string]any{"cloudPbxId": p.id}, nil
}

// record returns the record of a PBX that YCM has just begun to provision.
func (c createRequest) record(sn, host, version string, now time.Time) map[string]any {
	record := map[string]any{
		"pbxStatus":                      "Provisioning",
		"activationStatus":               "Unactivated",
		"name":                           *c.Name,
		"sn":                             sn,
		"plan":                           *c.Plan,
		"extensionCapacity":              *c.ExtensionCapacity,
		"concurrentCallCapacity":         *c.ConcurrentCallCapacity,
		"recordingStatus":                *c.RecordingStatus,
		"recordingCapacity":              *c.RecordingCapacity,
		"region":                         regionName(*c.RegionID),
		"url":                            host,
		"type":                           *c.Type,
		"version":                        version,
		"createTime":                     now.Unix(),
		"upgradeInPbx":                   *c.UpgradeInPbx,
		"im":                             *c.Im,
		"passwordlessLogin":              *c.PasswordlessLogin,
		"allowSuperiorPasswordlessLogin": *c.AllowSuperiorPasswordlessLogin,
		"activeCalls":                    "0",
		"usedExtensions":                 "0",
		"usedRecording":                  "0",
		"planExpirationDate":             now.AddDate(1, 0, 0).Unix(),
		"creator": map[string]any{
			"firstName": "API",
			"lastName":  "Client",
			"email":     "api@example.com",
		},
	}
	if c.ExpirationDate != nil {
		record["expirationDate"] = *c.ExpirationDate
	}
	if c.ProvisioningViaTemplate != nil {
		record["provisioningViaTemplate"] = *c.ProvisioningViaTemplate
	}
	addon := c.wanted().transcription
	if strings.HasPrefix(version, "84.2") || addon > 0 {
		plan := planTranscription(*c.Plan)
		record["transcriptionCapacity"] = plan + addon
		record["transcriptionCapacityPlan"] = plan
		record["transcriptionCapacityAddon"] = addon
		record["usedTranscription"] = int64(0)
	}
	return record
}

// wanted returns the capacity that the PBX takes from the subscription.
func (c createRequest) wanted() resources {
	wanted := resources{
		extensions: *c.ExtensionCapacity,
		calls:      *c.ConcurrentCallCapacity,
		recording:  *c.RecordingCapacity,
	}
	if *c.Plan == ultimatePlan {
		wanted.ultimate = wanted.extensions
	}
	if c.TranscriptionCapacity != nil {
		wanted.transcription = *c.TranscriptionCapacity
	}
	return wanted
}

// complete reports whether every required member is present and valid. It doesn't check whether IDs exist; place checks
// the domain, the firmware and the region.
func (c createRequest) complete() bool {
	if c.ExtensionCapacity == nil || c.ConcurrentCallCapacity == nil || c.RecordingCapacity == nil ||
		c.RegionID == nil || c.DomainID == nil ||
		c.VersionID == nil || c.CustomerIDs == nil ||
		c.Name == nil ||
		*c.Name == "" ||
		c.SubDomain == nil ||
		!subDomain.MatchString(*c.SubDomain) {
		return false
	}
	if *c.ExtensionCapacity < 1 || *c.ExtensionCapacity > 500 || *c.ConcurrentCallCapacity < 1 ||
		*c.RecordingCapacity < 0 {
		return false
	}
	if c.ExpirationDate != nil && c.AllowRunAfterExpirationDate == nil {
		return false
	}
	for _, s := range []*string{
		c.RecordingStatus,
		c.UpgradeInPbx,
		c.Im,
		c.PasswordlessLogin,
		c.AllowSuperiorPasswordlessLogin,
	} {
		if s == nil || *s != "Enabled" && *s != "Disabled" {
			return false
		}
	}
	return c.Plan != nil && slices.Contains([]string{"Enterprise Plan", "Ultimate Plan"}, *c.Plan) &&
		c.Type != nil && slices.Contains([]string{"Trial", "Commercial"}, *c.Type)
}

// place returns the host name and the firmware version that c requests. The domain and the firmware must be available
// in c's region.
func (y *YCM) place(c createRequest) (host, version string, fail *failure) {
	for _, d := range domains {
		if d.id == *c.DomainID && d.region == *c.RegionID {
			host = *c.SubDomain + "." + d.name
		}
	}
	for _, f := range firmwares {
		if f.id == *c.VersionID && slices.Contains(f.regions, *c.RegionID) {
			version = f.version
		}
	}
	if host == "" || version == "" {
		return "", "", invalidParameter
	}
	return host, version, nil
}
