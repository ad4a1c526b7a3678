package create

import (
	"context"
	"errors"
	"strings"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/capacity"
	"cordboard/fleet/input"
	"cordboard/fleet/list"
	"cordboard/store"
	"cordboard/ycm"
)

// HostState is the result of checking a host name with YCM.
type HostState string

// States of a host name.
const (
	HostFree      HostState = "free"
	HostTaken     HostState = "taken"
	HostUnchecked HostState = "unchecked" // YCM could not be read
)

// hostCacheTTL is how long YCM's response for a host name is reused while a user fills in a form. maxHosts bounds the
// number of cached responses. Before an operation is stored, YCM is always asked again.
const (
	hostCacheTTL = 20 * time.Second
	maxHosts     = 500
)

type hostAnswer struct {
	state HostState
	at    time.Time
}

// CheckHost checks with YCM whether a host name is free or taken. It returns HostUnchecked if YCM can't be read before
// ctx ends.
func (k *Kind) CheckHost(ctx context.Context, host string) HostState {
	k.mu.Lock()
	known, ok := k.hosts[host]
	k.mu.Unlock()
	if ok && k.c.Now().Sub(known.at) < hostCacheTTL {
		return known.state
	}
	taken, err := k.hostTakenUpstream(ctx, host)
	state := HostFree
	switch {
	case err != nil:
		return HostUnchecked
	case taken:
		state = HostTaken
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.hosts) >= maxHosts {
		clear(k.hosts)
	}
	k.hosts[host] = hostAnswer{state, k.c.Now()}
	return state
}

// taken adds the problem that the host name is taken. If owner is the zero Finding, taken does nothing.
func (d *Draft) taken(owner input.Finding) {
	if owner.Code != "" {
		owner.Field, owner.Value = "subDomain", d.Host
		d.Problems = append(d.Problems, owner)
	}
}

// checkNames adds a problem if a PBX in the mirror or an open operation has the draft's host name, and a warning if a
// PBX has the draft's name.
func (k *Kind) checkNames(ctx context.Context, d *Draft) error {
	if name := d.Form.Get("name"); name != "" {
		d.warnOfName(namesakes(k.c.Mirror.Snapshot(), name))
	}
	if d.Host == "" {
		return nil
	}
	owner, err := k.hostOwner(ctx, d.Host)
	if err != nil {
		return err
	}
	d.taken(owner)
	return nil
}

// namesakes returns the PBXs in the fleet by nameKey: only those that are called like only, or all if it is "".
func namesakes(s *fleet.Snapshot, only string) map[string]*fleet.PBX {
	all := map[string]*fleet.PBX{}
	for _, p := range s.PBXs() {
		name := p.Text(fleet.FieldName)
		if p.IsGone() || only != "" && !strings.EqualFold(name, only) {
			continue
		}
		if key := nameKey(name); all[key] == nil {
			all[key] = p
		}
	}
	return all
}

// nameKey returns what names that differ only in case have in common.
func nameKey(name string) string { return strings.ToLower(name) }

// warnOfName adds a warning if a PBX has the draft's name. YCM allows that.
func (d *Draft) warnOfName(namesakes map[string]*fleet.PBX) {
	name := d.Form.Get("name")
	if p := namesakes[nameKey(name)]; p != nil && name != "" {
		d.Warnings = append(d.Warnings, input.Finding{
			Field: "name", Code: FindingNameInFleet, Number: p.CloudPBXID, Value: name, Name: p.Text(fleet.FieldURL),
		})
	}
}

// hostOwner returns a finding about the PBX in the mirror or the open operation that has the given host name. It
// returns the zero Finding if there is neither.
func (k *Kind) hostOwner(ctx context.Context, host string) (input.Finding, error) {
	if p := k.c.Mirror.Snapshot().ByHost(host); p != nil {
		name := list.Shorten(p.Text(fleet.FieldName))
		return input.Finding{Code: FindingHostInFleet, Number: p.CloudPBXID, Name: name}, nil
	}
	open, err := k.machine.Open(ctx)
	if err != nil {
		return input.Finding{}, err
	}
	return heldBy(open, host), nil
}

// heldBy returns a finding about the open operation that creates a PBX with the given host name, or the zero Finding.
func heldBy(open store.Pending, host string) input.Finding {
	if o := open.On(hostKey(host)); o != nil {
		return input.Finding{Code: FindingHostInOperation, Number: o.Number}
	}
	return input.Finding{}
}

// hostKey returns the target key of an operation that creates a PBX with the host name.
func hostKey(host string) string { return "host:" + strings.ToLower(host) }

// reading is a subscription reading with its mark.
type reading struct {
	capacity.Reading
	mark uint64
}

// hostTakenUpstream reports whether YCM has a PBX with the given host name. Only YCM's "not found" error means that the
// name is free.
func (k *Kind) hostTakenUpstream(ctx context.Context, host string) (bool, error) {
	_, err := k.c.YCM.GetCloudPBXByURL(ctx, host)
	if errors.Is(err, ycm.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}
