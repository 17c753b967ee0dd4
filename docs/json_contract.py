"""Keeps the JSON contract in step with itself; run it after a change of a schema: `python docs/json_contract.py`.

The schemas in docs/schema are written by hand but for their `$defs`, which are copied from common.json, so that each is
complete in itself. The page is written by hand but for its tables of fields, which are made from the schemas.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parent
PAGE = DOCS / "reference" / "json.md"
COMMON = DOCS / "schema" / "common.json"
SCHEMAS = sorted(path for path in COMMON.parent.glob("*.json") if path != COMMON)
REFERENCE = "#/$defs/"
TABLE = re.compile(r"(<!-- fields of ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
"""The place of a table on the page, with the name of its schema."""

Schema = Mapping[str, Any]


def contract_files() -> dict[Path, str]:
    """What each file of the contract is to contain."""
    common = json.loads(COMMON.read_text("utf-8"))
    schemas = {path: _bundled(json.loads(path.read_text("utf-8")), common["$defs"]) for path in SCHEMAS}
    tables = {path.stem: "\n".join(_tables(schema)) for path, schema in schemas.items()}
    page = TABLE.sub(lambda match: f"{match[1]}\n{tables[match[2]]}\n\n{match[3]}", PAGE.read_text("utf-8"))
    return {path: _to_text(schema) for path, schema in {COMMON: common, **schemas}.items()} | {PAGE: page}


def _to_text(schema: Schema) -> str:
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def _bundled(schema: Schema, definitions: Mapping[str, Any]) -> dict[str, Any]:
    """The schema with all definitions that it refers to, directly or through others, in the order of common.json."""
    own_part = {key: value for key, value in schema.items() if key != "$defs"}
    needed: set[str] = set()
    waiting = [*_references(own_part)]
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += _references(definitions[name])
    return {**own_part, "$defs": {name: value for name, value in definitions.items() if name in needed}}


def _references(schema: Any) -> Iterator[str]:
    """The names of the definitions that a schema refers to directly."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield schema["$ref"].removeprefix(REFERENCE)
        for value in schema.values():
            yield from _references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _references(value)


def _tables(schema: Schema) -> Iterator[str]:
    """A Markdown table of all fields; of alternatives a table for each that is an object."""
    definitions = schema["$defs"]
    alternatives = [_resolve(each, definitions) for each in schema.get("oneOf", schema.get("anyOf", [schema]))]
    objects = [each for each in alternatives if "properties" in each]
    for number, each in enumerate(objects):
        if number:
            yield ""
        if len(objects) > 1:
            yield f"{each['description']}\n"
        yield "| field | type | meaning |"
        yield "| --- | --- | --- |"
        for path, field, is_required in _fields(each, "", definitions):
            kind = _type_text(field, definitions) + ("" if is_required else ", optional")
            yield f"| `{path}` | {kind} | {field['description']} |"


def _resolve(schema: Schema, definitions: Mapping[str, Any]) -> dict[str, Any]:
    """A schema with its `allOf` and what it refers to put in their place; its own description wins."""
    merged: dict[str, Any] = {}
    references = [definitions[schema["$ref"].removeprefix(REFERENCE)]] if "$ref" in schema else []
    for base in [*schema.get("allOf", []), *references]:
        merged = _merged(merged, _resolve(base, definitions))
    return _merged(merged, {key: value for key, value in schema.items() if key not in ("$ref", "allOf")})


def _merged(first: Schema, second: Schema) -> dict[str, Any]:
    properties = {**first.get("properties", {}), **second.get("properties", {})}
    required = [*first.get("required", []), *second.get("required", [])]
    return {**first, **second, **({"properties": properties, "required": required} if properties else {})}


def _fields(schema: Schema, path: str, definitions: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any], bool]]:
    """Every field, its path as jq writes it, and whether it is always present."""
    for name, field in schema["properties"].items():
        key = name if name.isidentifier() else f'"{name}"'
        resolved = _resolve(field, definitions)
        yield f"{path}.{key}", resolved, name in schema["required"]
        items = _resolve(resolved["items"], definitions) if "items" in resolved else resolved
        if "properties" in items:
            yield from _fields(items, f"{path}.{key}" + ("[]" if "items" in resolved else ""), definitions)


def _type_text(schema: Schema, definitions: Mapping[str, Any]) -> str:
    """What a field holds: `string or null`, `list of objects`."""
    schema = _resolve(schema, definitions)
    if "title" in schema:
        return str(schema["title"])
    if "const" in schema or "enum" in schema:
        return " or ".join(f"`{json.dumps(value)}`" for value in schema.get("enum", [schema.get("const")]))
    if "anyOf" in schema:
        return " or ".join(_type_text(each, definitions) for each in schema["anyOf"])
    if isinstance(schema["type"], list):
        return " or ".join(schema["type"])
    if schema["type"] == "array":
        return f"list of {_type_text(schema['items'], definitions)}s"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_type_text(schema['additionalProperties'], definitions)} by name"
    return str(schema["type"])


if __name__ == "__main__":
    for path, text in contract_files().items():
        path.write_text(text, "utf-8")
