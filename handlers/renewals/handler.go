// Package renewals serves the renewals desk at /expiries: who looks after the renewal of each PBX, how far it is, and
// what comes next. It also serves the forms that change renewals, owners and snoozes.
package renewals

import (
	"context"
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"

	"cordboard/fleet"
	"cordboard/fleet/capacity"
	"cordboard/fleet/customers"
	"cordboard/fleet/list"
	"cordboard/handlers/web"
	"cordboard/store"
)

// Fleet has the PBXs.
type Fleet interface {
	Index() *list.Index
	Freshness() fleet.Freshness
}

// Readings has the subscription, whose dates are on the board.
type Readings interface {
	Subscription() capacity.Subscription
}

// Desk changes what people keep about PBXs.
type Desk interface {
	ChangeRenewals(ctx context.Context, by store.Actor, all ...store.RenewalChange) error
	SetSnooze(ctx context.Context, name string, z store.Snooze) error
}

// Store has the team, and who looks after customers.
type Store interface {
	Users(ctx context.Context) ([]store.User, error)
	SetCustomerOwner(ctx context.Context, account, name string, by store.Actor, id, user int64) error
}

// Directory has the customers.
type Directory interface{ Book() *customers.Book }

// QueryWords returns a query of the list of PBXs in words, and the sentences about its parts that have no effect.
type QueryWords func(q list.Query, problems []list.Problem) (words string, ignored []string)

// Config configures a Handler. All fields are required.
type Config struct {
	Fleet      Fleet
	Readings   Readings
	Desk       Desk
	Store      Store
	Directory  Directory
	QueryWords QueryWords
}

// Handler serves the renewals desk.
type Handler struct {
	site *web.Site
	c    Config
}

// New returns a Handler for the site.
func New(s *web.Site, c Config) *Handler { return &Handler{s, c} }

// pbx returns the PBX that the URL names.
func (h *Handler) pbx(r *http.Request) (*fleet.PBX, error) {
	return h.known(chi.URLParam(r, "cloudPbxId"))
}

// known returns the PBX with an ID.
func (h *Handler) known(word string) (*fleet.PBX, error) {
	id, err := strconv.ParseInt(word, 10, 64)
	if err != nil || word != strconv.FormatInt(id, 10) {
		return nil, store.ErrNotFound
	}
	p, ok := h.c.Fleet.Index().PBX(id)
	if !ok {
		return nil, store.ErrNotFound
	}
	return p, nil
}
