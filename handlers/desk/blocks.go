package desk

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"cordboard/handlers/web"
	"cordboard/store"
	views "cordboard/views/desk"
)

// placedBlock is a block of the overview, visible or hidden.
type placedBlock struct {
	kind   *blockKind
	hidden bool
}

// blocksOf returns the blocks that the user may see, in the user's order. A block that the user's preferences don't
// mention follows the one that precedes it by default.
func blocksOf(r *http.Request) []placedBlock {
	var placed []placedBlock
	for _, word := range web.UserFrom(r.Context()).Prefs.Blocks {
		key, hidden := strings.CutPrefix(word, "-")
		i := slices.IndexFunc(blockKinds, func(k blockKind) bool { return k.key == key })
		if i >= 0 && !slices.ContainsFunc(placed, func(b placedBlock) bool { return b.kind.key == key }) {
			placed = append(placed, placedBlock{&blockKinds[i], hidden})
		}
	}
	for i := range blockKinds {
		if slices.ContainsFunc(placed, func(b placedBlock) bool { return b.kind == &blockKinds[i] }) {
			continue
		}
		at := 0
		if i > 0 {
			at = slices.IndexFunc(placed, func(b placedBlock) bool { return b.kind == &blockKinds[i-1] }) + 1
		}
		placed = slices.Insert(placed, at, placedBlock{&blockKinds[i], false})
	}
	return slices.DeleteFunc(placed, func(b placedBlock) bool { return b.kind.operators && !web.CanCreate(r) })
}

// ShowBlocks renders the page for hiding and reordering the overview's blocks.
func (h *Handler) ShowBlocks(w http.ResponseWriter, r *http.Request) error {
	var m views.BlocksPage
	blocks := blocksOf(r)
	for i, b := range blocks {
		m.Blocks = append(
			m.Blocks,
			views.BlockChoice{
				Key:    b.kind.key,
				Title:  b.kind.title,
				Note:   b.kind.note,
				Hidden: b.hidden,
				First:  i == 0,
				Last:   i == len(blocks)-1,
			},
		)
	}
	return h.site.Render(w, r, http.StatusOK, "Arrange the overview", views.Blocks(m), views.Blocks(m))
}

// PlaceBlock moves, hides or shows one block, or resets all blocks.
func (h *Handler) PlaceBlock(w http.ResponseWriter, r *http.Request) error {
	blocks := blocksOf(r)
	key, do := r.PostForm.Get("block"), r.PostForm.Get("do")
	at := slices.IndexFunc(blocks, func(b placedBlock) bool { return b.kind.key == key })
	to := "/overview/settings"
	switch {
	case do == "reset":
		blocks = nil
	case at < 0:
		return store.ErrNotFound
	case do == "up" && at > 0:
		blocks[at-1], blocks[at] = blocks[at], blocks[at-1]
	case do == "down" && at < len(blocks)-1:
		blocks[at+1], blocks[at] = blocks[at], blocks[at+1]
	case do == "hide", do == "show":
		blocks[at].hidden = do == "hide"
	}
	if do != "reset" {
		to += "#block-" + key
	}
	var words []string
	for _, b := range blocks {
		word := b.kind.key
		if b.hidden {
			word = "-" + word
		}
		words = append(words, word)
	}
	if err := h.store.SetPrefs(
		r.Context(),
		web.Actor(r),
		"overview.settings",
		func(u *store.User) { u.Prefs.Blocks = words },
	); err != nil {
		return fmt.Errorf("save overview blocks: %w", err)
	}
	web.Redirect(w, r, to)
	return nil
}
