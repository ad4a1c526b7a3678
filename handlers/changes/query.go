package changes

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/list"
	"cordboard/handlers/web/lists"
	"cordboard/store"
	"cordboard/views/ui"
)

// query is which changes the page shows. All parameters but its own belong to the query of the list of PBXs.
type query struct {
	days   int    // how many days up to today; 0: since the last visit, or from a day to a day
	visit  bool   // since the last visit
	from   string // the first day, such as 2026-03-01; "" for none
	to     string // the last day
	fields []string
	made   store.Made
	by     string
	before int64  // ID of the last change on the page before; 0 for the first page
	view   string // ID of the saved view that this query started from; "" if none
	pbxs   list.Query
}

// usualDays is how far back the page goes if no period is chosen. spans are the periods that it offers.
const usualDays = 7

var spans = []int{1, 7, 30, 90, 365}

// maxBy is the maximum length of the part of a name, in characters.
const maxBy = 200

// kinds are the values of the parameter field that aren't fields.
var kinds = []store.PBXEventKind{store.PBXAppeared, store.PBXGone, store.PBXReturned}

// parse returns a URL's query, and a sentence about each part that it ignores or changes.
func parse(values url.Values, reader *store.User) (q query, ignored []string) {
	values = maps.Clone(values)
	take := func(key string) string {
		v := strings.TrimSpace(strings.ToValidUTF8(values.Get(key), "\uFFFD"))
		values.Del(key)
		return v
	}
	ignore := func(key, value string) {
		ignored = append(ignored, "“"+key+"="+list.Shorten(value)+"” isn’t a filter for changes, so it was ignored.")
	}
	for _, word := range values["field"] {
		f, known := fleet.FieldByName(word)
		switch {
		case word == "" || slices.Contains(q.fields, word):
		case known && f != fleet.FieldID && !slices.Contains(fleet.OwnFields[:], f) || word == fleet.FieldCustomer.Name() ||
			slices.Contains(kinds, store.PBXEventKind(word)):
			q.fields = append(q.fields, word)
		default:
			ignore("field", word)
		}
	}
	values.Del("field")
	switch word := take("made"); store.Made(word) {
	case store.MadeAnywhere, store.MadeHere, store.MadeElsewhere:
		q.made = store.Made(word)
	default:
		ignore("made", word)
	}
	q.by = take("by")
	if runes := []rune(q.by); len(runes) > maxBy {
		q.by = string(runes[:maxBy])
		ignored = append(ignored, "Only the first 200 characters of the name were used.")
	}
	if word := take("before"); word != "" {
		var err error
		if q.before, err = strconv.ParseInt(word, 10, 64); err != nil || q.before < 0 {
			q.before = 0
			ignore("before", word)
		}
	}
	q.view = take("view")
	ignored = append(ignored, q.takePeriod(take, ignore)...)
	if !values.Has("presence") {
		values.Set("presence", string(list.PresenceAll))
	}
	var problems []list.Problem
	q.pbxs, problems = lists.ParseQuery(values, reader)
	return q, append(ignored, lists.QueryProblems(problems)...)
}

// takePeriod parses the parameters of the period.
func (q *query) takePeriod(take func(string) string, ignore func(key, value string)) (changed []string) {
	days := take("days")
	for key, day := range map[string]*string{"from": &q.from, "to": &q.to} {
		word := take(key)
		if _, err := time.Parse(time.DateOnly, word); err != nil && word != "" {
			ignore(key, word)
			continue
		}
		*day = word
	}
	if q.from > q.to && q.to != "" {
		q.from, q.to = q.to, q.from
		changed = []string{"The period ended before it started, so its days were swapped."}
	}
	// The form sends dated if it showed days, so that a period that is chosen then replaces them.
	if chosen := take("dated") != "" && days != ""; chosen {
		q.from, q.to = "", ""
	} else if q.from != "" || q.to != "" {
		return changed
	}
	if days == "visit" {
		q.visit = true
		return nil
	}
	q.days = usualDays
	if n, err := strconv.Atoi(days); err == nil && n > 0 && n <= maxDays {
		q.days = n
	} else if days != "" {
		ignore("days", days)
	}
	return nil
}

// maxDays is the longest period that can be chosen by its number of days.
const maxDays = 3660

// values returns the query as URL parameters.
func (q query) values() url.Values {
	v := q.pbxs.Values()
	for _, key := range []string{"page", "per", "sort", "cols", "density", "view"} {
		v.Del(key)
	}
	if v.Get("presence") == string(list.PresenceAll) {
		v.Del("presence")
	} else if q.pbxs.Presence == list.DefaultPresence {
		v.Set("presence", string(list.DefaultPresence))
	}
	set := func(key, value string) {
		if value != "" {
			v.Set(key, value)
		}
	}
	if q.days != usualDays && q.days > 0 {
		set("days", strconv.Itoa(q.days))
	}
	if q.visit {
		set("days", "visit")
	}
	set("from", q.from)
	set("to", q.to)
	if len(q.fields) > 0 {
		v["field"] = q.fields
	}
	set("made", string(q.made))
	set("by", q.by)
	set("view", q.view)
	if q.before > 0 {
		set("before", strconv.FormatInt(q.before, 10))
	}
	return v
}

// url returns the page's URL for the query, changed by change.
func (q query) url(change func(url.Values)) string {
	v := q.values()
	v.Del("before")
	change(v)
	return withQuery("/changes", v)
}

func withQuery(path string, v url.Values) string {
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

// filtersPBXs reports whether the query selects changes by their PBXs.
func (q query) filtersPBXs() bool {
	all := q.pbxs
	if all.Presence == list.PresenceAll {
		all.Presence = list.DefaultPresence // which doesn't count as a filter
		return all.Filtered()
	}
	return true
}

// filter returns the store's query. lastVisit is when the user's last visit ended; zero: never.
func (q query) filter(index *list.Index, c ui.Clock, lastVisit time.Time) store.ChangeQuery {
	f := store.ChangeQuery{Made: q.made, By: q.by, From: q.start(c, lastVisit)}
	if day, err := time.ParseInLocation(time.DateOnly, q.to, c.Zone); err == nil {
		f.To = day.AddDate(0, 0, 1)
	}
	for _, word := range q.fields {
		if slices.Contains(kinds, store.PBXEventKind(word)) {
			f.Kinds = append(f.Kinds, store.PBXEventKind(word))
		} else {
			f.Fields = append(f.Fields, word)
		}
	}
	if q.filtersPBXs() {
		f.PBXs = []int64{}
		for p := range index.All(q.pbxs, c.Now, c.Zone) {
			f.PBXs = append(f.PBXs, p.CloudPBXID)
		}
	}
	return f
}

// start returns when the period starts; zero: there is no limit.
func (q query) start(c ui.Clock, lastVisit time.Time) time.Time {
	if day, err := time.ParseInLocation(time.DateOnly, q.from, c.Zone); err == nil {
		return day
	}
	switch {
	case q.visit && !lastVisit.IsZero() && !lastVisit.After(c.Now):
		return lastVisit
	case q.visit:
		return c.Now.Add(-24 * time.Hour)
	case q.days > 0:
		y, m, d := c.Now.In(c.Zone).Date()
		return time.Date(y, m, d-q.days+1, 0, 0, 0, 0, c.Zone)
	}
	return time.Time{}
}
