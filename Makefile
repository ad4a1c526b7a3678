# The targets that people and CI call. `make run` needs Go and make only; `make test` installs the rest if it is missing.
.DEFAULT_GOAL := build

# The race detector, except for SQLite itself: it is C translated to Go, each connection has its own, and it would take
# ten times as long.
RACE := -race -gcflags='modernc.org/sqlite/lib=-race=false'

GOLANGCI_VERSION := v2.15.0
GOLANGCI := .tools/golangci-lint-$(GOLANGCI_VERSION)

.PHONY: run build generate test race lint check bench soak e2e vendor vulncheck sbom

run: build ## build, and start the sandbox
	exec bin/cordboard serve --sandbox

build: ## static bin/cordboard
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o bin/cordboard ./cmd/cordboard

generate: ## Go code of the templ files
	go tool templ generate -log-level warn

test: ## everything, browser journeys included
	go test -timeout 10m $$(go list ./... | grep -v /e2e$$)
	$(MAKE) e2e

race: ## the tests of our packages with the race detector
	go test $(RACE) -timeout 15m $$(go list ./... | grep -v /e2e$$)

e2e: ## the browser journeys alone
	setup="$$(bash e2e/setup.sh)" && eval "$$setup" && E2E_REQUIRED=1 go test -count 1 -timeout 20m ./e2e

lint: $(GOLANGCI)
	$(GOLANGCI) run

$(GOLANGCI):
	mkdir -p .tools
	GOBIN="$(CURDIR)/.tools" go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
	mv .tools/golangci-lint $@

check: generate ## generated code and go.mod are current, vet and lint are content
	git diff --exit-code -- '*_templ.go'
	go mod tidy -diff
	go vet ./...
	$(MAKE) lint

bench: ## prints, asserts no times
	go test -run '^$$' -bench . -benchmem ./fleet/... ./handlers ./store
	bash e2e/lighthouse.sh

soak: ## the long forms of the tests, with times and memory: one table, each figure against its bar
	bash e2e/soak.sh

vendor: ## htmx again from its lockfile
	cd static/vendor && npm ci --ignore-scripts --no-audit --no-fund
	cp static/vendor/node_modules/htmx.org/dist/htmx.min.js static/js/htmx-4.0.1.min.js

vulncheck: ## on a machine that reaches vuln.go.dev
	go run golang.org/x/vuln/cmd/govulncheck@latest ./...

sbom: build ## bin/cordboard.cdx.json: what the binary is made of, as `go version -m` has it, and the htmx in it
	go run github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0 bin -json -output bin/cordboard.cdx.json bin/cordboard
	test "$$(grep -c '"purl": "pkg:golang' bin/cordboard.cdx.json)" -ge "$$(go version -m bin/cordboard | grep -c '^	dep')"
