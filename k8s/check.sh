#!/bin/sh
# Validates every manifest of this folder against the schemas of Kubernetes, strictly: an unknown
# field is an error. Needs python3 and, the first time, its package index.
# usage: k8s/check.sh [kubernetes version, such as 1.31]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
venv=${SPARC_K8S_VENV:-$here/../.build/k8s-venv}
if [ ! -x "$venv/bin/kubernetes-validate" ]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet 'kubernetes-validate==1.31.0'
fi
"$venv/bin/kubernetes-validate" --strict --kubernetes-version "${1:-1.31}" "$here"/*.yaml
