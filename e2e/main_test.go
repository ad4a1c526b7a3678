// Package e2e tests the portal in a browser, as a user sees it. It starts everything it needs, and uses ycm/ycmtest in
// place of YCM.
package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/playwright-community/playwright-go"
)

// All journeys share one browser, and each tab has its own browser context.
var (
	browser   playwright.Browser
	axeSource string
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	stop, err := startBrowser()
	if err != nil {
		if os.Getenv("E2E_REQUIRED") != "" {
			fmt.Fprintf(os.Stderr, "e2e: no browser: %v\n", err)
			return 1
		}
		fmt.Fprintf(os.Stderr, "e2e: SKIPPED, no browser found (make test installs one): %v\n", err)
		return 0
	}
	defer stop()
	return m.Run()
}

// startBrowser starts the browser that e2e/setup.sh found or installed. It downloads nothing.
func startBrowser() (stop func(), err error) {
	for _, name := range []string{"PLAYWRIGHT_DRIVER_PATH", "PLAYWRIGHT_NODEJS_PATH", "E2E_CHROMIUM", "E2E_AXE_JS"} {
		if os.Getenv(name) == "" {
			return nil, fmt.Errorf("%s is not set", name)
		}
	}
	axe, err := os.ReadFile(filepath.Clean(os.Getenv("E2E_AXE_JS")))
	if err != nil {
		return nil, err
	}
	axeSource = string(axe)
	pw, err := playwright.Run(
		&playwright.RunOptions{DriverDirectory: os.Getenv("PLAYWRIGHT_DRIVER_PATH"), SkipInstallBrowsers: true},
	)
	if err != nil {
		return nil, err
	}
	browser, err = pw.Chromium.Launch(playwright.BrowserTypeLaunchOptions{
		ExecutablePath: playwright.String(os.Getenv("E2E_CHROMIUM")),
		Args: []string{
			"--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
			"--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
		},
	})
	if err != nil {
		return nil, err
	}
	return func() {
		if err := browser.Close(); err != nil {
			fmt.Fprintln(os.Stderr, "e2e:", err)
		}
		if err := pw.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "e2e:", err)
		}
	}, nil
}
