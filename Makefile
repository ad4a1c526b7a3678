# Targets for developers and CI. `make run` needs only Go and make. `make test` also needs Node, and installs everything
# else that is missing.
.DEFAULT_GOAL := build

# With the same flags everywhere, in any directory, packages are compiled once for build, tests, vet and lint.
export CGO_ENABLED := 0
export GOFLAGS := $(filter-out -trimpath,$(GOFLAGS)) -trimpath

# RACE turns on the race detector, except for libraries that take most of the time with it: SQLite, which is C translated
# to Go, compression, hashing, and the HTML parser of tests.
UNRACED := modernc.org/sqlite modernc.org/sqlite/lib modernc.org/libc modernc.org/memory \
	github.com/klauspost/compress/... golang.org/x/crypto/... golang.org/x/net/html
RACE := -race $(foreach package,$(UNRACED),-gcflags='$(package)=-race=false -d=checkptr=0')

GOLANGCI_VERSION := v2.15.0
GOLANGCI := .tools/golangci-lint-$(GOLANGCI_VERSION)

# Tests wait for each write to reach the disk, so their databases are kept in memory if programs can run from there and
# 2 GB are free. `make soak` uses the disk.
IN_MEMORY := $(shell bash -c 'd=$$(mktemp -d /dev/shm/cordboard.XXXXXX) && cp /bin/true $$d && $$d/true && \
	[ $$(df --output=avail -k $$d | tail -1) -ge 2000000 ] && echo TMPDIR=/dev/shm; rm -rf $$d' 2>/dev/null)

.PHONY: run build generate test race lint check bench soak e2e pictures vendor vulncheck sbom

run: build ## build and start the sandbox
	exec bin/cordboard serve --sandbox

build: ## build the static binary bin/cordboard
	go build -ldflags '-s -w' -o bin/cordboard ./cmd/cordboard

generate: ## generate Go code from the templ files
	go tool templ generate -log-level warn

test: ## run all tests, including browser journeys; `make check` vets them
	$(IN_MEMORY) go test -vet=off -timeout 10m $$(go list ./... | grep -v /e2e$$)
	$(MAKE) e2e

race: ## run the tests, except browser journeys, with the race detector and fewer repetitions
	CGO_ENABLED=1 $(IN_MEMORY) go test $(RACE) -vet=off -short -timeout 15m $$(go list ./... | grep -v /e2e$$)

e2e: ## run only the browser journeys
	setup="$$(bash e2e/setup.sh)" && eval "$$setup" && E2E_REQUIRED=1 $(IN_MEMORY) go test -vet=off -count 1 -parallel 4 -timeout 20m ./e2e

pictures: ## take the pictures of all pages and jobs, and run axe on the pages in four widths
	mkdir -p bin/pictures/jobs bin/pictures/pages docs/pictures
	setup="$$(bash e2e/setup.sh)" && eval "$$setup" && E2E_REQUIRED=1 $(IN_MEMORY) go test -vet=off -count 1 -timeout 40m \
		./e2e -run 'TestJobs/pointer|TestAccessibility' -pictures "$(CURDIR)/bin/pictures"
	cp bin/pictures/jobs/*.png docs/pictures/

lint: $(GOLANGCI)
	$(GOLANGCI) run

$(GOLANGCI):
	mkdir -p .tools
	GOBIN="$(CURDIR)/.tools" go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
	mv .tools/golangci-lint $@

check: generate ## check that generated code and go.mod are current, and run vet and lint
	git diff --exit-code -- '*_templ.go'
	go mod tidy -diff
	go vet ./...
	$(MAKE) lint

bench: ## run the benchmarks, wrk and Lighthouse; print results without asserting times
	go test -run '^$$' -bench . -benchmem ./fleet/... ./handlers ./store
	bash e2e/bench.sh
	bash e2e/lighthouse.sh

soak: ## run the long tests and the attack tests; print a table of measurements and limits
	bash e2e/soak.sh

vendor: ## install htmx again from its lockfile
	cd static/vendor && npm ci --ignore-scripts --no-audit --no-fund
	cp static/vendor/node_modules/htmx.org/dist/htmx.min.js static/js/htmx-4.0.1.min.js

vulncheck: ## report known vulnerabilities; needs access to vuln.go.dev
	go run golang.org/x/vuln/cmd/govulncheck@latest ./...

sbom: build ## write the SBOM to bin/cordboard.cdx.json and check it against `go version -m`
	go run github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0 bin -json -output bin/cordboard.cdx.json bin/cordboard
	test "$$(grep -c '"purl": "pkg:golang' bin/cordboard.cdx.json)" -ge "$$(go version -m bin/cordboard | grep -c '^	dep')"
