package create

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"cordboard/fleet"
	"cordboard/fleet/input"
	"cordboard/fleet/operations"
)

// validateFresh validates a form. If options are missing or don't include a chosen value, it reads them again and
// validates once more. The user may have chosen an option that is newer than the last reading.
func (k *Kind) validateFresh(ctx context.Context, form Form, zone *time.Location) (Draft, error) {
	d := k.c.Rules.Validate(form, zone)
	again := d.Unread
	for _, p := range d.Problems {
		if kind := kindOf[p.Field]; kind != "" && p.Code != input.Missing && input.Digits.MatchString(form.Get(p.Field)) &&
			k.c.Now().Sub(k.c.Rules.Options(kind).At) > freshOptions {
			again = append(again, kind)
		}
	}
	if len(again) > 0 {
		ctx, cancel := context.WithTimeout(ctx, k.c.PrecheckTimeout)
		defer cancel()
		k.c.Reload(ctx, again...)
		d = k.c.Rules.Validate(form, zone)
	}
	if len(d.Unread) > 0 && len(d.Problems) == 0 {
		return d, k.unreadError(d.Unread[0])
	}
	return d, nil
}

// unreadError returns the reason why options haven't been read.
func (k *Kind) unreadError(kind fleet.OptionKind) error {
	p := k.c.Rules.Options(kind).Problem
	if p.Kind == fleet.NoProblem {
		p = fleet.Problem{
			Kind:    fleet.NotYetRead,
			Message: string(kind),
			Err:     fmt.Errorf("%s are not loaded yet", kind),
		}
	}
	return &operations.UpstreamError{Problem: p}
}

// freshOptions is the maximum age at which options can be used to reject a value without being read again.
const freshOptions = 10 * time.Second

// kindOf maps form fields to the kinds of option that their values are chosen from. Customers are left out because
// reading them again for one form may take hundreds of requests.
var kindOf = map[string]fleet.OptionKind{
	"regionId":            fleet.Regions,
	"domainId":            fleet.Domains,
	"versionId":           fleet.Firmwares,
	"provisionTemplateId": fleet.Templates,
}

// OptionKindOf returns the kind of option that a field's value is chosen from, if any.
func OptionKindOf(field string) (fleet.OptionKind, bool) {
	if field == "customerIds" {
		return fleet.Customers, true
	}
	name, ok := kindOf[field]
	return name, ok
}

// precheck asks YCM whether a host name is taken and, concurrently, reads the subscription.
func (k *Kind) precheck(ctx context.Context, host string) (taken bool, r reading, err error) {
	ctx, cancel := context.WithTimeout(ctx, k.c.PrecheckTimeout)
	defer cancel()
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		taken, err = k.hostTakenUpstream(groupCtx, host)
		return err
	})
	group.Go(func() (err error) {
		r.Reading, r.mark, err = k.c.Subscriptions.Read(groupCtx, k.c.PrecheckTimeout)
		return err
	})
	if err := group.Wait(); err != nil {
		return false, r, &operations.UpstreamError{Problem: fleet.ProblemOf(err)}
	}
	return taken, r, nil
}
