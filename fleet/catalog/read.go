package catalog

import (
	"context"
	"fmt"
	"math"
	"slices"

	"cordboard/fleet"
	"cordboard/fold"
	"cordboard/ycm"
)

// readNow reads options from YCM. If that fails, it keeps the last good list and records the problem. If ctx has
// ended, the failure isn't YCM's fault, so readNow records nothing.
//
// The pages of a list may be older than what Know was called with meanwhile, so that replaces what the list has.
func (g *Catalog) readNow(ctx context.Context, kind fleet.OptionKind) {
	if kind == fleet.Customers {
		g.mu.Lock()
		g.known = nil
		g.mu.Unlock()
	}
	options, err := g.fetch(ctx, kind)
	if err != nil && ctx.Err() != nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tried[kind] = g.c.Now()
	if err != nil {
		g.c.Log.Error("read options", "kind", kind, "err", err)
		g.lists[kind] = g.lists[kind].With(fleet.ProblemOf(err))
		return
	}
	g.lists[kind] = fleet.NewOptions(g.tried[kind], options)
	if kind == fleet.Customers {
		for _, c := range g.known {
			g.lists[kind] = g.lists[kind].Knowing(c)
		}
	}
}

func (g *Catalog) fetch(ctx context.Context, kind fleet.OptionKind) (_ []fleet.Option, err error) {
	var list optionList
	switch kind {
	case fleet.Regions:
		var regions []ycm.Region
		regions, err = g.c.YCM.ListRegions(ctx)
		for _, r := range regions {
			list.add(r.RegionID, string(r.Region))
		}
	case fleet.Domains:
		return g.askDomains(ctx)
	case fleet.Firmwares:
		var versions []ycm.Firmware
		versions, err = g.c.YCM.ListFirmwares(ctx)
		for _, v := range versions {
			list.add(v.VersionID, string(v.Version), v.RegionIDs...)
		}
		// Sort the versions newest first.
		slices.SortStableFunc(
			list.options,
			func(a, b fleet.Option) int { return fleet.CompareVersions(b.Name, a.Name) },
		)
	case fleet.Templates:
		var templates []ycm.ProvisioningTemplate
		templates, err = g.c.YCM.ListProvisioningTemplates(ctx)
		for _, t := range templates {
			list.add(t.ID, string(t.Name))
		}
	case fleet.Customers:
		return g.askCustomers(ctx)
	default:
		return nil, fmt.Errorf("unknown kind of options %q", kind)
	}
	return list.options, err
}

// maxRegions limits the number of regions in a request for domains, because the region IDs are in the URL.
const maxRegions = 200

// askDomains reads the domains. YCM's call requires region IDs, so the regions are read first if they are unknown.
func (g *Catalog) askDomains(ctx context.Context) ([]fleet.Option, error) {
	if g.Options(fleet.Regions).At.IsZero() {
		g.Reload(ctx, fleet.Regions)
	}
	var ids []int32
	for _, r := range g.Options(fleet.Regions).All {
		if r.ID > 0 && r.ID <= math.MaxInt32 && len(ids) < maxRegions {
			ids = append(ids, int32(r.ID))
		}
	}
	if len(ids) == 0 {
		if p := g.Options(fleet.Regions).Problem; p.Kind != fleet.NoProblem {
			return nil, p
		}
		return nil, ctx.Err()
	}
	domains, err := g.c.YCM.ListDomains(ctx, ids...)
	var list optionList
	for _, d := range domains {
		list.add(d.DomainID, string(d.Domain), d.RegionID)
	}
	return list.options, err
}

// askCustomers reads all pages of the customers. YCM can't sort this list, so a customer who moves across a page
// boundary during the read may be missing until the next read. No customer is listed twice.
func (g *Catalog) askCustomers(ctx context.Context) ([]fleet.Option, error) {
	var options []fleet.Option
	var records []ycm.Customer
	seen := map[int64]bool{}
	var listed func(context.Context, []ycm.Customer) error
	if g.c.Listing != nil {
		listed = g.c.Listing()
	}
	for c, err := range ycm.Customers(ctx, g.c.YCM) {
		if err != nil {
			return nil, err
		}
		if !c.CustomerID.Known() || seen[c.CustomerID.N] {
			continue
		}
		seen[c.CustomerID.N] = true
		records = append(records, c)
		one := fleet.Customer{ID: c.CustomerID.N, Members: map[string]string{
			fleet.FirstName: string(c.FirstName),
			fleet.LastName:  string(c.LastName),
			fleet.Company:   string(c.Company),
			fleet.Email:     string(c.Email),
		}}
		options = append(options, one.Option())
	}
	if listed != nil {
		if err := listed(context.WithoutCancel(ctx), records); err != nil { // what was read is kept
			g.c.Log.Error("store customers", "err", err)
		}
	}
	slices.SortStableFunc(options, func(a, b fleet.Option) int { return fold.Compare(a.Name, b.Name) })
	return options, nil
}

// add adds an option. It skips an option without an ID, since users couldn't choose it. It merges options that YCM
// lists once for each region.
func (l *optionList) add(id ycm.Int, name string, regions ...ycm.Int) {
	if !id.Known() {
		return
	}
	i, known := l.places[id.N]
	if !known {
		if l.places == nil {
			l.places = map[int64]int{}
		}
		i = len(l.options)
		l.places[id.N] = i
		l.options = append(l.options, fleet.Option{ID: id.N, Name: name})
	}
	options := l.options
	for _, r := range regions {
		if r.Known() {
			options[i].Regions = append(options[i].Regions, r.N)
		}
	}
}

// optionList collects options without duplicates.
type optionList struct {
	options []fleet.Option
	places  map[int64]int // indexes into options, by ID
}
