package main

import (
	"bufio"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"cordboard/store"
)

// withLog creates a data directory with 30 rows in its audit log, and returns the directory's path.
func withLog(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	db, err := store.Open(t.Context(), store.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 30 {
		if err := db.Audit(
			t.Context(),
			store.Actor{Email: "a", Reason: "CB-1"},
			store.Event{Action: "user.test", Outcome: store.OutcomeDone, Notes: store.Messages(fmt.Sprint(i))},
		); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// edit changes the database as someone with write access to the file would.
func edit(t *testing.T, path string, queries ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range append(
		[]string{`DROP TRIGGER IF EXISTS audit_events_no_update`, `DROP TRIGGER IF EXISTS audit_events_no_delete`},
		queries...,
	) {
		if _, err := db.ExecContext(t.Context(), q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func expect(t *testing.T, wantCode int, want string, args ...string) string {
	t.Helper()
	code, out, errText := cordboard(t, "", args...)
	if code != wantCode || !strings.Contains(out+errText, want) {
		t.Errorf("cordboard %v = %d, want %d and %q\n%s%s", args, code, wantCode, want, out, errText)
	}
	return out
}

func TestAuditVerify(t *testing.T) {
	dir := withLog(t)
	path := filepath.Join(dir, "cordboard.db")
	out := expect(t, 0, "Verified 30 entries", "audit", "verify", "--data", dir)
	head := regexp.MustCompile(`head is (\d+) ([0-9a-f]{64})`).FindStringSubmatch(out)
	if head == nil {
		t.Fatalf("no head in the output of audit verify: %s", out)
	}
	logs := filepath.Join(t.TempDir(), "log")
	lines := fmt.Sprintf(
		"time=x level=INFO msg=request path=/\ntime=x level=INFO msg=\"audit head\" seq=%s "+
			"hash=%s\n{\"time\":\"x\",\"msg\":\"audit head\",\"seq\":%[1]s,\"hash\":\"%[2]s\"}\n",
		head[1],
		head[2],
	)
	if err := os.WriteFile(logs, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	expect(t, 0, "match (1 checked)", "audit", "verify", "--data", dir, "--heads", logs)
	edit(t, path, `DELETE FROM audit_events WHERE seq > 25`)
	expect(t, 0, "Verified 25 entries", "audit", "verify", "--data", dir)
	expect(
		t,
		1,
		"The first bad entry is number 26: the entry is missing, as are all entries up to 30",
		"audit",
		"verify",
		"--data",
		dir,
		"--heads",
		logs,
	)
	edit(t, path, `UPDATE audit_events SET reason = 'CB-2' WHERE seq = 7`)
	expect(t, 1, "The first bad entry is number 7", "audit", "verify", "--data", dir)
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	expect(t, 1, "no chain heads found in", "audit", "verify", "--data", withLog(t), "--heads", empty)
	expect(t, 2, "no such file", "audit", "verify", "--data", dir, "--heads", "/nowhere")
}

// TestAuditKeyIsNeverMadeAnew checks that a missing key isn't replaced with a new one. The key may be in another file,
// but other users must not be able to read that file.
func TestAuditKeyIsNeverMadeAnew(t *testing.T) {
	dir := withLog(t)
	key := filepath.Join(dir, "keys", "audit")
	elsewhere := filepath.Join(t.TempDir(), "audit.key")
	if err := os.Rename(key, elsewhere); err != nil {
		t.Fatal(err)
	}
	expect(t, 1, "put it back", "audit", "verify", "--data", dir)
	if _, err := os.Stat(key); err == nil {
		t.Error("a new key was created")
	}
	expect(t, 0, "Verified 30 entries", "audit", "verify", "--data", dir, "--audit-key-file", elsewhere)
	if err := os.Chmod(elsewhere, 0o644); err != nil {
		t.Fatal(err)
	}
	expect(t, 1, "chmod 600", "audit", "verify", "--data", dir, "--audit-key-file", elsewhere)
}

func TestAuditExport(t *testing.T) {
	dir := withLog(t)
	_, out, errText := cordboard(t, "", "audit", "export", "--data", dir)
	lines := bufio.NewScanner(strings.NewReader(out))
	n := 0
	for ; lines.Scan(); n++ {
		var record map[string]any
		if err := json.Unmarshal(lines.Bytes(), &record); err != nil {
			t.Fatalf("parse line %d: %v", n+1, err)
		}
		if n == 1 && (record["reason"] != "CB-1" || record["seq"] != float64(1)) {
			t.Errorf("the first row = %v", record)
		}
	}
	if n != 32 || !strings.Contains(errText, "audit head: 31 ") { // the head, 30 rows, and the export itself
		t.Errorf("got %d lines and stderr %q, want 32 and the head of row 31", n, errText)
	}
	_, out, _ = cordboard(t, "", "audit", "export", "--data", dir, "--format", "csv")
	if !strings.HasPrefix(out, "\ufeffseq,at,actorId") || strings.Count(out, "\r\n") != 33 {
		t.Errorf("CSV export = %.200s", out)
	}
}

// TestBackupAndRestore takes a backup of a running portal, and restores it after the portal has stopped. An attempt to
// restore a damaged or altered backup must not change the database.
func TestBackupAndRestore(t *testing.T) {
	data := t.TempDir()
	dir := filepath.Join(data, "sandbox")
	p := serve(t, "--sandbox", "--sandbox-pbxs", "20", "--data", data)
	before := signIn(t, p.url, "admin@sandbox.example", sandboxPassword)
	to := filepath.Join(t.TempDir(), "backup.db")
	expect(t, 0, "contains everything up to audit entry", "backup", "--data", dir, "--to", to)
	expect(t, 2, "never overwrites", "backup", "--data", dir, "--to", to)
	for _, path := range []string{to, to + ".head"} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: info = %v, error = %v, want mode 0600", path, info, err)
		}
	}
	expect(t, 1, "stop the portal first", "restore", "--data", dir, "--from", to)
	signIn(t, p.url, "viewer@sandbox.example", sandboxPassword) // this sign-in isn't in the backup
	p.end(t)
	rows := func() string {
		_, out, _ := cordboard(t, "", "audit", "export", "--data", dir)
		return out
	}
	if !strings.Contains(rows(), `"actorEmail":"viewer@sandbox.example"`) {
		t.Fatal("the log lacks the sign-in after the backup")
	}
	expect(
		t,
		1,
		"the entry is missing, as are all entries up to",
		append([]string{"audit", "verify", "--data", dir, "--heads"}, withHead(t, 9999))...)

	damaged := filepath.Join(t.TempDir(), "damaged.db")
	content, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	for i := len(content) / 2; i < len(content)/2+4096; i++ {
		content[i] ^= 0x5a
	}
	if err := os.WriteFile(damaged, content, 0o600); err != nil {
		t.Fatal(err)
	}
	expect(t, 1, "", "restore", "--data", dir, "--from", damaged)
	changed := filepath.Join(t.TempDir(), "changed.db")
	if err := os.WriteFile(changed, mustRead(t, to), 0o600); err != nil {
		t.Fatal(err)
	}
	edit(t, changed, `UPDATE audit_events SET detail = 'x' WHERE seq = 2`)
	expect(t, 1, "nothing was changed", "restore", "--data", dir, "--from", changed)
	expect(t, 1, "put it back from your backup of the keys", "restore", "--data", t.TempDir(), "--from", to)
	if !strings.Contains(rows(), `"actorEmail":"viewer@sandbox.example"`) {
		t.Error("a refused restore changed the database")
	}

	elsewhere := filepath.Join(t.TempDir(), "audit.key")
	if err := os.WriteFile(elsewhere, mustRead(t, filepath.Join(dir, "keys", "audit")), 0o600); err != nil {
		t.Fatal(err)
	}
	expect(
		t,
		0,
		"Restored everything up to audit entry",
		"restore",
		"--data",
		t.TempDir(),
		"--from",
		to,
		"--audit-key-file",
		elsewhere,
	)
	expect(t, 0, "The previous database is now", "restore", "--data", dir, "--from", to)
	if out := rows(); strings.Contains(out, `"actorEmail":"viewer@sandbox.example"`) ||
		!strings.Contains(out, "database.backup") ||
		!strings.Contains(out, "database.restore") {
		t.Error("the database isn't that of the backup")
	}
	expect(t, 0, "match (1 checked)", "audit", "verify", "--data", dir, "--heads", to+".head")
	p = serve(t, "--sandbox", "--sandbox-pbxs", "20", "--data", data)
	if body := get(t, before, p.url+"/pbxs"); !strings.Contains(body, "<h1>Sign in") {
		t.Error("a session of the backup still works")
	}
	signIn(t, p.url, "admin@sandbox.example", sandboxPassword)
	p.end(t)
}

func mustRead(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// withHead creates a file with a chain head that isn't in any log, and returns the file's path.
func withHead(t *testing.T, seq int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "head")
	if err := os.WriteFile(
		path,
		fmt.Appendf(nil, `{"seq":%d,"hash":"%s"}`, seq, strings.Repeat("a", 64)),
		0o600,
	); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestUserHelpCommands(t *testing.T) {
	dir := t.TempDir()
	addUser(t, dir) // adds an admin
	email := "ines@example.com"
	list := func() string { _, out, _ := cordboard(t, "", "user", "list", "--data", dir); return out }
	if !strings.Contains(list(), email) {
		t.Fatalf("user list lacks %s: %s", email, list())
	}
	expect(t, 1, "last admin", "user", "disable", "--data", dir, "--email", email)
	code, _, _ := cordboard(
		t,
		"lantern orchard gravel\n",
		"user",
		"add",
		"--data",
		dir,
		"--email",
		"bob@example.com",
		"--name",
		"Bob",
		"--role",
		"viewer",
		"--password-stdin",
	)
	if code != 0 {
		t.Fatal("adding a user failed")
	}
	expect(
		t,
		0,
		"can no longer sign in",
		"user",
		"disable",
		"--data",
		dir,
		"--email",
		"BOB@example.com",
		"--reason",
		"CB-3",
	)
	if !strings.Contains(list(), "disabled") {
		t.Errorf("user list lacks the disabled user:\n%s", list())
	}
	expect(t, 1, "account is disabled", "user", "reset-password", "--data", dir, "--email", "bob@example.com")
	expect(t, 1, "no change needed", "user", "disable", "--data", dir, "--email", "bob@example.com")
	expect(t, 0, "can sign in again", "user", "enable", "--data", dir, "--email", "bob@example.com")
	expect(
		t,
		0,
		"https://desk.example.com/link?token=",
		"user",
		"reset-password",
		"--data",
		dir,
		"--email",
		"bob@example.com",
		"--public-url",
		"https://desk.example.com",
	)
	expect(t, 1, "no second factor", "user", "reset-2fa", "--data", dir, "--email", "bob@example.com")
	expect(t, 1, "no user with the email address", "user", "enable", "--data", dir, "--email", "eve@example.com")
	_, out, _ := cordboard(t, "", "audit", "export", "--data", dir)
	for _, want := range []string{
		`"action":"user.disable"`,
		`"reason":"CB-3"`,
		`"action":"user.enable"`,
		`"action":"user.reset-password"`,
		`"actorName":"command line"`,
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the log lacks %s", want)
		}
	}
	if strings.Contains(out, "token=") {
		t.Error("the log contains the link")
	}
}

// TestAWrongDirectoryIsNoSuccess checks that commands that need an existing database fail if the data directory doesn't
// exist, and don't create it.
func TestAWrongDirectoryIsNoSuccess(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "typo")
	for _, args := range [][]string{
		{"audit", "verify"},
		{"audit", "export"},
		{"backup", "--to", filepath.Join(t.TempDir(), "x")},
		{"user", "list"},
		{"user", "disable", "--email", "a@example.com"},
	} {
		expect(t, 2, "check --data", append(args, "--data", dir)...)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("the command created the directory")
	}
}
