#!/usr/bin/env bash
# Prints Lighthouse's mobile scores for each page, in the sandbox with a signed-in user, and the audits that cost points.
set -euo pipefail
cd "$(dirname "$0")/.."
eval "$(bash e2e/setup.sh)"
VERSION=13.5.0
DIR=${E2E_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/cordboard-e2e}/lighthouse-$VERSION
[ -x "$DIR/node_modules/.bin/lighthouse" ] || {
	mkdir -p "$DIR"
	(cd "$DIR" && npm init -y >/dev/null 2>&1 && PUPPETEER_SKIP_DOWNLOAD=1 npm install --ignore-scripts --no-audit --no-fund --loglevel=error "lighthouse@$VERSION" >&2)
}
WORK=$(mktemp -d)
go build -o "$WORK/cordboard" ./cmd/cordboard
CORDBOARD_ADDR=127.0.0.1:0 "$WORK/cordboard" serve --sandbox --data "$WORK/data" >"$WORK/out" 2>"$WORK/log" &
SERVER=$!
trap 'kill $SERVER 2>/dev/null || true; wait $SERVER 2>/dev/null || true; rm -rf "$WORK"' EXIT
until grep -q 'Cordboard is at' "$WORK/out"; do kill -0 $SERVER; done
BASE=$(sed -n 's/^Cordboard is at //p' "$WORK/out")
curl -sf -c "$WORK/jar" -o /dev/null --data-urlencode 'email=admin@sandbox.example' --data-urlencode 'password=brass cord switchboard' "$BASE/signin"
printf '{"Cookie":"cordboard=%s"}' "$(awk '$6 == "cordboard" {print $7}' "$WORK/jar")" >"$WORK/headers.json"
until ID=$(curl -sf -b "$WORK/jar" "$BASE/pbxs" | grep -o 'data-pbx-id="[0-9]*"' | sed -n '9s/[^0-9]//gp') && [ -n "$ID" ]; do kill -0 $SERVER; done
# Until the customers of all PBXs are read, the newest PBX first, open pages update themselves while they are measured.
until curl -sf -b "$WORK/jar" "$BASE/pbxs?sort=createTime" | grep -q 'data-col="customer" data-value="[0-9]' &&
	! curl -sf -b "$WORK/jar" "$BASE/pbxs?sort=createTime" | grep -q 'Not read yet'; do
	kill -0 $SERVER
	sleep 1
done
for path in / /pbxs "/pbxs?attention=over&sort=-usage" "/pbxs/$ID" /changes /expiries /customers /operations /tasks /subscription \
	/audit /team /account /pbxs/new /pbxs/import /pbxs/filters /pbxs/settings /views /overview/settings /palette /keys \
	"/pbxs/$ID/resize" "/pbxs/$ID/renewal" "/snoozes/new?what=over&cloudPbxId=$ID" /customers/new; do
	CHROME_PATH=$E2E_CHROMIUM "$DIR/node_modules/.bin/lighthouse" "$BASE$path" --extra-headers="$WORK/headers.json" --quiet --output=json --output-path="$WORK/report.json" \
		--only-categories=performance,accessibility,best-practices --chrome-flags='--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage'
	node -e '
		const r = JSON.parse(require("fs").readFileSync(process.argv[1]));
		const scores = Object.values(r.categories).map((c) => c.id + " " + Math.round(c.score * 100));
		const cost = Object.values(r.categories).filter((c) => c.score < .98)
			.flatMap((c) => c.auditRefs.filter((a) => a.weight > 0 && (r.audits[a.id].score ?? 1) < .9).map((a) => a.id));
		console.log("lighthouse", process.argv[2], scores.join(", "), cost.join(" "));' "$WORK/report.json" "$path"
done
