package mirror

import (
	"hash/maphash"
	"strings"

	"cordboard/fleet"
	"cordboard/opt"
	"cordboard/store"
	"cordboard/ycm"
)

// textsOf maps each text field to a function that returns its value in YCM's record.
var textsOf = map[fleet.Field]func(*ycm.CloudPBX) ycm.Text{
	fleet.FieldStatus:                         func(p *ycm.CloudPBX) ycm.Text { return p.PBXStatus },
	fleet.FieldActivation:                     func(p *ycm.CloudPBX) ycm.Text { return p.ActivationStatus },
	fleet.FieldName:                           func(p *ycm.CloudPBX) ycm.Text { return p.Name },
	fleet.FieldSN:                             func(p *ycm.CloudPBX) ycm.Text { return p.SN },
	fleet.FieldPlan:                           func(p *ycm.CloudPBX) ycm.Text { return p.Plan },
	fleet.FieldRecordingStatus:                func(p *ycm.CloudPBX) ycm.Text { return p.RecordingStatus },
	fleet.FieldRegion:                         func(p *ycm.CloudPBX) ycm.Text { return p.Region },
	fleet.FieldURL:                            func(p *ycm.CloudPBX) ycm.Text { return p.URL },
	fleet.FieldType:                           func(p *ycm.CloudPBX) ycm.Text { return p.Type },
	fleet.FieldVersion:                        func(p *ycm.CloudPBX) ycm.Text { return p.Version },
	fleet.FieldGroup:                          func(p *ycm.CloudPBX) ycm.Text { return p.Group },
	fleet.FieldCreator:                        func(p *ycm.CloudPBX) ycm.Text { return creator(p.Creator) },
	fleet.FieldUpgradeInPBX:                   func(p *ycm.CloudPBX) ycm.Text { return p.UpgradeInPBX },
	fleet.FieldIM:                             func(p *ycm.CloudPBX) ycm.Text { return p.IM },
	fleet.FieldPasswordlessLogin:              func(p *ycm.CloudPBX) ycm.Text { return p.PasswordlessLogin },
	fleet.FieldAllowSuperiorPasswordlessLogin: func(p *ycm.CloudPBX) ycm.Text { return p.AllowSuperiorPasswordlessLogin },
	fleet.FieldProvisioningViaTemplate:        func(p *ycm.CloudPBX) ycm.Text { return p.ProvisioningViaTemplate },
	fleet.FieldLastUsedTemplate:               func(p *ycm.CloudPBX) ycm.Text { return p.LastUsedTemplate },
}

// numbersOf maps each number or time field to a function that returns its value in YCM's record.
var numbersOf = map[fleet.Field]func(*ycm.CloudPBX) opt.Int{
	fleet.FieldPlanExpirationDate:         func(p *ycm.CloudPBX) opt.Int { return p.PlanExpirationDate.Int },
	fleet.FieldExtensionCapacity:          func(p *ycm.CloudPBX) opt.Int { return p.ExtensionCapacity.Int },
	fleet.FieldConcurrentCallCapacity:     func(p *ycm.CloudPBX) opt.Int { return p.ConcurrentCallCapacity.Int },
	fleet.FieldRecordingCapacity:          func(p *ycm.CloudPBX) opt.Int { return p.RecordingCapacity.Int },
	fleet.FieldTranscriptionCapacity:      func(p *ycm.CloudPBX) opt.Int { return p.TranscriptionCapacity.Int },
	fleet.FieldTranscriptionCapacityPlan:  func(p *ycm.CloudPBX) opt.Int { return p.TranscriptionCapacityPlan.Int },
	fleet.FieldTranscriptionCapacityAddon: func(p *ycm.CloudPBX) opt.Int { return p.TranscriptionCapacityAddon.Int },
	fleet.FieldUsedTranscription:          func(p *ycm.CloudPBX) opt.Int { return p.UsedTranscription.Int },
	fleet.FieldExpirationDate:             func(p *ycm.CloudPBX) opt.Int { return p.ExpirationDate.Int },
	fleet.FieldCreateTime:                 func(p *ycm.CloudPBX) opt.Int { return p.CreateTime.Int },
	fleet.FieldInitialStartUpTime:         func(p *ycm.CloudPBX) opt.Int { return p.InitialStartUpTime.Int },
	fleet.FieldLastUsedTime:               func(p *ycm.CloudPBX) opt.Int { return p.LastUsedTime.Int },
	fleet.FieldActiveCalls:                func(p *ycm.CloudPBX) opt.Int { return p.ActiveCalls.Int },
	fleet.FieldUsedExtensions:             func(p *ycm.CloudPBX) opt.Int { return p.UsedExtensions.Int },
	fleet.FieldUsedRecording:              func(p *ycm.CloudPBX) opt.Int { return p.UsedRecording.Int },
	fleet.FieldLastBackupTime:             func(p *ycm.CloudPBX) opt.Int { return p.LastBackupTime.Int },
	fleet.FieldReceptionistCapacity:       func(p *ycm.CloudPBX) opt.Int { return p.ReceptionistCapacity.Int },
	fleet.FieldReceptionistCapacityPlan:   func(p *ycm.CloudPBX) opt.Int { return p.ReceptionistCapacityPlan.Int },
	fleet.FieldReceptionistCapacityAddon:  func(p *ycm.CloudPBX) opt.Int { return p.ReceptionistCapacityAddon.Int },
	fleet.FieldUsedReceptionist:           func(p *ycm.CloudPBX) opt.Int { return p.UsedReceptionist.Int },
}

// creator returns a creator as one string, such as "Wayne William <wayne@example.com>".
func creator(c ycm.Creator) ycm.Text {
	name := strings.TrimSpace(string(c.FirstName) + " " + string(c.LastName))
	switch {
	case c.Email == "":
		return ycm.Text(name)
	case name == "":
		return c.Email
	}
	return ycm.Text(name) + " <" + c.Email + ">"
}

// intern keeps one copy of each string that many PBXs share.
type intern map[string]string

func (in intern) word(s string) string {
	if known, ok := in[s]; ok {
		return known
	}
	s = strings.Clone(s)
	in[s] = s
	return s
}

// unshared lists the text fields whose values usually differ between PBXs.
var unshared = map[fleet.Field]bool{fleet.FieldName: true, fleet.FieldSN: true, fleet.FieldURL: true}

// newPBX converts a YCM record to a PBX.
func newPBX(record *ycm.CloudPBX, words intern) *fleet.PBX {
	text := func(f fleet.Field) string {
		s := string(textsOf[f](record))
		if unshared[f] {
			return s
		}
		return words.word(s)
	}
	p := fleet.NewPBX(record.CloudPBXID.N, text, func(f fleet.Field) opt.Int { return numbersOf[f](record) })
	p.Hash = contentHash(record)
	return p
}

func fromStore(s store.PBX, words intern) (*fleet.PBX, error) {
	var record ycm.CloudPBX
	if err := record.UnmarshalJSON(s.Record); err != nil { // the JSON was checked when it was read from YCM
		return nil, err
	}
	record.CloudPBXID = ycm.NewInt(s.CloudPBXID)
	p := newPBX(&record, words)
	p.ReadAt = s.ChangedAt.Unix()
	if !s.GoneAt.IsZero() {
		p.GoneAt = s.GoneAt.Unix()
	}
	return p, nil
}

// seed makes hashes differ between processes. Different records have the same hash with a probability of 1 in 2^64.
var seed = maphash.MakeSeed()
