"""Checks the description of the API by itself: a valid OpenAPI 3.1 document, in which every operation
has what a stranger needs. Prints what is missing and ends with 1 if anything is.

usage: check.py openapi.yaml
"""

import sys

import jsonschema
import yaml
from openapi_spec_validator import OpenAPIV31SpecValidator

METHODS = {"get", "put", "post", "delete", "patch", "head", "options", "trace"}

with open(sys.argv[1], encoding="utf-8") as file:
    root = yaml.safe_load(file)
findings = [f"not OpenAPI 3.1: {error.message}" for error in OpenAPIV31SpecValidator(root).iter_errors()]


def resolved(node):
    while isinstance(node, dict) and "$ref" in node:
        target = root
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def has_example(schema):
    """Whether a body's schema shows one: its own, or a list of what has one."""
    schema = resolved(schema)
    if "examples" in schema or schema.get("type") not in ("object", "array"):
        return True
    if schema.get("type") == "array":
        return has_example(schema["items"])
    parts = [part for part in schema.get("properties", {}).values() if "items" in resolved(part)]
    return bool(parts) and all(has_example(resolved(part)["items"]) for part in parts)


examples = 0


def check_examples(name, schema):
    """Every example is of the schema that it stands in."""
    global examples
    for example in schema.get("examples", []):
        examples += 1
        whole = {**schema, "components": root["components"]}
        validator = jsonschema.Draft202012Validator(whole)
        for error in validator.iter_errors(example):
            findings.append(f"example of {name}: {error.json_path} {error.message}")


for name, schema in root["components"]["schemas"].items():
    check_examples(name, schema)
problem = root["components"]["responses"]["Problem"]["content"]["application/problem+json"]
for name, example in problem["examples"].items():
    examples += 1
    validator = jsonschema.Draft202012Validator({**problem["schema"], "components": root["components"]})
    for error in validator.iter_errors(example["value"]):
        findings.append(f"example of {name}: {error.message}")
kinds = {kind.rpartition(":")[2] for kind in root["components"]["schemas"]["ProblemType"]["enum"]}
for kind in kinds ^ set(problem["examples"]):
    findings.append(f"problem {kind}: a kind without an example, or an example without a kind")

operations = 0
identifiers = set()
for path, item in root["paths"].items():
    for method, operation in item.items():
        if method not in METHODS:
            continue
        operations += 1
        label = f"{method.upper()} {path}"
        answers = operation["responses"]
        wanted = set()
        if operation.get("security", root["security"]):
            # Media carry a signature, which is wrong (403) or right.
            wanted.add("403" if {"media": []} in operation.get("security", []) else "401")
            wanted.add("500")
        if "x-permission" in operation:
            wanted |= {"429", "503"}
        if operation.get("x-permission", "any") != "any":
            wanted.add("403")
        if "{" in path:
            wanted.add("404")
        if "requestBody" in operation:
            wanted |= {"400", "413", "415"}
        headers = {resolved(header)["name"] for header in operation.get("parameters", [])}
        if "Idempotency-Key" in headers:
            wanted |= {"409", "422"}
        if "If-Match" in headers:
            wanted.add("412")
        if "If-None-Match" in headers:
            wanted.add("304")
        for status in sorted(wanted - set(answers)):
            findings.append(f"{label}: the answer {status} is not described")
        if not operation.get("summary") or not operation.get("tags"):
            findings.append(f"{label}: no summary or tag")
        if operation["operationId"] in identifiers:
            findings.append(f"{label}: its operationId is another's too")
        identifiers.add(operation["operationId"])
        bodies = [operation.get("requestBody", {})] + list(answers.values())
        for body in bodies:
            for kind, media in resolved(body).get("content", {}).items():
                if kind == "application/json" and not has_example(media["schema"]):
                    findings.append(f"{label}: a body without an example")

for finding in findings:
    print("description: " + finding)
print(f"description: OpenAPI 3.1, {operations} operations, {examples} examples, {len(findings)} findings")
sys.exit(1 if findings else 0)
