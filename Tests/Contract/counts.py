"""Prints what a run of schemathesis did: calls, answers, and operations that never succeeded.

usage: counts.py openapi.yaml report.ndjson
"""

import collections
import json
import sys

import yaml

with open(sys.argv[1], encoding="utf-8") as file:
    paths = yaml.safe_load(file)["paths"]
successes = {f"{method.upper()} {path}": 0 for path, item in paths.items() for method in item}
statuses = collections.Counter()
with open(sys.argv[2], encoding="utf-8") as file:
    for line in file:
        recorder = json.loads(line).get("ScenarioFinished", {}).get("recorder", {})
        for name, interaction in recorder.get("interactions", {}).items():
            case = recorder["cases"][name]["value"]
            status = (interaction.get("response") or {}).get("status_code", 0)
            statuses[status] += 1
            operation = f"{case['method']} {case['path']}"
            if operation in successes and 200 <= status < 400:
                successes[operation] += 1
never = sorted(name for name, count in successes.items() if count == 0)
print(f"schemathesis: {statuses.total()} calls of {len(successes)} operations: "
      + ", ".join(f"{count} x {status}" for status, count in sorted(statuses.items())))
print(f"schemathesis: {len(successes) - len(never)} operations succeeded, {len(never)} never: "
      + "; ".join(never))
