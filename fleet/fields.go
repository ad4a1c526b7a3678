package fleet

import (
	"cmp"
	"strconv"
	"strings"
)

// Kind determines how a field is compared and shown.
type Kind uint8

// Kinds of fields.
const (
	TextField Kind = iota
	NumberField
	TimeField // Unix seconds
)

// Field is a field of a PBX: a member of YCM's CloudPbx, or a value that is derived from several members.
type Field uint8

// Fields of a PBX. Those from FieldExpires on aren't members of its record in YCM. For the others, Name returns YCM's
// name.
const (
	NoField Field = iota
	FieldID

	FieldStatus
	FieldActivation
	FieldName
	FieldSN
	FieldPlan
	FieldRecordingStatus
	FieldRegion
	FieldURL
	FieldType
	FieldVersion
	FieldGroup
	FieldCreator
	FieldUpgradeInPBX
	FieldIM
	FieldPasswordlessLogin
	FieldAllowSuperiorPasswordlessLogin
	FieldProvisioningViaTemplate
	FieldLastUsedTemplate

	FieldPlanExpirationDate
	FieldExtensionCapacity
	FieldConcurrentCallCapacity
	FieldRecordingCapacity
	FieldTranscriptionCapacity
	FieldTranscriptionCapacityPlan
	FieldTranscriptionCapacityAddon
	FieldUsedTranscription
	FieldExpirationDate
	FieldCreateTime
	FieldInitialStartUpTime
	FieldLastUsedTime
	FieldActiveCalls
	FieldUsedExtensions
	FieldUsedRecording
	FieldLastBackupTime
	FieldReceptionistCapacity
	FieldReceptionistCapacityPlan
	FieldReceptionistCapacityAddon
	FieldUsedReceptionist

	FieldExpires // the earlier of the PBX's and its plan's expiration dates
	FieldUsage   // the highest utilization of any resource, in millionths

	FieldCustomer // the names of the PBX's customers

	FieldOwner   // the email address of who looks after the PBX
	FieldRenewal // how far its renewal is
	FieldNext    // the next step of the renewal
	FieldNextOn  // the day of that step
	FieldNote    // the notes about the PBX, one after another
	FieldContact // the people, email addresses and phone numbers of its customers
)

const (
	firstText   = FieldStatus
	lastText    = FieldLastUsedTemplate
	firstNumber = FieldPlanExpirationDate
	lastNumber  = FieldUsedReceptionist
	firstDesk   = FieldOwner

	textCount   = lastText - firstText + 1
	numberCount = lastNumber - firstNumber + 1
)

// fieldInfo contains each field's name and kind.
var fieldInfo = [...]struct {
	name string
	kind Kind
}{
	NoField:                             {},
	FieldID:                             {"cloudPbxId", NumberField},
	FieldStatus:                         {"pbxStatus", TextField},
	FieldActivation:                     {"activationStatus", TextField},
	FieldName:                           {"name", TextField},
	FieldSN:                             {"sn", TextField},
	FieldPlan:                           {"plan", TextField},
	FieldRecordingStatus:                {"recordingStatus", TextField},
	FieldRegion:                         {"region", TextField},
	FieldURL:                            {"url", TextField},
	FieldType:                           {"type", TextField},
	FieldVersion:                        {"version", TextField},
	FieldGroup:                          {"group", TextField},
	FieldCreator:                        {"creator", TextField},
	FieldUpgradeInPBX:                   {"upgradeInPbx", TextField},
	FieldIM:                             {"im", TextField},
	FieldPasswordlessLogin:              {"passwordlessLogin", TextField},
	FieldAllowSuperiorPasswordlessLogin: {"allowSuperiorPasswordlessLogin", TextField},
	FieldProvisioningViaTemplate:        {"provisioningViaTemplate", TextField},
	FieldLastUsedTemplate:               {"lastUsedTemplate", TextField},
	FieldPlanExpirationDate:             {"planExpirationDate", TimeField},
	FieldExtensionCapacity:              {"extensionCapacity", NumberField},
	FieldConcurrentCallCapacity:         {"concurrentCallCapacity", NumberField},
	FieldRecordingCapacity:              {"recordingCapacity", NumberField},
	FieldTranscriptionCapacity:          {"transcriptionCapacity", NumberField},
	FieldTranscriptionCapacityPlan:      {"transcriptionCapacityPlan", NumberField},
	FieldTranscriptionCapacityAddon:     {"transcriptionCapacityAddon", NumberField},
	FieldUsedTranscription:              {"usedTranscription", NumberField},
	FieldExpirationDate:                 {"expirationDate", TimeField},
	FieldCreateTime:                     {"createTime", TimeField},
	FieldInitialStartUpTime:             {"initialStartUpTime", TimeField},
	FieldLastUsedTime:                   {"lastUsedTime", TimeField},
	FieldActiveCalls:                    {"activeCalls", NumberField},
	FieldUsedExtensions:                 {"usedExtensions", NumberField},
	FieldUsedRecording:                  {"usedRecording", NumberField},
	FieldLastBackupTime:                 {"lastBackupTime", TimeField},
	FieldReceptionistCapacity:           {"receptionistCapacity", NumberField},
	FieldReceptionistCapacityPlan:       {"receptionistCapacityPlan", NumberField},
	FieldReceptionistCapacityAddon:      {"receptionistCapacityAddon", NumberField},
	FieldUsedReceptionist:               {"usedReceptionist", NumberField},
	FieldExpires:                        {"expires", TimeField},
	FieldUsage:                          {"usage", NumberField},
	FieldCustomer:                       {"customer", TextField},
	FieldOwner:                          {"owner", TextField},
	FieldRenewal:                        {"renewal", TextField},
	FieldNext:                           {"next", TextField},
	FieldNextOn:                         {"nextOn", TimeField},
	FieldNote:                           {"note", TextField},
	FieldContact:                        {"contact", TextField},
}

// OwnFields are the fields of columns that aren't members of YCM's record.
var OwnFields = [...]Field{
	FieldExpires, FieldCustomer, FieldOwner, FieldRenewal, FieldNext, FieldNextOn, FieldNote, FieldContact,
}

var fieldsByName = func() map[string]Field {
	m := map[string]Field{}
	for _, f := range OwnFields {
		m[f.Name()] = f
	}
	for f := FieldID; f <= lastNumber; f++ {
		m[fieldInfo[f].name] = f
	}
	return m
}()

// Name returns YCM's name for the field. It returns a name of Cordboard's own, such as "customer", for a field that
// isn't a member of the record, and "" for NoField.
func (f Field) Name() string { return fieldInfo[f].name }

// Kind returns the field's kind.
func (f Field) Kind() Kind { return fieldInfo[f].kind }

// FieldByName returns the field that has the given name, in YCM or among OwnFields, and whether there is one.
func FieldByName(name string) (Field, bool) {
	f, ok := fieldsByName[name]
	return f, ok
}

// Fields returns all fields that YCM reports for a PBX, except the ID, in a fixed order.
func Fields() []Field {
	all := make([]Field, 0, lastNumber)
	for f := firstText; f <= lastNumber; f++ {
		all = append(all, f)
	}
	return all
}

// SortField returns the field with the given name if lists can be sorted by it. Lists can be sorted by any of YCM's
// fields, by "expires" and by "usage".
func SortField(name string) (Field, bool) {
	for _, f := range [...]Field{FieldExpires, FieldUsage} {
		if f.Name() == name {
			return f, true
		}
	}
	return FieldByName(name)
}

// CompareVersions compares firmware versions part by part, so that 84.9 comes before 84.12.
func CompareVersions(x, y string) int {
	if x == y {
		return 0
	}
	for x != "" && y != "" {
		var a, b string
		a, x, _ = strings.Cut(x, ".")
		b, y, _ = strings.Cut(y, ".")
		m, errM := strconv.Atoi(a)
		n, errN := strconv.Atoi(b)
		c := strings.Compare(a, b)
		if errM == nil && errN == nil {
			c = cmp.Compare(m, n)
		}
		if c != 0 {
			return c
		}
	}
	return strings.Compare(x, y)
}
