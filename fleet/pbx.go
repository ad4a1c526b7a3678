// Package fleet is the portal's knowledge of PBXs and what it does with them. It mirrors YCM's list, reports how
// old the mirror is, and answers list queries from memory. It has no HTTP handlers.
package fleet

import (
	"encoding/json"
	"hash/fnv"
	"math"
	"strings"

	"cordboard/fold"
	"cordboard/opt"
	"cordboard/store"
	"cordboard/ycm"
)

// Absent stands for a number or time that YCM didn't report, which is not 0.
const Absent = math.MinInt64

// PBX is one PBX in the form that the list uses. A text that is "" or a number that is Absent was not reported.
// If YCM sent something else than a number, the number is Absent and Odd has what came. The same applies to times
// that are not instants.
type PBX struct {
	CloudPBXID int64
	GoneAt     int64 // Unix seconds; Absent: not gone
	texts      [len(textFields)]string
	numbers    [len(numberFields)]int64
	Odd        map[string]string // by field: what came instead of a number

	fold string // the folded text that a search matches
	hash uint64 // of the record's content

	seq    uint64 // the mirror's seq when the record was written; 0: before this start
	readAt int64  // Unix seconds; when the record was first read with this content
}

// textFields and numberFields are all members of CloudPbx in openapi.yaml except its ID, by YCM's names.
var (
	textFields = [...]string{
		"pbxStatus",
		"activationStatus",
		"name",
		"sn",
		"plan",
		"recordingStatus",
		"region",
		"url",
		"type",
		"version",
		"group",
		"creator",
		"upgradeInPbx",
		"im",
		"passwordlessLogin",
		"allowSuperiorPasswordlessLogin",
		"provisioningViaTemplate",
		"lastUsedTemplate",
	}
	numberFields = [...]string{
		"planExpirationDate",
		"extensionCapacity",
		"concurrentCallCapacity",
		"recordingCapacity",
		"transcriptionCapacity",
		"transcriptionCapacityPlan",
		"transcriptionCapacityAddon",
		"usedTranscription",
		"expirationDate",
		"createTime",
		"initialStartUpTime",
		"lastUsedTime",
		"activeCalls",
		"usedExtensions",
		"usedRecording",
		"lastBackupTime",
		"receptionistCapacity",
		"receptionistCapacityPlan",
		"receptionistCapacityAddon",
		"usedReceptionist",
	}
)

func textsOf(p *ycm.CloudPBX) [len(textFields)]ycm.Text {
	return [...]ycm.Text{
		p.PBXStatus,
		p.ActivationStatus,
		p.Name,
		p.SN,
		p.Plan,
		p.RecordingStatus,
		p.Region,
		p.URL,
		p.Type,
		p.Version,
		p.Group,
		creator(p.Creator),
		p.UpgradeInPBX,
		p.IM,
		p.PasswordlessLogin,
		p.AllowSuperiorPasswordlessLogin,
		p.ProvisioningViaTemplate,
		p.LastUsedTemplate,
	}
}

func numbersOf(p *ycm.CloudPBX) [len(numberFields)]ycm.Int {
	return [...]ycm.Int{
		seconds(p.PlanExpirationDate),
		p.ExtensionCapacity,
		p.ConcurrentCallCapacity,
		p.RecordingCapacity,
		p.TranscriptionCapacity,
		p.TranscriptionCapacityPlan,
		p.TranscriptionCapacityAddon,
		p.UsedTranscription,
		seconds(p.ExpirationDate),
		seconds(p.CreateTime),
		seconds(p.InitialStartUpTime),
		seconds(p.LastUsedTime),
		p.ActiveCalls,
		p.UsedExtensions,
		p.UsedRecording,
		seconds(p.LastBackupTime),
		p.ReceptionistCapacity,
		p.ReceptionistCapacityPlan,
		p.ReceptionistCapacityAddon,
		p.UsedReceptionist,
	}
}

// seconds returns a time as a number. A time that isn't a value has no number, but keeps what came.
func seconds(t ycm.Time) ycm.Int { return ycm.Int(t) }

// TimeState is what YCM sent for a time.
type TimeState int

// States of a time.
const (
	TimeKnown TimeState = iota
	TimeAbsent
	TimeNever     // YCM reports that there is none
	TimeMalformed // it can't be parsed; Raw has what came
)

// TimeState returns the state of a time field.
func (p *PBX) TimeState(field string) TimeState {
	f := fields[field]
	if f.Kind != TimeField {
		return TimeAbsent
	}
	raw, odd := p.Odd[field]
	switch {
	case p.number(f) != Absent:
		return TimeKnown
	case !odd:
		return TimeAbsent
	case ycm.ParseTime(raw).State == opt.Never:
		return TimeNever
	}
	return TimeMalformed
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

// shared are the fields with few distinct values.
var shared = map[string]bool{
	"pbxStatus":                      true,
	"activationStatus":               true,
	"plan":                           true,
	"recordingStatus":                true,
	"region":                         true,
	"type":                           true,
	"version":                        true,
	"group":                          true,
	"creator":                        true,
	"upgradeInPbx":                   true,
	"im":                             true,
	"passwordlessLogin":              true,
	"allowSuperiorPasswordlessLogin": true,
	"provisioningViaTemplate":        true,
	"lastUsedTemplate":               true,
}

// newPBX converts a record to the form that the list uses.
func newPBX(p *ycm.CloudPBX, words intern) *PBX {
	q := &PBX{CloudPBXID: p.CloudPBXID.N, GoneAt: Absent, hash: contentHash(p)}
	for i, text := range textsOf(p) {
		if shared[textFields[i]] {
			q.texts[i] = words.word(string(text))
		} else {
			q.texts[i] = string(text)
		}
	}
	for i, n := range numbersOf(p) {
		q.numbers[i] = Absent
		switch {
		case n.Known():
			q.numbers[i] = n.N
		case n.Raw != "":
			if q.Odd == nil {
				q.Odd = map[string]string{}
			}
			q.Odd[numberFields[i]] = n.Raw
		}
	}
	q.fold = q.foldSearched()
	return q
}

func fromStore(s store.PBX, words intern) (*PBX, error) {
	var record ycm.CloudPBX
	if err := json.Unmarshal(s.Record, &record); err != nil {
		return nil, err
	}
	p := newPBX(&record, words)
	p.CloudPBXID, p.readAt = s.CloudPBXID, s.ChangedAt.Unix()
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

// searched are the fields that a search matches.
var searched = [...]string{"name", "sn", "url", "group", "creator", "region", "version"}

// Searched returns the fields that a search matches.
func Searched() []string { return searched[:] }

func (p *PBX) foldSearched() string {
	var b strings.Builder
	for _, name := range searched {
		b.WriteString(fold.Text(p.Text(name)))
		b.WriteByte('\n') // no search word contains a newline, so no match spans two fields
	}
	return b.String()
}

// Text returns a text field, or "".
func (p *PBX) Text(name string) string {
	if f, ok := fields[name]; ok && f.Kind == TextField {
		return p.texts[f.index]
	}
	return ""
}

// Number returns a number or time, or Absent.
func (p *PBX) Number(name string) int64 {
	if f, ok := fields[name]; ok && f.Kind != TextField {
		return p.number(f)
	}
	return Absent
}

func (p *PBX) number(f Field) int64 {
	switch f.index {
	case idIndex:
		return p.CloudPBXID
	case expiresIndex:
		at, _ := p.Expires()
		return at
	case usageIndex:
		return p.highestShare()
	}
	return p.numbers[f.index]
}

// IsGone reports whether YCM no longer has the PBX.
func (p *PBX) IsGone() bool { return p.GoneAt != Absent }

// Usages are the usage and capacity fields of the resources for which a PBX is flagged.
var Usages = [...]struct{ Used, Capacity string }{
	{"usedExtensions", "extensionCapacity"},
	{"activeCalls", "concurrentCallCapacity"},
	{"usedRecording", "recordingCapacity"},
}

// usageFields are the fields of Usages.
var usageFields = func() (all [len(Usages)]struct{ used, capacity Field }) {
	for i, u := range Usages {
		all[i].used, all[i].capacity = fields[u.Used], fields[u.Capacity]
	}
	return all
}()

var (
	expirationDate     = fields["expirationDate"].index
	planExpirationDate = fields["planExpirationDate"].index
	createTime         = fields["createTime"].index
	initialStartUpTime = fields["initialStartUpTime"].index
	usedExtensions     = fields["usedExtensions"].index
	activationStatus   = fields["activationStatus"].index
	pbxStatus          = fields["pbxStatus"].index
	activationFacet    = facetIndex("activation")
)
