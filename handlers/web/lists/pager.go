package lists

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"cordboard/views/ui"
)

// PageAsked returns the requested page of a list, or 1 if the query has no valid page.
func PageAsked(query url.Values) int {
	page, err := strconv.Atoi(query.Get("page"))
	if err != nil || page < 1 || page > maxPage {
		return 1
	}
	return page
}

// LastPage returns the number of a list's last page. An empty list has one page.
func LastPage(count int64, per int) int {
	return int(max(1, min(count, maxPage*int64(per))/int64(per)+min(1, count%int64(per))))
}

// maxPage is the highest page that can be requested.
const maxPage = 1 << 30

// Pages returns a pager with the first and last pages, the pages around the current one, and gaps.
func Pages(page, last, per, count int, url func(int) string) ui.Pager {
	from := (page-1)*per + 1
	p := ui.Pager{
		Range: fmt.Sprintf(
			"%s–%s of %s",
			ui.Number(int64(from)),
			ui.Number(int64(min(from+per-1, count))),
			ui.Number(int64(count)),
		),
	}
	if count == 0 {
		p.Range = "None"
	}
	if page > 1 {
		p.Previous = url(page - 1)
	}
	if page < last {
		p.Next = url(page + 1)
	}
	before := 0
	shown := []int{1, page - 1, page, page + 1, last}
	slices.Sort(shown)
	for _, n := range slices.Compact(shown) { // a list can have too many pages to loop over all of them
		if n < 1 || n > last {
			continue
		}
		if n > before+1 {
			p.Pages = append(p.Pages, ui.Page{Label: "…"})
		}
		p.Pages = append(p.Pages, ui.Page{Label: strconv.Itoa(n), URL: url(n), Current: n == page})
		before = n
	}
	return p
}
