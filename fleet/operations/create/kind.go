package create

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/operations"
	"cordboard/store"
	"cordboard/ycm"
)

// Action implements [operations.Kind].
func (k *Kind) Action() string { return "pbx.create" }

// Send implements [operations.Kind].
func (k *Kind) Send(ctx context.Context, o *store.Operation) (operations.Sent, error) {
	request, err := Body(o)
	if err != nil {
		return operations.Sent{}, fmt.Errorf("decode the create request: %w", err)
	}
	if o.Batch.ID != "" { // a form checks this before it is stored
		taken, err := k.hostTakenUpstream(ctx, o.Target.Name)
		if err != nil {
			return operations.Sent{}, &operations.NotSentError{Kind: store.FailureUnavailable, Err: err}
		}
		if taken {
			return operations.Sent{}, &operations.NotSentError{Kind: store.FailureExists, Err: errHeld}
		}
	}
	created, err := k.c.YCM.CreateCloudPBX(ctx, request)
	return operations.Sent{CloudPBXID: created.CloudPBXID, RequestID: created.RequestID}, err
}

// clockTolerance bounds how far a PBX's createTime, which YCM's clock sets, may precede the operation that the PBX is
// matched to.
const clockTolerance = 10 * time.Minute

// Prove implements [operations.Kind]. It looks for the PBX that the operation would have created: first by its host
// name, then among the newest PBXs in the list. Errors from the list are ignored, because YCM's response to the host
// name check is enough.
func (k *Kind) Prove(ctx context.Context, o *store.Operation) (operations.Proof, error) {
	host := o.Target.Name
	p, err := k.c.YCM.GetCloudPBXByURL(ctx, host)
	switch {
	case err == nil && strings.EqualFold(string(p.URL), host):
		return k.adopt(ctx, o, &p)
	case err != nil && !errors.Is(err, ycm.ErrNotFound):
		return operations.Proof{}, err
	}
	newest, err := k.c.YCM.ListCloudPBXs(ctx, ycm.ListOptions{PageSize: ycm.MaxPageSize, Sort: "-createTime"})
	if err != nil {
		return operations.Proof{}, nil //nolint:nilerr // YCM was already asked for the host name
	}
	for i := range newest.List {
		if p := &newest.List[i]; strings.EqualFold(string(p.URL), host) {
			return k.adopt(ctx, o, p)
		}
	}
	return operations.Proof{}, nil
}

// ProveLocally implements [operations.Kind]. It looks for the host name in the mirror.
func (k *Kind) ProveLocally(ctx context.Context, o *store.Operation) (operations.Proof, error) {
	p := k.c.Mirror.Snapshot().ByHost(o.Target.Name)
	if p == nil {
		return operations.Proof{}, nil
	}
	record := ycm.CloudPBX{CloudPBXID: ycm.NewInt(p.CloudPBXID)}
	if at := p.Number(fleet.FieldCreateTime); at != fleet.Absent {
		record.CreateTime = ycm.NewTime(at)
	}
	return k.adopt(ctx, o, &record)
}

// adopt returns the proof that an operation created p. The proof is empty if p has no ID, is much older than the
// operation, or belongs to another operation. It is also empty while another operation for the host name is open,
// because that one has precedence.
func (k *Kind) adopt(ctx context.Context, o *store.Operation, p *ycm.CloudPBX) (operations.Proof, error) {
	submitted := o.Times.SubmittedAt
	wasOlder := p.CreateTime.Known() && p.CreateTime.N > 0 && p.CreateTime.N < submitted.Add(-clockTolerance).Unix()
	// A submission time in the future means that the clock was wrong then, so the ages can't be compared.
	if p.CloudPBXID.N <= 0 || wasOlder && !submitted.After(k.c.Now()) {
		return operations.Proof{}, nil
	}
	open, err := k.machine.Open(ctx)
	if err != nil {
		return operations.Proof{}, err
	}
	if slices.ContainsFunc(open.Operations, func(other store.Operation) bool {
		return other.ID != o.ID && other.Target.Key == o.Target.Key
	}) {
		return operations.Proof{}, nil
	}
	other, err := k.machine.NewestOf(ctx, Name, store.Target{CloudPBXID: p.CloudPBXID.N})
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && other.ID == o.ID:
		return operations.Proof{Done: true, CloudPBXID: p.CloudPBXID.N}, nil
	case err != nil:
		return operations.Proof{}, err
	}
	return operations.Proof{}, nil
}

// maxReadingAge is the longest time for which a submission is assumed to use the subscription reading that it started
// with. Done remembers a created PBX for at least that long.
const maxReadingAge = time.Minute

// Done implements [operations.Kind]. It counts the created PBX's capacity as taken until a subscription reading
// includes the PBX. Further calls for the same operation have no effect.
func (k *Kind) Done(o *store.Operation) {
	_, read := k.c.Subscriptions.Last()
	k.mu.Lock()
	defer k.mu.Unlock()
	if slices.ContainsFunc(k.recent, func(p createdPBX) bool { return p.id == o.ID }) {
		return
	}
	old := k.c.Now().Add(-maxReadingAge)
	k.recent = slices.DeleteFunc(k.recent, func(p createdPBX) bool { return p.mark <= read && p.at.Before(old) })
	k.recent = append(k.recent, createdPBX{
		mark:  k.c.Subscriptions.Mark(),
		id:    o.ID,
		host:  o.Target.Name,
		at:    k.c.Now(),
		takes: o.Request.Takes,
	})
}

// Describe implements [operations.Kind]. The notes include the capacity that the PBX takes, and the subscription's
// available capacity before and after.
func (k *Kind) Describe(o *store.Operation, outcome string) (target string, notes []store.Note) {
	target = o.Target.Name
	if r, err := Body(o); err == nil {
		target = r.Name + " (" + o.Target.Name + ")"
	}
	notes = append(notes, store.NewNote(store.NoteOperation, o.Number))
	gone := outcome == store.OutcomeRefused || outcome == store.OutcomeFailed
	takes, available := o.Request.Takes, o.Request.Available
	for _, i := range fleet.ShownResources {
		if takes[i] == 0 && available[i] == fleet.Absent {
			continue // not in this subscription, or not reported when the operation was stored
		}
		before, after := "", ""
		if available[i] != fleet.Absent {
			before, after = number(available[i]), number(available[i]-takes[i])
		}
		if gone {
			after = before
		}
		notes = append(notes, store.NewNote(store.NoteTakes, fleet.Resources[i], takes[i], before, after))
	}
	return target, append(notes, operations.CommonNotes(o, outcome, k.c.WarningText)...)
}

// Body returns the decoded request of an operation that creates a PBX.
func Body(o *store.Operation) (ycm.CreateCloudPBXRequest, error) {
	var r ycm.CreateCloudPBXRequest
	err := json.Unmarshal(o.Request.Body, &r)
	return r, err
}

// FormOfOperation converts the request of an operation that creates a PBX back to a form. The expiration date is a day
// in zone. The form is empty if the operation is of another kind or its request can't be decoded.
func FormOfOperation(o *store.Operation, zone *time.Location) Form {
	r, err := Body(o)
	if err != nil || o.Kind != Name {
		return Form{}
	}
	form := Form{}
	for name, v := range map[string]string{
		"name":                           r.Name,
		"plan":                           r.Plan,
		"recordingStatus":                r.RecordingStatus,
		"subDomain":                      r.SubDomain,
		"type":                           r.Type,
		"upgradeInPbx":                   r.UpgradeInPBX,
		"im":                             r.IM,
		"passwordlessLogin":              r.PasswordlessLogin,
		"allowSuperiorPasswordlessLogin": r.AllowSuperiorPasswordlessLogin,
		"provisioningViaTemplate":        r.ProvisioningViaTemplate,
		"extensionCapacity":              number(r.ExtensionCapacity),
		"concurrentCallCapacity":         number(r.ConcurrentCallCapacity),
		"recordingCapacity":              number(r.RecordingCapacity),
		"regionId":                       number(r.RegionID),
		"domainId":                       number(r.DomainID),
		"versionId":                      number(r.VersionID),
		"reason":                         o.Request.Reason,
	} {
		if v != off {
			form.Set(name, v)
		}
	}
	if r.TranscriptionCapacity != nil {
		form.Set("transcriptionCapacity", number(*r.TranscriptionCapacity))
	}
	if r.ExpirationDate != nil {
		form.Set("expirationDate", time.Unix(*r.ExpirationDate, 0).In(zone).Format(time.DateOnly))
	}
	if r.AllowRunAfterExpirationDate != nil {
		form.Set("allowRunAfterExpirationDate", strconv.FormatBool(*r.AllowRunAfterExpirationDate))
	}
	if r.ProvisionTemplateID != nil {
		form.Set("provisionTemplateId", number(*r.ProvisionTemplateID))
	}
	for _, id := range r.CustomerIDs {
		form["customerIds"] = append(form["customerIds"], number(id))
	}
	return form
}

func number[T int32 | int64](n T) string { return strconv.FormatInt(int64(n), 10) }
