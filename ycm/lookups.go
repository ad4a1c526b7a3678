package ycm

import (
	"context"
	"iter"
	"net/url"
	"strconv"
	"strings"
)

// Region is a region that a PBX can be created in.
type Region struct {
	RegionID Int  `json:"regionId"`
	Region   Text `json:"region"`
}

// ListRegions returns the regions that PBXs can be created in.
//
// YCM docs: "Query Available Regions".
func (c *Client) ListRegions(ctx context.Context) ([]Region, error) {
	return lookUp[Region](ctx, c, "v1/cluster/regions", nil)
}

// Domain is the part of a PBX's host name after its subdomain.
type Domain struct {
	RegionID Int  `json:"regionId"`
	DomainID Int  `json:"domainId"`
	Domain   Text `json:"domain"`
}

// ListDomains returns the domains that are available in the given regions.
//
// YCM docs: "Query Available Domain Names".
func (c *Client) ListDomains(ctx context.Context, regionIDs ...int32) ([]Domain, error) {
	return lookUp[Domain](ctx, c, "v1/cluster/domains", url.Values{"regionIds": {joinIDs(regionIDs)}})
}

// Firmware is a PBX firmware version, with the regions where it is available.
type Firmware struct {
	VersionID Int          `json:"versionId"`
	Version   Text         `json:"version"`
	RegionIDs records[Int] `json:"regionIds"`
}

// ListFirmwares returns the PBX firmware versions that are available in the given regions, or in any region if none are
// given.
//
// YCM docs: "Query Available Firmwares".
func (c *Client) ListFirmwares(ctx context.Context, regionIDs ...int32) ([]Firmware, error) {
	q := url.Values{"type": {"pbx"}}
	if len(regionIDs) > 0 {
		q.Set("regionIds", joinIDs(regionIDs))
	}
	return lookUp[Firmware](ctx, c, "v1/firmware", q)
}

// ProvisioningTemplate is a template that YCM can apply to a new PBX. Times are Unix seconds.
type ProvisioningTemplate struct {
	ID         Int  `json:"provisioningTemplateId"`
	Name       Text `json:"provisioningTemplateName"`
	CreateTime Int  `json:"provisioningTemplateCreateTime"`
	ModifyTime Int  `json:"provisioningTemplateModifyTime"`
}

// ListProvisioningTemplates returns all provisioning templates.
//
// YCM docs: "Query All the Provisioning Templates".
func (c *Client) ListProvisioningTemplates(ctx context.Context) ([]ProvisioningTemplate, error) {
	return lookUp[ProvisioningTemplate](ctx, c, "v1/provision_template", nil)
}

// Customer is a person or company that PBXs can belong to.
type Customer struct {
	Phones
	Address

	CustomerID Int  `json:"customerId"`
	FirstName  Text `json:"firstName"`
	LastName   Text `json:"lastName"`
	Company    Text `json:"company"`
	Email      Text `json:"email"`
	Remark     Text `json:"remark"`
}

// Phones are a customer's phone numbers.
type Phones struct {
	BusinessNumber Text `json:"businessNumber"`
	MobileNumber   Text `json:"mobileNumber"`
	HomeNumber     Text `json:"homeNumber"`
	FaxNumber      Text `json:"faxNumber"`
}

// Address is a customer's postal address.
type Address struct {
	ZipCode Text `json:"zipCode"`
	Street  Text `json:"street"`
	City    Text `json:"city"`
	State   Text `json:"state"`
	Country Text `json:"country"`
}

// ListCustomers returns one page of the customer list. It ignores o.Search.
//
// YCM docs: "Query All the Customers".
func (c *Client) ListCustomers(ctx context.Context, o ListOptions) (Page[Customer], error) {
	o.Search = ""
	return list[Customer](ctx, c, "v1/customers", o)
}

// CustomerLister lists customers, as a Client does.
type CustomerLister interface {
	ListCustomers(ctx context.Context, o ListOptions) (Page[Customer], error)
}

// Customers returns an iterator over all customers, read in pages of 50. The iteration ends at the first error.
func Customers(ctx context.Context, c CustomerLister) iter.Seq2[Customer, error] {
	return walk(
		ListOptions{},
		func(o ListOptions) (Page[Customer], error) { return c.ListCustomers(ctx, o) },
		func(p Customer) Int { return p.CustomerID },
	)
}

func lookUp[T any](ctx context.Context, c *Client, path string, query url.Values) ([]T, error) {
	a, err := get[records[T]](ctx, c, path, query)
	return a.Data, err
}

func joinIDs(ids []int32) string {
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = strconv.Itoa(int(id))
	}
	return strings.Join(words, ",")
}
