#!/usr/bin/env bash
# Runs the long tests one after another, since they measure time and memory, and prints a table of measurements and
# limits. The script fails if a test fails, if a command finds no tests, if a measurement misses its limit, or if the
# run takes more than 45 minutes.
# It takes about 25 minutes on two cores.
set -uo pipefail
log=$(mktemp)
trap 'rm -f "$log"' EXIT
failed=()
began=$SECONDS

run() { # name, command and its arguments
	local name=$1 start=$SECONDS from
	from=$(($(wc -l <"$log") + 1))
	shift
	printf '== %s: %s\n' "$name" "$*"
	"$@" 2>&1 | tee -a "$log" | grep -v '^=== \|^--- PASS\|SOAK|'
	local code=${PIPESTATUS[0]}
	[ "$code" = 0 ] && tail -n "+$from" "$log" | grep -q 'no tests to run' && code='no tests'
	[ "$code" = 0 ] || failed+=("$name")
	printf '    SOAK|%s|%s|exit 0|%s\n' "$name (exit, $((SECONDS - start)) s)" "$code" "$([ "$code" = 0 ] && echo ok || echo MISSED)" >>"$log"
}

# Attack tests, with production costs: bodies, totals, sign-ins, a locked database, audit searches, exports, headers and
# the ledger.
run 'endless bodies and hostile totals' go test -count 1 -timeout 10m ./cmd/cordboard -run 'EndlessBodies|TotalsTakeNoMemory' -v -soak-timed -soak-for 30s
run 'sign-ins under attack' go test -count 1 -timeout 15m ./handlers/signin -run 'Enumerated|MadeUp|DuringAnAttack' -v -attack-timed -attack-tries 100 -attack-for 60s -attack-names 50000
run 'queues of sign-ins, 20 times' go test -count 20 -timeout 5m ./identity
run 'rows that strangers cause' go test -count 1 -timeout 5m ./handlers/signin -run 'Strangers(Fill|Are)' -v -attack-timed
run 'a stuck or full database' go test -count 1 -timeout 10m ./handlers/web -run 'LockedDatabase|NeedsNoRoom|WithoutRoom|NotOursAnyMore' -v -attack-timed
run 'searches of 1,000,000 rows of the log' go test -count 1 -timeout 15m ./handlers/audit -run SearchesOfTheLog -v -attack-timed -audit-rows 1000000
run 'exports and headers of 1,000 hostile fleets and requests' go test -count 1 -timeout 10m ./handlers ./handlers/pbxs -run 'NoCellRuns|HeadersStaySmall' -rapid.checks 1000
run 'ledgers of 1,000 answers' go test -count 1 -timeout 10m ./fleet/mirror -run 'LedgerOfAnyAnswer' -rapid.checks 1000
run 'totals, each 20 times' go test -count 20 -timeout 10m ./fleet/mirror -run TotalsThatLie

run 'pages about customers' go test -count 1 -timeout 10m ./handlers -run 'CustomerPages' -v -attack-timed
run 'pages about batches' go test -count 1 -timeout 10m ./handlers -run 'BatchPage' -v -attack-timed
run 'a flood of webhooks' go test -count 1 -timeout 10m ./fleet/hooks -run 'TestMemory' -v -hooks-soak

# Guarantees of operations and passes.
run 'what YCM may answer, 1,000,000 times' go test -run '^$' -fuzz FuzzDecode -fuzztime 1000000x ./ycm
run '1,000 creates, each exactly once' go test -run TestExactlyOnce -count 1 -timeout 15m ./fleet/operations/create -creation-runs 1000
run '1,000 changes, each exactly once' go test -run 'TestExactlyOnce|TestLostUpdates' -count 1 -timeout 15m ./fleet/operations/change -change-runs 1000
run '1,000 changes of customers, each exactly once' go test -run 'TestExactlyOnce' -count 1 -timeout 15m ./fleet/operations/customer -customer-runs 1000
run '200 changes through kill -9' go test -run TestKilledChanges -count 1 -timeout 15m ./cmd/cordboard -change-kill-runs 200
run '200 creates through kill -9' go test -run TestKilledPortal -count 1 -timeout 15m ./cmd/cordboard -kill-runs 200
run '1,000 drifting batches, and 460 with faults' go test -run 'TestTruth|TestExactlyOnce|TestLastExtensions' -count 1 -timeout 20m ./fleet/batches -drift-runs 1000 -crash-runs 460 -race-runs 100
run '200 kill -9 over batches of 100' go test -run TestKilledBatches -count 1 -timeout 15m ./cmd/cordboard -batch-kill-runs 200
run 'an import of 5,000 lines' go test -run TestPlantedErrors -count 1 -timeout 5m ./handlers/batches -v -import-timed
run 'uploads of 20 MB' go test -count 1 -timeout 5m ./cmd/cordboard -run TestUploadsTakeLittleMemory -v -soak-timed
run 'searches against a plain loop' go test -run 'KeepsItsAddress|PlainLoop|SurviveAnAddress' -count 1 -timeout 10m ./fleet/list ./handlers/pbxs -rapid.checks 5000
run 'races, twice' env CGO_ENABLED=1 go test -race -gcflags='modernc.org/sqlite/lib=-race=false' -count 2 -timeout 20m ./ycm/... ./store ./identity ./fleet/...

printf '\n%-78s %12s  %-10s %s\n' figure measured limit verdict
sed -n 's/^.*SOAK|//p' "$log" | while IFS='|' read -r name figure bar verdict; do printf '%-78s %12s  %-10s %s\n' "$name" "$figure" "$bar" "$verdict"; done
printf '%-78s %12s  %-10s %s\n' 'total (min)' "$(((SECONDS - began) / 60))" '<= 45' "$([ $((SECONDS - began)) -le 2700 ] && echo ok || echo MISSED)"
if [ ${#failed[@]} -gt 0 ] || [ $((SECONDS - began)) -gt 2700 ]; then
	printf 'failed: %s\n' "${failed[*]}"
	exit 1
fi
