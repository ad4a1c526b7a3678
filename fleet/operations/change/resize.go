package change

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"

	"cordboard/fleet"
	"cordboard/fleet/input"
	"cordboard/fleet/operations"
	"cordboard/opt"
	"cordboard/store"
	"cordboard/ycm"
)

// sizeFields are the fields that a resize replaces.
var sizeFields = []fleet.Field{
	fleet.FieldExtensionCapacity,
	fleet.FieldConcurrentCallCapacity,
	fleet.FieldRecordingStatus,
	fleet.FieldRecordingCapacity,
	fleet.FieldTranscriptionCapacityAddon,
}

// fillResize returns the form with the PBX's current size.
func fillResize(p *fleet.PBX, _ Owners) url.Values {
	form := url.Values{}
	for _, field := range sizeFields[:4] {
		form.Set(field.Name(), p.Raw(field))
	}
	if n := addon(p); n.Known() {
		form.Set("transcriptionCapacity", strconv.FormatInt(n.N, 10))
	}
	if p.Text(fleet.FieldRecordingStatus) != input.On {
		form.Del(fleet.FieldRecordingStatus.Name())
	}
	return form
}

// addon returns a PBX's transcription minutes on top of the plan's.
func addon(p *fleet.PBX) opt.Int {
	if n := p.Value(fleet.FieldTranscriptionCapacityAddon); n.Known() {
		return n
	}
	all, plan := p.Value(fleet.FieldTranscriptionCapacity), p.Value(fleet.FieldTranscriptionCapacityPlan)
	if all.Known() && plan.Known() {
		return opt.New(all.N - plan.N)
	}
	return opt.Int{}
}

// planResize plans a new size. A number that the form doesn't have stays as it is.
func planResize(v *planner) {
	p := v.PBX
	size := ycm.ResizeCloudPBXRequest{
		ExtensionCapacity:      v.size(fleet.FieldExtensionCapacity, input.Range{From: 1, To: input.MaxExtensions}),
		ConcurrentCallCapacity: v.size(fleet.FieldConcurrentCallCapacity, input.Range{From: 1, To: input.MaxCalls}),
		RecordingStatus:        v.Switch(v.form, fleet.FieldRecordingStatus.Name()),
		RecordingCapacity: v.size(
			fleet.FieldRecordingCapacity,
			input.Range{From: max(0, p.Number(fleet.FieldRecordingCapacity)), To: input.MaxMinutes},
		),
	}
	if size.RecordingStatus == input.On && size.RecordingCapacity == 0 && len(v.Problems) == 0 {
		v.Problem(input.Finding{Field: fleet.FieldRecordingCapacity.Name(), Code: input.NoMinutes})
	}
	if size.RecordingStatus == input.Off && size.RecordingCapacity > max(0, p.Number(fleet.FieldRecordingCapacity)) {
		v.Problem(input.Finding{
			Field: fleet.FieldRecordingStatus.Name(), Code: input.RecordingOff, Number: size.RecordingCapacity,
		})
	}
	size.TranscriptionCapacity = v.transcription()
	if len(v.Problems) > 0 {
		return
	}
	v.change(fleet.FieldExtensionCapacity, number(size.ExtensionCapacity))
	v.change(fleet.FieldConcurrentCallCapacity, number(size.ConcurrentCallCapacity))
	v.changeSwitch(fleet.FieldRecordingStatus, size.RecordingStatus)
	v.change(fleet.FieldRecordingCapacity, number(size.RecordingCapacity))
	if n := addon(p); size.TranscriptionCapacity != nil && (!n.Known() || n.N != *size.TranscriptionCapacity) {
		v.change(fleet.FieldTranscriptionCapacityAddon, number(*size.TranscriptionCapacity))
	}
	v.warnOfSize(size)
	v.takes(size)
	v.encode(size)
}

// size returns the value of a field of the form, or the current value if the form doesn't have the field.
func (v *planner) size(field fleet.Field, in input.Range) int64 {
	if n := v.PBX.Value(field); !v.form.Has(field.Name()) && n.Known() {
		return n.N
	}
	n, _ := v.Number(v.form, field.Name(), input.Required, in)
	return n
}

// transcription returns the transcription minutes on top of the plan's. It returns nil if neither the form nor YCM has
// them.
func (v *planner) transcription() *int64 {
	const field = "transcriptionCapacity"
	n := addon(v.PBX)
	if !v.form.Has(field) {
		if !n.Known() {
			return nil
		}
		return &n.N
	}
	minutes, ok := v.Number(v.form, field, input.Optional, input.Range{From: 0, To: input.MaxMinutes})
	if !ok && !n.Known() {
		return nil
	}
	version := v.PBX.Text(fleet.FieldVersion)
	if minutes > 0 && minutes != n.N && fleet.CompareVersions(version, input.TranscriptionFirmware) < 0 {
		v.Warn(input.Finding{
			Field: field,
			Code:  input.OldFirmware,
			Value: version,
			Name:  input.TranscriptionFirmware,
		})
	}
	return &minutes
}

// warnOfSize adds warnings if the PBX uses more than its new size, or if it is smaller than the account allows.
func (v *planner) warnOfSize(size ycm.ResizeCloudPBXRequest) {
	for _, u := range []struct {
		field, used fleet.Field
		n           int64
	}{
		{fleet.FieldExtensionCapacity, fleet.FieldUsedExtensions, size.ExtensionCapacity},
		{fleet.FieldConcurrentCallCapacity, fleet.FieldActiveCalls, size.ConcurrentCallCapacity},
	} {
		if used := v.PBX.Number(u.used); used != fleet.Absent && used > u.n {
			v.Warn(input.Finding{Field: u.field.Name(), Code: FindingBelowUse, Number: used})
		}
	}
	before := v.PBX.Number(fleet.FieldExtensionCapacity)
	if size.ExtensionCapacity < v.minExtensions && size.ExtensionCapacity != before {
		v.Warn(input.Finding{
			Field: fleet.FieldExtensionCapacity.Name(),
			Code:  input.FewExtensions,
			Limit: v.minExtensions,
		})
	}
}

// takes adds what the new size takes from the subscription beyond the current one. What it gives back counts only once
// YCM reports it.
func (v *planner) takes(size ycm.ResizeCloudPBXRequest) {
	more := func(resource int, field fleet.Field, n, free int64) {
		v.Takes[resource] = max(0, max(0, n-free)-max(0, max(0, v.PBX.Number(field))-free))
	}
	more(fleet.Extensions, fleet.FieldExtensionCapacity, size.ExtensionCapacity, 0)
	more(fleet.Calls, fleet.FieldConcurrentCallCapacity, size.ConcurrentCallCapacity, 0)
	more(fleet.Recording, fleet.FieldRecordingCapacity, size.RecordingCapacity, fleet.FreeMinutes)
	if v.PBX.Text(fleet.FieldPlan) == fleet.UltimatePlan {
		v.Takes[fleet.Ultimate] = v.Takes[fleet.Extensions]
	}
	if size.TranscriptionCapacity != nil {
		v.Takes[fleet.Transcription] = max(0, *size.TranscriptionCapacity-max(0, addon(v.PBX).N))
	}
}

// encode sets the body of the request.
func (v *planner) encode(body any) {
	b, err := json.Marshal(body)
	if err != nil {
		panic(fmt.Sprintf("encode %T: %v", body, err)) // plain values can always be encoded
	}
	v.body = b
}

func sendResize(ctx context.Context, y YCM, o *store.Operation) (operations.Sent, error) {
	var size ycm.ResizeCloudPBXRequest
	if err := json.Unmarshal(o.Request.Body, &size); err != nil {
		return operations.Sent{}, fmt.Errorf("decode the resize request: %w", err)
	}
	done, err := y.ResizeCloudPBX(ctx, o.Target.CloudPBXID, size)
	return sent(o, done), err
}

func number(n int64) string { return strconv.FormatInt(n, 10) }
