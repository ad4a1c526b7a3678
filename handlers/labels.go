package handlers

import "cordboard/fleet"

// labels are the fields' names for people.
var labels = map[string]string{
	"cloudPbxId": "ID", "pbxStatus": "Status", "activationStatus": "Activation", "name": "PBX", "sn": "Serial number", "plan": "Plan",
	"planExpirationDate": "Plan ends", "extensionCapacity": "Extension capacity", "concurrentCallCapacity": "Call capacity",
	"recordingStatus": "Call recording", "recordingCapacity": "Recording capacity, min", "transcriptionCapacity": "Transcription, min",
	"transcriptionCapacityPlan": "Transcription in plan, min", "transcriptionCapacityAddon": "Transcription on top, min",
	"usedTranscription": "Transcription used, min", "region": "Region", "url": "Host name", "type": "Type", "expirationDate": "PBX ends",
	"version": "Firmware", "group": "Group", "creator": "Creator", "createTime": "Created", "initialStartUpTime": "First started",
	"upgradeInPbx": "Firmware upgrade in the PBX", "im": "Internal chat (IM)", "passwordlessLogin": "Passwordless login",
	"allowSuperiorPasswordlessLogin": "Superior may use it", "provisioningViaTemplate": "Provisioning via template",
	"lastUsedTemplate": "Template last used", "lastUsedTime": "Template used at", "activeCalls": "Calls", "usedExtensions": "Extensions",
	"usedRecording": "Recording, min", "lastBackupTime": "Last backup", "expires": "Expires",
}

// columns are all fields in the order of the View menu; usualColumns those that are shown unless somebody chose.
var (
	columns = []string{
		"name", "pbxStatus", "activationStatus", "plan", "planExpirationDate", "expirationDate", "usedExtensions", "usedRecording", "activeCalls",
		"type", "region", "version", "group", "cloudPbxId", "sn", "url", "creator", "createTime", "initialStartUpTime", "lastBackupTime",
		"extensionCapacity", "concurrentCallCapacity", "recordingStatus", "recordingCapacity", "transcriptionCapacity",
		"transcriptionCapacityPlan", "transcriptionCapacityAddon", "usedTranscription", "upgradeInPbx", "im", "passwordlessLogin",
		"allowSuperiorPasswordlessLogin", "provisioningViaTemplate", "lastUsedTemplate", "lastUsedTime",
	}
	usualColumns = columns[:13]
)

var facetLabels = map[string]string{
	"status": "Status", "activation": "Activation", "plan": "Plan", "type": "Type", "region": "Region", "group": "Group",
	"version": "Firmware", "recording": "Recording", "attention": "Needs attention", "expires": "Expires", "usage": "Usage", "presence": "Presence",
}

// closedWords are the query's own words for people.
var closedWords = map[string]string{
	"overdue": "Overdue", "today": "Today", "7d": "Within 7 days", "30d": "Within 30 days", "60d": "Within 60 days", "90d": "Within 90 days",
	"later": "Later than 90 days", "none": "No date", "nearly-full": "Nearly full, from 80 %", "over": "Over capacity",
	"here": "There", "gone": "Gone", "all": "There and gone",
}

// attentionWords are the reasons to look at a PBX, for people.
var attentionWords = map[string]string{
	"overdue": "Overdue", "7d": "Ends within 7 days", "over": "Over capacity", "full": "95 % full or more", "not-activated": "Not activated after 7 days",
}

// usageOf finds the capacity that a used field is measured against.
func usageOf(used string) (capacity string, ok bool) {
	for _, u := range fleet.Usages {
		if u.Used == used {
			return u.Capacity, true
		}
	}
	return "", false
}
