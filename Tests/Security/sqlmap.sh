#!/bin/sh
# Lets sqlmap try every parameter of a choice of routes of a running installation: in the query, in the
# path and in JSON, with an owner's token. Ends with 0 only if it finds none that is injectable and no
# answer is an error of the server's. Needs sqlmap, curl and python3; minutes.
# usage: Tests/Security/sqlmap.sh URL [EMAIL PASSWORD TENANT]
#   The installation must be one for tests, with SPARC_RATE_READS, _WRITES and _UNKNOWN at 0: things are
#   made in it.
set -eu
url=${1:?usage: Tests/Security/sqlmap.sh URL [EMAIL PASSWORD TENANT]}
email=${2:-admin@sparc.dev} password=${3:-admin123} tenant=${4:-development}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
login() {
    curl -sS -X POST "$url/api/v1/auth/login" -H 'Content-Type: application/json' \
        -d "{\"email\":\"$email\",\"password\":\"$password\",\"tenant\":\"$tenant\"}" |
        python3 -c 'import json, sys; print(json.load(sys.stdin)["access_token"])'
}
token=$(login)
some=0b7e4d1c-6f0a-4d39-9d0e-2f6d3f1c5a77
count=0 found=0 errors=0
# try METHOD PATH [BODY]: what `*` marks is tried, else every parameter.
try() {
    count=$((count + 1))
    rm -rf "$work/out"
    set -- "$@" ""
    if [ -n "$3" ]; then set -- "$1" "$2" --data "$3"; else set -- "$1" "$2"; fi
    method=$1 path=$2
    shift 2
    sqlmap --batch --disable-coloring --output-dir "$work/out" --flush-session --threads 1 \
        --dbms PostgreSQL --level 2 --risk 1 --technique BEUS --timeout 15 --retries 1 \
        --ignore-code '*' --skip 'authorization,user-agent,referer,host' \
        -u "$url$path" --method "$method" -H "Authorization: Bearer $token" \
        -H 'Content-Type: application/json' "$@" >"$work/log" 2>&1 </dev/null || true
    if grep -q -E 'is vulnerable|appears to be .*injectable|is .*injectable' "$work/log" &&
        ! grep -q 'all tested parameters do not appear to be injectable' "$work/log"; then
        found=$((found + 1))
        echo "sqlmap: $method $path"
        tail -30 "$work/log"
    fi
    grep -q -E 'tested parameters|does not seem to be injectable' "$work/log" || {
        errors=$((errors + 1))
        echo "sqlmap did not try $method $path"
        tail -5 "$work/log"
    }
    if grep -q '500 (Internal' "$work/log"; then
        errors=$((errors + 1))
        echo "an error of the server: $method $path"
    fi
}
try GET '/api/v1/users?limit=1*&cursor=x*'
try GET "/api/v1/audit?action=x*&from=2026-01-01T00:00:00Z*&cursor=x*"
try GET "/api/v1/events?cursor=x*&limit=1*"
try GET "/api/v1/alerts?state=open*&cursor=x*"
try GET "/api/v1/cameras/$some*"
try GET "/api/v1/sites/$some*"
try GET "/api/v1/users/$some*"
try GET "/api/v1/cameras/$some/timeline?from=2026-01-01T00:00:00Z*&to=2026-01-02T00:00:00Z*"
try POST /api/v1/sites '{"name":"x*","time_zone":"Europe/Berlin*"}'
try POST /api/v1/cameras '{"name":"x*","url":"rtsp://10.0.0.5/x*","site_id":"'$some'*"}'
try POST /api/v1/roles '{"name":"x*","permissions":["cameras.read*"]}'
try POST /api/v1/setup '{"token":"x*","organisation":"x*","tenant":"x*","email":"a@example.com*","password":"correct horse battery"}'
try POST /api/v1/auth/oidc/token '{"login":"x*"}'
try POST /api/v1/auth/login '{"email":"a@example.com*","password":"x*","tenant":"development*"}'
echo "sqlmap: $count routes, $found injectable, $errors errors"
[ "$found" -eq 0 ] && [ "$errors" -eq 0 ]
