package fleet

import (
	"encoding/json"
	"hash/fnv"
	"strings"

	"cordboard/opt"
	"cordboard/store"
	"cordboard/ycm"
)

// textsOf are the members of YCM's record that are texts.
var textsOf = map[Field]func(*ycm.CloudPBX) ycm.Text{
	FieldStatus:                         func(p *ycm.CloudPBX) ycm.Text { return p.PBXStatus },
	FieldActivation:                     func(p *ycm.CloudPBX) ycm.Text { return p.ActivationStatus },
	FieldName:                           func(p *ycm.CloudPBX) ycm.Text { return p.Name },
	FieldSN:                             func(p *ycm.CloudPBX) ycm.Text { return p.SN },
	FieldPlan:                           func(p *ycm.CloudPBX) ycm.Text { return p.Plan },
	FieldRecordingStatus:                func(p *ycm.CloudPBX) ycm.Text { return p.RecordingStatus },
	FieldRegion:                         func(p *ycm.CloudPBX) ycm.Text { return p.Region },
	FieldURL:                            func(p *ycm.CloudPBX) ycm.Text { return p.URL },
	FieldType:                           func(p *ycm.CloudPBX) ycm.Text { return p.Type },
	FieldVersion:                        func(p *ycm.CloudPBX) ycm.Text { return p.Version },
	FieldGroup:                          func(p *ycm.CloudPBX) ycm.Text { return p.Group },
	FieldCreator:                        func(p *ycm.CloudPBX) ycm.Text { return creator(p.Creator) },
	FieldUpgradeInPBX:                   func(p *ycm.CloudPBX) ycm.Text { return p.UpgradeInPBX },
	FieldIM:                             func(p *ycm.CloudPBX) ycm.Text { return p.IM },
	FieldPasswordlessLogin:              func(p *ycm.CloudPBX) ycm.Text { return p.PasswordlessLogin },
	FieldAllowSuperiorPasswordlessLogin: func(p *ycm.CloudPBX) ycm.Text { return p.AllowSuperiorPasswordlessLogin },
	FieldProvisioningViaTemplate:        func(p *ycm.CloudPBX) ycm.Text { return p.ProvisioningViaTemplate },
	FieldLastUsedTemplate:               func(p *ycm.CloudPBX) ycm.Text { return p.LastUsedTemplate },
}

// numbersOf are the members of YCM's record that are numbers or times.
var numbersOf = map[Field]func(*ycm.CloudPBX) opt.Int{
	FieldPlanExpirationDate:         func(p *ycm.CloudPBX) opt.Int { return p.PlanExpirationDate.Int },
	FieldExtensionCapacity:          func(p *ycm.CloudPBX) opt.Int { return p.ExtensionCapacity.Int },
	FieldConcurrentCallCapacity:     func(p *ycm.CloudPBX) opt.Int { return p.ConcurrentCallCapacity.Int },
	FieldRecordingCapacity:          func(p *ycm.CloudPBX) opt.Int { return p.RecordingCapacity.Int },
	FieldTranscriptionCapacity:      func(p *ycm.CloudPBX) opt.Int { return p.TranscriptionCapacity.Int },
	FieldTranscriptionCapacityPlan:  func(p *ycm.CloudPBX) opt.Int { return p.TranscriptionCapacityPlan.Int },
	FieldTranscriptionCapacityAddon: func(p *ycm.CloudPBX) opt.Int { return p.TranscriptionCapacityAddon.Int },
	FieldUsedTranscription:          func(p *ycm.CloudPBX) opt.Int { return p.UsedTranscription.Int },
	FieldExpirationDate:             func(p *ycm.CloudPBX) opt.Int { return p.ExpirationDate.Int },
	FieldCreateTime:                 func(p *ycm.CloudPBX) opt.Int { return p.CreateTime.Int },
	FieldInitialStartUpTime:         func(p *ycm.CloudPBX) opt.Int { return p.InitialStartUpTime.Int },
	FieldLastUsedTime:               func(p *ycm.CloudPBX) opt.Int { return p.LastUsedTime.Int },
	FieldActiveCalls:                func(p *ycm.CloudPBX) opt.Int { return p.ActiveCalls.Int },
	FieldUsedExtensions:             func(p *ycm.CloudPBX) opt.Int { return p.UsedExtensions.Int },
	FieldUsedRecording:              func(p *ycm.CloudPBX) opt.Int { return p.UsedRecording.Int },
	FieldLastBackupTime:             func(p *ycm.CloudPBX) opt.Int { return p.LastBackupTime.Int },
	FieldReceptionistCapacity:       func(p *ycm.CloudPBX) opt.Int { return p.ReceptionistCapacity.Int },
	FieldReceptionistCapacityPlan:   func(p *ycm.CloudPBX) opt.Int { return p.ReceptionistCapacityPlan.Int },
	FieldReceptionistCapacityAddon:  func(p *ycm.CloudPBX) opt.Int { return p.ReceptionistCapacityAddon.Int },
	FieldUsedReceptionist:           func(p *ycm.CloudPBX) opt.Int { return p.UsedReceptionist.Int },
}

// creator returns a creator as one text: "Wayne William <wayne@example.com>".
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

// intern keeps one copy of each text that many PBXs share.
type intern map[string]string

func (in intern) word(s string) string {
	if known, ok := in[s]; ok {
		return known
	}
	s = strings.Clone(s)
	in[s] = s
	return s
}

// unshared are the text fields that differ between PBXs.
var unshared = map[Field]bool{FieldName: true, FieldSN: true, FieldURL: true}

// newPBX converts a record to the form that the list uses.
func newPBX(record *ycm.CloudPBX, words intern) *PBX {
	text := func(f Field) string {
		s := string(textsOf[f](record))
		if unshared[f] {
			return s
		}
		return words.word(s)
	}
	p := NewPBX(record.CloudPBXID.N, text, func(f Field) opt.Int { return numbersOf[f](record) })
	p.Hash = contentHash(record)
	return p
}

func fromStore(s store.PBX, words intern) (*PBX, error) {
	var record ycm.CloudPBX
	if err := json.Unmarshal(s.Record, &record); err != nil {
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

// hashOf returns a hash of a record. Two different records have the same hash with a probability of 1 in 2^64.
func hashOf(raw []byte) uint64 {
	h := fnv.New64a()
	_, _ = h.Write(raw) // never fails
	return h.Sum64()
}
