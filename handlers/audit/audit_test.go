package audit_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"

	"cordboard/handlers/portaltest"
	"cordboard/store"
)

// found returns the targets of the rows that a search shows, newest first.
func found(br *portaltest.Browser, search string) []string {
	br.Portal.T.Helper()
	r := br.Get("/audit?" + url.Values{"q": {search}}.Encode())
	if r.StatusCode != http.StatusOK {
		br.Portal.T.Fatalf("/audit?q=%s = %d", search, r.StatusCode)
	}
	var rows []string
	for _, n := range r.Doc(br.Portal.T).Find("tr[data-audit-seq]").EachIter() {
		detail := n.Find("[data-col=target]").Text()
		rows = append(rows, detail)
	}
	return rows
}

func TestAuditSearch(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	day := func(n int) { b.Clock.Add(time.Duration(n) * 24 * time.Hour) }
	add := func(action, outcome, target string, by store.Actor, changes ...store.Change) {
		b.Must(
			b.Store.Audit(
				t.Context(),
				by,
				store.Event{
					Action:       action,
					Outcome:      outcome,
					Target:       "id-" + target,
					TargetName:   target,
					Notes:        store.Messages("detail of " + target),
					YCMRequestID: "ycm-" + target,
					Changes:      changes,
				},
			),
		)
	}
	ines := store.Actor{
		ID:        7,
		Email:     "ines.okonjo@example.com",
		Name:      "Ines Okonjo",
		Address:   "198.51.100.7",
		RequestID: "OURS1",
	}
	bob := store.Actor{ID: 8, Email: "bob@example.com", Name: "Bob Öztürk", Address: "2001:db8::5", Reason: "CB-2291"}
	add("pbx.create", "asked", "one", ines)
	day(1)
	add("pbx.create", "refused", "two", bob)
	day(1)
	add("pbxs.export", "done", "three", ines)
	day(1)
	add("user.role", "done", "four", bob, store.Change{Field: "role", Before: "viewer", After: "operator"})
	add("user.role", "failed", "100%_'four", ines)
	admin := b.As("admin")
	for _, tt := range []struct {
		search string
		want   []string
	}{
		{"actor:ines", []string{"100%_'four", "three", "one"}},
		{"actor:INES.OKONJO@EXAMPLE.COM", []string{"100%_'four", "three", "one"}},
		{`actor:"Ines Okonjo" outcome:done`, []string{"three"}},
		{"actor:ines actor:bob action:user.*", []string{"100%_'four", "four"}},
		{"action:user.role -outcome:done", []string{"100%_'four"}},
		{"action:pbx.create", []string{"two", "one"}},
		{"action:pbx.creat", nil}, // without a star, part of a verb doesn't match
		{"target:two", []string{"two"}},
		{"target:id-two", []string{"two"}},
		{"requestId:ycm-two", []string{"two"}},
		{"REQUESTID:ours1", []string{"100%_'four", "three", "one"}},
		{"reason:cb-2291", []string{"four", "two"}},
		{"address:2001:db8::5", []string{"four", "two"}},
		{"actor:öztürk", []string{"four", "two"}},
		{"actor:ÖZTÜRK -actor:ines", []string{"four", "two"}},
		{"2026-03-18", []string{"two"}},
		{"2026-03-18..2026-03-19", []string{"three", "two"}},
		{"..2026-03-17 actor:ines", []string{"one"}},
		{"2026-03-19.. actor:ines action:pbxs.export", []string{"three"}},
		{"detail four", []string{"100%_'four", "four"}},
		{"viewer operator action:user.*", []string{"four"}},
		{"%_'", []string{"100%_'four"}},
		{"target:%", []string{"100%_'four"}},
		{"actor:_", nil},
		{"' OR 1=1 --", nil},
		{"outcome:nonsense action:pbx.create", []string{"two", "one"}}, // the invalid part is ignored, with a notice
	} {
		if got := found(admin, tt.search); !slices.Equal(got, tt.want) {
			t.Errorf("search %s finds %q, want %q", tt.search, got, tt.want)
		}
	}
	if r := admin.Get("/audit?q=outcome:nonsense"); !strings.Contains(r.Text, "“nonsense” isn’t an outcome") {
		t.Error("the page doesn't report what it ignored")
	}
	for day, isNone := range map[string]bool{
		"2026-13-01":             true,
		"2026-03-01..2026-02-30": true,
		"..2026-3-1":             true,
		"2026-03-18":             false,
		"2026-03-18..":           false,
		"CB-2026":                false,
	} {
		if r := admin.Get("/audit?q=" + day); strings.Contains(r.Text, "isn’t a valid day") != isNone {
			t.Errorf("%s: page reports an invalid date: %t", day, !isNone)
		}
	}
	if r := admin.Get("/audit?q=-2026-03-18"); strings.Contains(r.Text, "isn’t a valid day") ||
		!strings.Contains(r.Text, "Days can’t be excluded") {
		t.Error("a day with a minus is reported as an invalid date")
	}
	if r := admin.Get("/audit?q=-"); strings.Contains(r.Text, "isn’t a valid day") {
		t.Error("a minus alone is reported as an invalid date")
	}
	chips := admin.Get("/audit?q=" + url.QueryEscape("actor:ines -outcome:done 2026-03-18")).Doc(t).Find(".chip")
	if chips.Length() != 3 ||
		chips.First().AttrOr("href", "") != "/audit?q="+url.QueryEscape("-outcome:done 2026-03-18") {
		t.Errorf("got %d chips, want 3; the first leads to %s", chips.Length(), chips.First().AttrOr("href", ""))
	}
	row := admin.Get("/audit?q=target:id-four").Doc(t)
	if got := row.Find("del").Text() + "→" + row.Find("ins").Text(); got != "viewer→operator" {
		t.Errorf("the change reads %q, want viewer→operator", got)
	}
	copied, _ := row.Find("details [data-copy^='No.']").Attr("data-copy")
	for _, want := range []string{
		"user.role: done",
		"CB-2291",
		"ycm-four",
		`role: "viewer" -> "operator"`,
		"2026-03-20T",
	} {
		if !strings.Contains(copied, want) {
			t.Errorf("the text for support lacks %q:\n%s", want, copied)
		}
	}
	operator := b.As("operator")
	for _, search := range []string{"", "action:user.*", "actor:bob", "action:session.signin", "four"} {
		for _, got := range found(operator, search) {
			if got != "one" && got != "two" && got != "three" {
				t.Errorf("an operator finds %q with search %q", got, search)
			}
		}
	}
}

// TestStepsOfAnOperation checks that the entries about an operation are one group that opens, whoever caused them, and
// that each entry is there.
func TestStepsOfAnOperation(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	ines, cordboard := store.Actor{ID: 7, Name: "Ines", RequestID: "r1"}, store.Actor{Name: "Cordboard"}
	const mistake = -1 // instead of an operation
	for _, e := range []struct {
		by              store.Actor
		operation       int64 // 0: none
		action, outcome string
	}{
		{ines, 3, "pbx.stop", store.OutcomeAsked},
		{ines, 4, "pbx.stop", store.OutcomeAsked}, // of PBXs with one name
		{ines, 3, "pbx.stop", store.OutcomeUnknown},
		{ines, 4, "pbx.stop", store.OutcomeRefused},
		{cordboard, 3, "pbx.stop", store.OutcomeDone},
		{ines, 0, "pbx.stop", store.OutcomeRefused},
		{ines, 0, "pbx.stop", store.OutcomeRefused},
		{ines, mistake, "pbx.stop", store.OutcomeRefused},
		{ines, mistake, "pbx.stop", store.OutcomeRefused},
	} {
		event := store.Event{Action: e.action, TargetName: "Main office", Outcome: e.outcome}
		if e.operation == mistake {
			event.Notes = []store.Note{store.NewNote(store.NoteFormProblem, "name", "Enter a name.")}
		}
		if e.operation > 0 {
			event.Notes = []store.Note{store.NewNote(store.NoteOperation, e.operation)}
		}
		b.Must(b.Store.Audit(t.Context(), e.by, event))
	}
	var groups []string
	doc := b.As("admin").Get("/audit?q=" + url.QueryEscape("action:pbx.stop")).Doc(t)
	for _, group := range doc.Find("tbody:has(tr[data-audit-seq])").EachIter() {
		var entries []string
		for _, row := range group.Find("tr[data-audit-seq]").EachIter() {
			entries = append(entries, portaltest.Attr(row.Find("[data-col=outcome]"), "data-value"))
			mild := strings.Contains(row.Find("[data-col=outcome]").Text(), "Form sent back")
			if mild != strings.Contains(row.Text(), "Enter a name.") {
				t.Errorf("the entry's outcome is mild: %t: %s", mild, row.Text())
			}
		}
		if got := group.Find("tr.step").Length(); got != len(entries)-1 {
			t.Errorf("%d entries of %d are folded", got, len(entries))
		}
		groups = append(groups, strings.Join(entries, ", "))
	}
	want := []string{"refused, refused", "refused", "refused", "done, unknown, asked", "refused, asked"}
	if !slices.Equal(groups, want) {
		t.Errorf("the groups are %q, want %q", groups, want)
	}
}

// TestOperatorsLog checks which entries operators see.
func TestOperatorsLog(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	want := []string{
		"attention.snooze", "batch.apply", "batch.approve", "customer.update", "note.add", "operation.dismiss",
		"owner.update", "pbx.stop", "renewal.update",
	}
	for _, action := range append(want, "user.role") {
		b.Must(b.Store.Audit(t.Context(), store.Actor{Email: "a"}, store.Event{Action: action, Outcome: store.OutcomeDone}))
	}
	var got []string
	for _, cell := range b.As("operator").Get("/audit").Doc(t).Find("tr[data-audit-seq] [data-col=action]").EachIter() {
		got = append(got, portaltest.Attr(cell, "data-value"))
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("an operator sees %q, want %q", got, want)
	}
}

// TestAuditPages checks the pages of search results, and that a page number past the end leads to the last page.
func TestAuditPages(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	for i := range 120 {
		b.Must(
			b.Store.Audit(
				t.Context(),
				store.Actor{Email: "a"},
				store.Event{Action: "pbx.create", Outcome: "asked", TargetName: fmt.Sprint("n", i)},
			),
		)
	}
	operator := b.As("operator")
	if r := operator.Get("/audit?q=action:pbx.create&page=3"); strings.Count(r.Text, "data-audit-seq") != 20 ||
		!strings.Contains(r.Text, "101–120 of 120") {
		t.Errorf("page 3 has %d rows, want 20", strings.Count(r.Text, "data-audit-seq"))
	}
	if r := operator.Get("/audit?q=action:pbx.create&page=9"); r.Header.Get(
		"Location",
	) != "/audit?page=3&q=action%3Apbx.create" {
		t.Errorf("page 9 leads to %q, want page 3", r.Header.Get("Location"))
	}
	if r := operator.Get("/audit?q=nothing-has-this"); r.StatusCode != http.StatusOK ||
		!strings.Contains(r.Text, "No results") {
		t.Errorf("a search without results = %d, want 200 that says so", r.StatusCode)
	}
}

func TestAuditExports(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	b.Must(
		b.Store.Audit(
			t.Context(),
			store.Actor{Name: "=cmd()", Email: "a@example.com", Reason: "CB-1"},
			store.Event{
				Action:     "user.role",
				Outcome:    "done",
				TargetName: "a,\"b\"\r\n",
				Changes:    []store.Change{{Field: "role", Before: "viewer", After: "admin"}},
			},
		),
	)
	admin := b.As("admin")
	r := admin.Get("/audit.csv")
	rows, err := csv.NewReader(strings.NewReader(portaltest.WithoutBOM(t, r.Text))).ReadAll()
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("CSV = %d, error %v", r.StatusCode, err)
	}
	head, err := b.Store.AuditHead(t.Context())
	b.Must(err)
	if !slices.Equal(rows[0], auditColumns) || len(rows)-1 != int(head.Seq) {
		t.Errorf("got %d rows under %q, want %d", len(rows)-1, rows[0], head.Seq)
	}
	if got := rows[4]; got[4] != "'=cmd()" || got[13] != "CB-1" ||
		got[14] != `[{"field":"role","before":"viewer","after":"admin"}]` ||
		!strings.HasPrefix(got[1], "2026-03-17T13:32:00Z") {
		t.Errorf("row 4 = %q", got)
	}
	if last := rows[len(rows)-1]; last[8] != "audit.export" || last[17] != head.Hash {
		t.Errorf("the last row is %q, want the export itself with the latest hash", last)
	}
	if got := r.Header.Get("Cordboard-Audit-Head"); got != fmt.Sprintf("%d %s", head.Seq, head.Hash) ||
		!strings.Contains(r.Header.Get("Content-Disposition"), fmt.Sprintf("head-%d-%.12s.csv", head.Seq, head.Hash)) {
		t.Errorf("Cordboard-Audit-Head = %q, Content-Disposition = %q", got, r.Header.Get("Content-Disposition"))
	}
	r = admin.Get("/audit.jsonl?q=action:user.role")
	lines := strings.Split(strings.TrimSpace(r.Text), "\n")
	var first struct{ Head store.Head }
	var event struct {
		ActorName, Hash string
		Changes         []store.Change
	}
	if err := json.Unmarshal([]byte(lines[0]), &first); err != nil || first.Head.Seq != head.Seq+1 {
		t.Errorf("the first line is %s (error %v)", lines[0], err)
	}
	if err := json.Unmarshal(
		[]byte(lines[1]),
		&event,
	); err != nil || len(lines) != 2 || event.ActorName != "=cmd()" || event.Changes[0].After != "admin" ||
		event.Hash != rows[4][17] {
		t.Errorf("got %d lines, the second %+v (error %v)", len(lines), event, err)
	}
}

// TestAuditSearchAsPeopleWrite checks informal spellings and the searches that the page itself links to. It also checks
// that the page and the exports report the parts of a search that are ignored.
func TestAuditSearchAsPeopleWrite(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	admin := b.As("admin")
	add := func(by store.Actor, action string) {
		t.Helper()
		b.Must(b.Store.Audit(t.Context(), by, store.Event{Action: action, TargetName: "X", Outcome: store.OutcomeDone}))
	}
	add(store.Actor{Address: "203.0.113.7"}, "link.use") // not signed in
	add(store.Actor{Email: "ines@example.com", Name: "Ines", Address: "203.0.113.8"}, "pbx.create")
	add(store.Actor{Email: "ines@example.com", Name: "Ines", Address: "203.0.113.8"}, "pbx.export")
	count := func(q string) string {
		n := fmt.Sprint(admin.Get("/audit?" + url.Values{"q": {q}}.Encode()).Doc(t).Find("[data-audit-seq]").Length())
		return n
	}
	for q, want := range map[string]string{
		`actor:"not signed in"`:                 "1",
		`actor:none`:                            "1",
		`action:pbx`:                            "2",
		`action:create`:                         "1",
		`action:pbx.create`:                     "1",
		`action:use`:                            "1",
		`action:pb`:                             "0",
		`address:203.0.113.*`:                   "3",
		`2026-03 action:pbx`:                    "2",
		`2026 action:pbx`:                       "2",
		`20260317 action:pbx`:                   "2",
		`2026-03-17.. action:pbx`:               "2",
		`2026-04.. action:pbx`:                  "0",
		`..2026-02 action:pbx`:                  "0",
		`no:1..2`:                               "2",
		`no:1`:                                  "1",
		`-actor:none action:use`:                "0",
		`actor:none actor:ines -action:session`: "3",
	} {
		if got := count(q); got != want {
			t.Errorf("%q finds %s entries, want %s", q, got, want)
		}
	}
	if got := admin.Get("/audit?q=2026-03-17..").
		Doc(t).
		Find(".chip").
		Text(); !strings.Contains(
		got,
		"from 2026-03-17",
	) {
		t.Errorf("the chip of an open range says %q", got)
	}
	for _, q := range []string{"outcome:refusd", "no:abc", "address:127.0.0.0/8", "tint:red", "2026-13"} {
		if admin.Get("/audit?"+url.Values{"q": {q}}.Encode()).Doc(t).Find(".ignored").Text() == "" && q != "2026-13" {
			t.Errorf("the page says nothing of %q", q)
		}
		for _, format := range []string{"csv", "jsonl"} {
			r := admin.Get("/audit." + format + "?" + url.Values{"q": {q}}.Encode())
			if q == "2026-13" { // searched for as text, so nothing is ignored
				continue
			}
			if r.Header.Get("Cordboard-Ignored") == "" ||
				!strings.Contains(r.Header.Get("Content-Disposition"), "filters-ignored") {
				t.Errorf("audit.%s says nothing of %q: %q", format, q, r.Header.Get("Content-Disposition"))
			}
			if format == "jsonl" && !strings.Contains(r.Text, `"ignored":[`) {
				t.Errorf("audit.jsonl doesn't list what it ignored of %q", q)
			}
		}
	}
	if rows := admin.Get("/audit?q=action:audit").Doc(t).Text(); !strings.Contains(rows, "was ignored") {
		t.Error("the entry of an export doesn't list what was ignored")
	}
}

// auditColumns are the columns of the exported log.
var auditColumns = []string{
	"seq",
	"at",
	"actorId",
	"actorEmail",
	"actorName",
	"actorRole",
	"address",
	"session",
	"action",
	"target",
	"targetName",
	"outcome",
	"detail",
	"reason",
	"changes",
	"requestId",
	"ourRequestId",
	"hash",
}

// TestLogAsTyped checks that a log search ignores case, accents, letter width, quote style and invisible characters.
func TestLogAsTyped(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	b.Must(
		b.Store.Audit(
			t.Context(),
			store.Actor{Name: "Jürgen Müller"},
			store.Event{
				Action: "view.save", TargetName: "Café", Outcome: store.OutcomeDone,
				Notes: store.Messages("ties to O’Brien"),
			},
		),
	)
	admin := b.As(store.RoleAdmin)
	for _, search := range []string{
		"jürgen",
		norm.NFD.String("Jürgen"),
		"jurgen müller",
		"JÜRGEN",
		"café",
		"cafe",
		"ca\u00adfe",
		"ｃａｆｅ",
		"o'brien",
		"actor:jurgen",
		"actor：jurgen",
	} {
		if got := admin.Get("/audit?q=" + url.QueryEscape(search)); !strings.Contains(got.Text, "Jürgen Müller") {
			t.Errorf("the log's search %q doesn't find the row", search)
		}
	}
}

// TestSlowExportsHoldNobodyUp starts more downloads than there are read connections, and reads none of them to the end.
// Other pages must still be served.
func TestSlowExportsHoldNobodyUp(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	for range 2000 {
		b.Must(
			b.Store.Audit(
				t.Context(),
				store.Actor{},
				store.Event{Action: "user.test", Outcome: "done", Notes: store.Messages(strings.Repeat("detail ", 70))},
			),
		)
	}
	admin := b.As("admin")
	for range 6 {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.Web.URL+"/audit.jsonl", nil)
		b.Must(err)
		r.Header.Set("Accept-Encoding", "identity")
		resp, err := admin.Do(r)
		b.Must(err)
		defer resp.Body.Close() //nolint:errcheck // the body is left unread on purpose
	}
	if got := b.As("viewer").Get("/pbxs").StatusCode; got != http.StatusOK {
		t.Errorf("GET /pbxs = %d, want 200", got)
	}
	b.Web.CloseClientConnections()
}
