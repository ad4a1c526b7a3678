#!/usr/bin/env bash
# Measures the real binary over loopback with wrk, side by side with a bare net/http server that sends the same bytes, in
# turns in one run, and writes the table in docs/performance.md. BASE names another build to compare with. Measured times
# depend on the machine; only the ratios of one run can be compared.
set -euo pipefail
cd "$(dirname "$0")/.."
ROUNDS=${ROUNDS:-3} SECONDS_EACH=${SECONDS_EACH:-5} CONNECTIONS=16
WORK=$(mktemp -d)
PIDS=()
trap 'kill "${PIDS[@]}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$WORK"' EXIT
command -v wrk >/dev/null || {
	as_root=$([ "$(id -u)" = 0 ] || echo sudo)
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends wrk >&2
}
go build -ldflags '-s -w' -o "$WORK/cordboard" ./cmd/cordboard

# A bare server: it sends the content of a file, compressed as the portal compressed it.
mkdir "$WORK/bare"
cat >"$WORK/bare/main.go" <<'GO'
package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
)

func main() {
	body, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Printf("Cordboard is at http://%s\n", listener.Addr())
	panic(http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Encoding", "gzip")
		h.Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body)
	})))
}
GO
go build -o "$WORK/bare/bare" "$WORK/bare/main.go"

# wrk asks for each query once in a run: no PBX has that many extensions, so that the number changes nothing else.
cat >"$WORK/list.lua" <<'LUA'
local thread, n = 0, 0
function setup(t)
	t:set("thread", thread)
	thread = thread + 1
end
function request()
	n = n + 1
	local unique = 1000000 + tonumber(os.getenv("RUN")) * 10000000 + thread * 5000000 + n
	return wrk.format("GET", os.getenv("QUERY") .. "extensionCapacity=.." .. unique)
end
LUA
FILTERED='/pbxs?status=Running&q=care&sort=-createTime&'

start() { # binary, arguments: sets ADDRESS
	local out
	out=$(mktemp -p "$WORK")
	"$@" >"$out" 2>"$out.log" &
	PIDS+=($!)
	until grep -q 'Cordboard is at' "$out"; do kill -0 $!; done
	ADDRESS=$(sed -n 's/^Cordboard is at //p' "$out")
}
portal() { # binary, number of PBXs: sets ADDRESS and COOKIE
	local data jar
	data=$(mktemp -d -p "$WORK") jar=$(mktemp -p "$WORK")
	CORDBOARD_ADDR=127.0.0.1:0 start "$1" serve --sandbox --sandbox-pbxs "$2" --data "$data"
	curl -sf -c "$jar" -o /dev/null --data-urlencode 'email=viewer@sandbox.example' --data-urlencode 'password=brass cord switchboard' "$ADDRESS/signin"
	COOKIE="cordboard=$(awk '$6 == "cordboard" {print $7}' "$jar")"
	until curl -sf -b "$COOKIE" "$ADDRESS/pbxs" | grep -q 'data-sync-state="current"'; do kill -0 "${PIDS[-1]}"; done
}
RUN=0
load() { # address, query, connections: prints requests per second, and p50 and p99 in ms
	RUN=$((RUN + 1))
	RUN=$RUN QUERY=$2 wrk -t "$(($3 > 1 ? 2 : 1))" -c "$3" -d "${SECONDS_EACH}s" --latency -s "$WORK/list.lua" -H "Cookie: $COOKIE" -H 'Accept-Encoding: gzip' "$1" >"$WORK/wrk"
	if grep -q 'Non-2xx\|Socket errors' "$WORK/wrk"; then
		cat "$WORK/wrk" >&2
		exit 1
	fi
	awk '
		function ms(v) { return v ~ /us$/ ? v / 1000 : v ~ /ms$/ ? v + 0 : v * 1000 }
		/Requests\/sec/ { rate = $2 } $1 == "50%" { half = ms($2) } $1 == "99%" { most = ms($2) }
		END { printf "%.0f %.2f %.2f\n", rate, half, most }' "$WORK/wrk"
}
median() { sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", a / b }'; }

rows=""
row() { rows+="| $1 | $2 |"$'\n' && printf '%-72s %s\n' "$1" "$2"; }

portal "$WORK/cordboard" 10000
NEW=$ADDRESS NEW_COOKIE=$COOKIE
curl -sf -H "Cookie: $COOKIE" -H 'Accept-Encoding: gzip' -o "$WORK/page" "$NEW${FILTERED}extensionCapacity=..999999"
start "$WORK/bare/bare" "$WORK/page"
BARE=$ADDRESS
[ -z "${BASE:-}" ] || { portal "$BASE" 10000 && OLD=$ADDRESS OLD_COOKIE=$COOKIE; }
for _ in $(seq "$ROUNDS"); do
	COOKIE=$NEW_COOKIE
	load "$BARE" "$FILTERED" $CONNECTIONS >>"$WORK/bare.rates"
	load "$NEW" "$FILTERED" $CONNECTIONS >>"$WORK/new.rates"
	[ -z "${BASE:-}" ] || COOKIE=$OLD_COOKIE load "$OLD" "$FILTERED" $CONNECTIONS >>"$WORK/old.rates"
done
bare=$(median <"$WORK/bare.rates") new=$(median <"$WORK/new.rates")
row 'filtered list, 10,000 PBXs, 16 connections, gzip' "$new requests/s"
row "bare \`net/http\`, the same $(wc -c <"$WORK/page") bytes" "$bare requests/s"
row 'ratio of the two' "$(ratio "$new" "$bare")"
[ -z "${BASE:-}" ] || row 'compared with the build before' "$(ratio "$new" "$(median <"$WORK/old.rates")") times"
COOKIE=$NEW_COOKIE
read -r _ half most < <(load "$NEW" "$FILTERED" 1)
row 'one visitor, 10,000 PBXs, p50 / p99' "$half / $most ms"
kill "${PIDS[@]}" 2>/dev/null || true
for n in 1000 10000 100000; do
	portal "$WORK/cordboard" "$n"
	read -r rate half most < <(load "$ADDRESS" "$FILTERED" 1)
	row "one visitor, $n PBXs, filtered: rate, p50 / p99" "$rate/s, $half / $most ms"
	read -r rate half most < <(load "$ADDRESS" '/pbxs?' 1)
	row "one visitor, $n PBXs, a filter that all pass: rate, p50 / p99" "$rate/s, $half / $most ms"
	kill "${PIDS[-1]}"
done
while read -r name bytes allocs; do
	row "in process, $name" "$allocs allocations, $bytes B"
done < <(go test -run '^$' -bench 'ListPage/10000$/' -benchmem ./handlers | awk '/^Benchmark/ { for (i = 1; i < NF; i++) { if ($(i + 1) == "B/op") b = $i; if ($(i + 1) == "allocs/op") a = $i } print $1, b, a }')
machine="$(nproc) × $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1), $(go version | cut -d' ' -f3), $(date -u +%F), $(git rev-parse --short HEAD)"
printf '%s\n' "$machine"
[ ! -f docs/performance.md ] || awk -v rows="$rows" -v machine="$machine" '
	/<!-- bench -->/ { print; print "Measured on " machine ".\n\n| Figure | Measured |\n|---|---|"; printf "%s", rows; skip = 1 }
	/<!-- end -->/ { skip = 0 }
	!skip && !/<!-- bench -->/ { print }' docs/performance.md >"$WORK/table"
[ ! -f docs/performance.md ] || cp "$WORK/table" docs/performance.md
