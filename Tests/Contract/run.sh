#!/bin/sh
# Holds a running installation against its description: the description by itself (check.py), then
# every operation with generated requests (schemathesis), the same ones for the same seed. Needs
# python3 and, the first time, its package index. Ends with 0 only without findings.
# usage: Tests/Contract/run.sh URL WORKER_TOKEN
#   SPARC_CONTRACT_EXAMPLES: requests of a kind for each operation (250: about three minutes)
#   SPARC_CONTRACT_SEED: 1
set -eu
cd "$(dirname "$0")"
description=../../Sources/API/openapi.yaml
venv=${SPARC_CONTRACT_VENV:-../../.build/contract-venv}
if [ ! -x "$venv/bin/schemathesis" ]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet 'schemathesis==4.32.5' 'openapi-spec-validator==0.9.0'
fi
"$venv/bin/python" check.py "$description"
report=$(mktemp -d)
trap 'rm -rf "$report"' EXIT
export SPARC_CONTRACT_URL="$1" SPARC_CONTRACT_WORKER_TOKEN="$2"
status=0
"$venv/bin/schemathesis" run "$description" --url "$1" --no-color --generation-database none \
    --seed "${SPARC_CONTRACT_SEED:-1}" --max-examples "${SPARC_CONTRACT_EXAMPLES:-250}" \
    --report ndjson --report-ndjson-path "$report/report.ndjson" >"$report/output" || status=$?
if [ "$status" -ne 0 ]; then cat "$report/output"; fi
"$venv/bin/python" counts.py "$description" "$report/report.ndjson"
sed -n -e 's/^=* \(.* in [0-9.]*s\) =*$/schemathesis: \1/p' "$report/output"
exit "$status"
