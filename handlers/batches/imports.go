package batches

import (
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"cordboard/fleet/imports"
	"cordboard/fleet/mirror"
	"cordboard/fleet/operations"
	"cordboard/fleet/sheet"
	"cordboard/fold"
	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/store"
	views "cordboard/views/batches"
	"cordboard/views/ui"
)

// Imports makes plans for new PBXs from files.
type Imports struct {
	site  *web.Site
	c     Config
	plans *Plans
	turn  chan struct{} // holds a value while a file is read, so that several don't add up in memory
}

// MaxFile is the size in bytes of the largest file that can be imported.
const MaxFile = sheet.MaxBytes

// draftURL returns the URL of a draft.
func draftURL(id string) string { return "/pbxs/import/" + url.PathEscape(id) }

// Show shows the form for a file.
func (h *Imports) Show(w http.ResponseWriter, r *http.Request) error {
	return h.upload(w, r, http.StatusOK, nil)
}

func (h *Imports) upload(w http.ResponseWriter, r *http.Request, status int, notice *ui.Notice) error {
	m := views.Upload{Notice: notice}
	for _, field := range imports.Fields() {
		m.Columns = append(m.Columns, ui.Fact{Name: field, Value: columnHints[field]})
	}
	return h.site.Render(w, r, status, "Import PBXs", views.Import(m), views.Import(m))
}

// columnHints says what the cells of each column may have.
var columnHints = map[string]string{ //nolint:gosec // "passwordlessLogin" is no password
	"name":                           "Required.",
	"customerIds":                    "Required. Names, email addresses or IDs, separated by semicolons.",
	"reason":                         "Stored in the audit log.",
	"regionId":                       "Required. A name or an ID.",
	"versionId":                      "A name or an ID. Empty: the region’s newest.",
	imports.Host:                     "The whole host name, instead of subDomain and domainId.",
	"subDomain":                      "Required, unless url has the host name.",
	"domainId":                       "A name or an ID. Empty: the region’s first.",
	"plan":                           "Required. Enterprise Plan or Ultimate Plan.",
	"extensionCapacity":              "Required.",
	"concurrentCallCapacity":         "Required.",
	"recordingStatus":                "Enabled, or empty.",
	"recordingCapacity":              "Minutes.",
	"transcriptionCapacity":          "Minutes in addition to the plan’s.",
	"type":                           "Required. Trial or Commercial.",
	"expirationDate":                 "A day, such as 2027-03-31.",
	"allowRunAfterExpirationDate":    "true or false. Required with a date.",
	"passwordlessLogin":              "Enabled, or empty.",
	"allowSuperiorPasswordlessLogin": "Enabled, or empty.",
	"im":                             "Enabled, or empty.",
	"upgradeInPbx":                   "Enabled, or empty.",
	"provisioningViaTemplate":        "Enabled, or empty.",
	"provisionTemplateId":            "A name or an ID.",
}

// Upload makes a plan from a file, or keeps the file as a draft and shows its errors.
func (h *Imports) Upload(w http.ResponseWriter, r *http.Request) error {
	if r.MultipartForm == nil {
		return h.upload(w, r, http.StatusUnprocessableEntity, fileNotice("Choose a file", "Nothing was sent."))
	}
	files := r.MultipartForm.File["file"]
	if len(files) != 1 || files[0].Filename == "" {
		return h.upload(w, r, http.StatusUnprocessableEntity, fileNotice("Choose one file", "Nothing was sent."))
	}
	if web.IsOverRate(r) {
		w.Header().Set("Retry-After", "10")
		return h.upload(w, r, http.StatusTooManyRequests,
			fileNotice("Too many submissions", "Nothing was read. Wait a few seconds, then send the file again."))
	}
	d, table, err := h.read(r, files[0])
	if err != nil {
		notice := fileNotice("The file can’t be read", fileProblem(err)+" Nothing was sent to YCM.")
		status := http.StatusUnprocessableEntity
		if files[0].Size > sheet.MaxBytes {
			status = http.StatusRequestEntityTooLarge
		}
		return h.upload(w, r, status, notice)
	}
	d.Choices = store.DraftChoices{Columns: imports.Match(table.Header), Encoding: r.PostForm.Get("encoding")}
	return h.check(w, r, &d, &table, r.PostForm.Get("goodOnly") == "yes")
}

// read reads a file that was sent.
func (h *Imports) read(r *http.Request, header *multipart.FileHeader) (d store.Draft, table sheet.Table, err error) {
	file, err := header.Open()
	if err != nil {
		return d, table, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	select {
	case h.turn <- struct{}{}:
	case <-r.Context().Done():
		return d, table, r.Context().Err()
	}
	defer func() { <-h.turn }()
	if table, err = sheet.Read(file, header.Size); err != nil {
		return d, table, err
	}
	digest, err := sheet.Digest(file, header.Size)
	if err != nil {
		return d, table, err
	}
	user := web.UserFrom(r.Context())
	d = store.Draft{
		ID: h.site.Tokens.New(user.ID), Account: mirror.DefaultAccount, UserID: user.ID, MadeAt: h.site.Clock(r).Now,
		Name:   fold.FirstRunes(fold.Visible(path.Base(strings.ReplaceAll(header.Filename, `\`, "/"))), 200),
		Digest: digest,
	}
	d.Content, err = table.Pack()
	return d, table, err
}

// fileProblem returns the sentence about a file that can't be read.
func fileProblem(err error) string {
	var quotes *sheet.QuoteError
	switch {
	case errors.As(err, &quotes):
		return fmt.Sprintf("In line %d, a quotation mark isn’t closed, or isn’t doubled within a cell.", quotes.Line)
	case errors.Is(err, sheet.ErrEmpty):
		return "It has no lines."
	case errors.Is(err, sheet.ErrNoRows):
		return "It has a header, but no lines below it."
	case errors.Is(err, sheet.ErrTooLarge):
		return "It is too large, or it unpacks to too much. Split it, or save it as CSV."
	case errors.Is(err, sheet.ErrTooLong):
		return fmt.Sprintf("It has more than %s lines. Split it.", ui.Number(sheet.MaxLines))
	case errors.Is(err, sheet.ErrTooWide):
		return fmt.Sprintf("It has more than %d columns.", sheet.MaxColumns)
	case errors.Is(err, sheet.ErrDates1904):
		return "The XLSX file counts days from 1904. Save it without that option, or as CSV."
	case errors.Is(err, sheet.ErrNoSheet):
		return "It has no visible sheet."
	case errors.Is(err, sheet.ErrOldWorkbook):
		return "It’s password-protected, or in Excel’s older XLS format. Save it as XLSX without a password, or as CSV."
	case errors.Is(err, sheet.ErrMixed):
		return "It says that it’s in UTF-8, but has other characters, too. Save it again as UTF-8."
	case errors.Is(err, sheet.ErrBadWorkbook):
		return "The XLSX file is damaged. Save it again, or as CSV."
	}
	return "It is neither a CSV nor an XLSX file. Save it as one of them."
}

func fileNotice(title, text string) *ui.Notice {
	return &ui.Notice{Tone: "tone-warn", Icon: "circle-alert", Title: title, Text: text}
}

// stored returns the draft in the URL and its table.
func (h *Imports) stored(r *http.Request) (d store.Draft, table sheet.Table, err error) {
	d, err = h.c.Drafts.Draft(r.Context(), mirror.DefaultAccount, chi.URLParam(r, "draft"), web.UserFrom(r.Context()).ID)
	if err != nil {
		return d, table, err
	}
	table, err = sheet.Unpack(d.Content)
	return d, table, err
}

// ShowDraft shows what is wrong with a file.
func (h *Imports) ShowDraft(w http.ResponseWriter, r *http.Request) error {
	d, table, err := h.stored(r)
	if err != nil {
		return err
	}
	result, err := h.result(r, &d, &table)
	return h.draft(w, r, http.StatusOK, &d, &table, result, err)
}

// Check checks a draft again with other choices, and makes a plan if nothing is wrong with it or if the user wants only
// the good lines.
func (h *Imports) Check(w http.ResponseWriter, r *http.Request) error {
	if web.IsOverRate(r) {
		return tooMany(w)
	}
	d, table, err := h.stored(r)
	if err != nil {
		return err
	}
	for i := range table.Header {
		name := fmt.Sprintf("column-%d", i)
		if field := r.PostForm.Get(name); r.PostForm.Has(name) && i < len(d.Choices.Columns) &&
			(field == "" || slices.Contains(imports.Fields(), field)) {
			d.Choices.Columns[i] = field
		}
	}
	d.Choices.Encoding = r.PostForm.Get("encoding")
	return h.check(w, r, &d, &table, r.PostForm.Get("goodOnly") == "yes")
}

// result validates the lines of a draft.
func (h *Imports) result(r *http.Request, d *store.Draft, table *sheet.Table) (imports.Result, error) {
	judge, err := h.c.Creates.Judge(r.Context())
	if err != nil {
		return imports.Result{}, err
	}
	return imports.New(judge, h.c.Rules, h.site.Clock(r).Zone).Check(table, d.Choices.Columns)
}

// check stores a draft, and makes a plan of its lines unless there are errors.
func (h *Imports) check(
	w http.ResponseWriter,
	r *http.Request,
	d *store.Draft,
	table *sheet.Table,
	goodOnly bool,
) error {
	if err := h.c.Drafts.PutDraft(r.Context(), *d); err != nil {
		return fmt.Errorf("keep a draft: %w", err)
	}
	result, err := h.result(r, d, table)
	unconfirmed := table.Format.Encoding == sheet.Windows1252 && d.Choices.Encoding != string(sheet.Windows1252)
	if err != nil || unconfirmed || len(result.Rows) == 0 || len(result.Problems) > 0 && !goodOnly {
		return h.draft(w, r, http.StatusUnprocessableEntity, d, table, result, err)
	}
	return h.plans.made(w, r, result.Plan(d.Name, d.Digest, h.c.Fleet.Freshness().At))
}

// shownErrors is the number of errors that a page shows.
const shownErrors = 1000

// draft shows what is wrong with a draft. err is why its lines couldn't be validated.
func (h *Imports) draft(
	w http.ResponseWriter,
	r *http.Request,
	status int,
	d *store.Draft,
	table *sheet.Table,
	result imports.Result,
	err error,
) error {
	m := views.DraftPage{
		URL: draftURL(d.ID), Name: d.Name,
		Guessed:   table.Format.Encoding == sheet.Windows1252,
		Confirmed: d.Choices.Encoding == string(sheet.Windows1252),
		Count:     fmt.Sprint(len(result.Problems)),
		Columns:   columnFields(d, table),
	}
	m.Lead = fmt.Sprintf("%s. Nothing was sent. The draft is kept for a day.", linesWords(&result))
	var upstream *operations.UpstreamError
	switch {
	case errors.As(err, &upstream):
		status = web.UpstreamStatus(upstream)
		title, text := display.ProblemWords(upstream.Problem, h.site.Config.YCMHost)
		m.Lead = "The file wasn’t checked. Nothing was sent. The draft is kept for a day."
		m.Notice = &ui.Notice{Tone: "tone-bad", Icon: "unplug", Title: title, Text: text + " Check the file again later."}
	case err != nil:
		return err
	case m.Guessed && !m.Confirmed:
		m.Notice = fileNotice("Is this file in Windows-1252?",
			"It isn’t in UTF-8 or UTF-16. Look at letters such as é and ü below, then confirm, or save the file as UTF-8.")
	}
	if n := len(result.Rows); n > 0 {
		m.Good = fmt.Sprintf("Plan the %s", ui.Count(int64(n), "good line", "good lines"))
	}
	for _, p := range result.Problems[:min(len(result.Problems), shownErrors)] {
		m.HeaderErrors = m.HeaderErrors || p.Line == table.Line
		m.Errors = append(m.Errors, views.CellError{
			Line: fmt.Sprint(p.Line), Column: p.Header, Cell: p.Cell, Text: display.Finding(p.Finding),
		})
	}
	m.Shown = ui.Count(int64(len(result.Problems)), "error", "errors")
	if len(result.Problems) > shownErrors {
		m.Shown += fmt.Sprintf("; the first %s are shown", ui.Number(shownErrors))
	}
	return h.site.Render(w, r, status, d.Name, views.Draft(m), views.Draft(m))
}

// linesWords returns how many lines are good.
func linesWords(result *imports.Result) string {
	return fmt.Sprintf("%s of %s can be planned", ui.Number(int64(len(result.Rows))),
		ui.Count(int64(result.Lines), "line", "lines"))
}
