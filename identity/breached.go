package identity

import (
	"bytes"
	"compress/gzip"
	"embed"
	"io"
	"sort"
	"strings"
	"sync"
	"unicode/utf8"

	"cordboard/fold"
)

//go:embed breached/*.gz
var breachedFiles embed.FS

// leaked is a list of passwords from known leaks, in lowercase: those that meet the minimum length, and the most common
// ones of any length. breached/SOURCES.md lists their sources.
type leaked struct {
	long  []string // sorted
	short map[string]bool
}

var readLeaked = sync.OnceValue(func() leaked {
	l := leaked{long: unpackLines("breached/passwords.txt.gz"), short: map[string]bool{}}
	sort.Strings(l.long)
	for _, word := range unpackLines("breached/short.txt.gz") {
		l.short[word] = true
	}
	return l
})

func unpackLines(name string) []string {
	packed, err := breachedFiles.ReadFile(name)
	if err != nil {
		panic(err) // can't happen: the file is embedded
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		panic(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		panic(err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

// isLeaked reports whether a password, ignoring case, is in the list or merely repeats one of the most common
// passwords.
func isLeaked(password string) bool {
	l := readLeaked()
	p := strings.ToLower(fold.Password(password))
	if i := sort.SearchStrings(l.long, p); i < len(l.long) && l.long[i] == p {
		return true
	}
	for n := 2; n <= utf8.RuneCountInString(p)/2; n++ { // n is the length of the repeated part in runes
		end := 0
		for range n {
			_, size := utf8.DecodeRuneInString(p[end:])
			end += size
		}
		if part := p[:end]; len(p)%len(part) == 0 && strings.Repeat(part, len(p)/len(part)) == p {
			return l.short[part]
		}
	}
	return false
}
