package e2e

import (
	"flag"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/playwright-community/playwright-go"
)

// pictureDir is the directory that gets the pictures of the pages and of the jobs. The make target "pictures" sets it.
var pictureDir = flag.String("pictures", "", "directory for pictures of the pages; none are taken if it is empty")

var notInNames = regexp.MustCompile(`[^a-z]+`)

// pictures runs axe on the open page in three more widths, checks that the page never scrolls sideways, and takes
// pictures of it for a desktop and a phone. It does nothing if no pictures are wanted, because it takes long.
func (tb *tab) pictures(theme, path string) {
	tb.t.Helper()
	if *pictureDir == "" {
		return
	}
	name := strings.Trim(notInNames.ReplaceAllString(strings.ToLower(path), "-"), "-")
	if name == "" {
		name = "overview"
	}
	for _, width := range []int{1440, 1024, 768, 390} {
		must(tb.t, tb.SetViewportSize(width, 900))
		if width < 1440 {
			tb.axe(fmt.Sprintf("%s at %d px", path, width))
		}
		over, err := tb.Evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
		must(tb.t, err)
		if over != 0 {
			tb.t.Errorf("%s scrolls sideways by %v px at %d px", path, over, width)
		}
		if width == 1440 || width == 390 {
			tb.picture("pages", fmt.Sprintf("%s-%d-%s.png", name, width, theme), width == 390)
		}
	}
	must(tb.t, tb.SetViewportSize(1440, 900))
}

// picture writes a picture of the open page, if pictures are wanted.
func (tb *tab) picture(dir, name string, whole bool) {
	tb.t.Helper()
	if *pictureDir == "" {
		return
	}
	_, err := tb.Screenshot(playwright.PageScreenshotOptions{
		Path: playwright.String(filepath.Join(*pictureDir, dir, name)), FullPage: playwright.Bool(whole),
	})
	must(tb.t, err)
}
