package changes

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"cordboard/fleet/mirror"
	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/handlers/web/export"
	"cordboard/store"
)

// header has the columns of the export. The values before and after a change are as YCM sent them.
var header = []string{"at", "after", "cloudPbxId", "name", "url", "kind", "field", "old", "new", "made", "by"}

// modifiers returns people in a sentence.
func modifiers(commas string) string { return strings.ReplaceAll(commas, ",", " or ") }

// ExportCSV exports all changes that the query selects, newest first.
func (h *Handler) ExportCSV(w http.ResponseWriter, r *http.Request) error {
	values, _ := url.ParseQuery(r.URL.RawQuery)
	q, ignored := parse(values, web.UserFrom(r.Context()))
	_, left := h.queryWords(q.pbxs, nil)
	ignored = append(ignored, left...)
	c, index, fresh := h.site.Clock(r), h.fleet.Index(), h.fleet.Freshness()
	filter := q.filter(index, c, web.UserFrom(r.Context()).BeforeAt)
	if _, err := h.store.SearchChanges(r.Context(), mirror.DefaultAccount, filter, 0, store.ChangesAtOnce); err != nil {
		return err
	}
	return h.site.ExportTable(w, r, web.Table{
		Name:    "changes",
		What:    h.words(q),
		Rows:    -1,
		AsOf:    fresh.At,
		State:   fresh.State,
		Header:  header,
		Ignored: ignored,
		Records: func(yield func([]string) bool) {
			n := 0
			err := h.store.EachChange(r.Context(), mirror.DefaultAccount, filter, func(e store.FleetChange) error {
				record := []string{
					export.ExportedTime(e.At.Unix()), export.ExportedTime(e.After.Unix()),
					strconv.FormatInt(e.CloudPBXID, 10), "", "", string(e.Kind), e.Field, e.Old, e.New,
					string(store.MadeElsewhere), modifiers(e.Modifiers),
				}
				if p, ok := index.PBX(e.CloudPBXID); ok {
					record[3], record[4] = display.Name(p), export.Exported(p, "url")
				}
				if e.Seq > 0 {
					record[9], record[10] = string(store.MadeHere), e.Actor
				}
				if n++; !yield(record) {
					return errStopped
				}
				return nil
			})
			if err != nil && !errors.Is(err, errStopped) {
				_ = h.site.ExportEnded(r, n, err) // aborts the response
			}
		},
	})
}

// errStopped ends an export whose client is gone.
var errStopped = errors.New("the client is gone")
