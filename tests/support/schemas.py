"""The JSON Schemas of docs/schema, and which of their fields and choices documents have had."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from jsonschema.validators import extend

FOLDER = Path(__file__).parent.parent.parent / "docs" / "schema"


class Schema:
    """One schema, which remembers what documents have had of it."""

    def __init__(self, name: str) -> None:
        self.content: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
        self._seen: set[tuple[int, str]] = set()
        rules = Draft202012Validator.VALIDATORS
        hooks = {keyword: self._remembering(keyword, rules[keyword]) for keyword in ("properties", "enum")}
        hooks["items"] = _of_distinct_items
        self._validator = extend(Draft202012Validator, hooks)(self.content)

    def check(self, document: Any, case: object = "") -> None:
        """Fails where the document does not satisfy the schema."""
        error = best_match(self._validator.iter_errors(document))
        assert error is None, f"{case}: {error.json_path}: {error.message}"

    def unseen(self) -> list[str]:
        """The fields that no document had, and the choices."""
        return [text for place, text in _fields_and_choices(self.content) if (place, text) not in self._seen]

    def _remembering(self, keyword: str, rule: Any) -> Any:
        def hook(validator: Any, argument: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
            if keyword == "properties" and isinstance(instance, dict):
                self._seen.update((id(argument), name) for name in instance)
            elif keyword == "enum":
                self._seen.add((id(argument), repr(instance)))
            yield from rule(validator, argument, instance, schema)

        return hook


def _of_distinct_items(validator: Any, argument: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    """The keyword `items`, which judges equal entries of a large array only once."""
    if isinstance(instance, list):
        instance = list({repr(item): item for item in instance}.values())
    yield from Draft202012Validator.VALIDATORS["items"](validator, argument, instance, schema)


def _fields_and_choices(schema: Any) -> Iterator[tuple[int, str]]:
    """Each field with the identity of its `properties`, each choice with that of its `enum`."""
    if isinstance(schema, Mapping):
        yield from ((id(schema["properties"]), name) for name in schema.get("properties", ()))
        yield from ((id(schema["enum"]), repr(choice)) for choice in schema.get("enum", ()))
    parts = schema.values() if isinstance(schema, Mapping) else schema if isinstance(schema, list) else ()
    for part in parts:
        yield from _fields_and_choices(part)
