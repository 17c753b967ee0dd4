"""Short names in a program, such as P, that stand for inputs with other names: `Pressure (kPa)`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from graphdiff.errors import GraphdiffError, shorten
from graphdiff.graph.graph import Graph
from graphdiff.language.hints import nearest
from graphdiff.language.tree import Name, Statement
from graphdiff.source import Source, normalize_text


def normalize_pairs(names: Mapping[str, str]) -> dict[str, str]:
    """The normalized names of inputs, by the names that stand for them.

    Raises GraphdiffError("name") if one cannot be the name of an input, or two inputs would have the same.
    """
    pairs = {normalize_text(short): normalize_text(name) for short, name in names.items()}
    for name in pairs.values():
        if not re.fullmatch(r"(?!\s)[^`\x00-\x1f\x7f]+(?<!\s)", name):
            hint = "it has no backticks, no line breaks, and no spaces around it"
            raise GraphdiffError("name", f"'{shorten(name)}' cannot be the name of an input", hint=hint)
    if len({*pairs.values()}) < len(names):
        raise GraphdiffError("name", "two names stand for the same input", hint="use one of them in the expression")
    return pairs


def rename(statements: Sequence[Statement], source: Source) -> Sequence[Statement]:
    """The statements with the names that those in the text stand for. Nothing recurses: trees may be deep.

    Raises GraphdiffError("name") if the text has such a name already.
    """
    taken = frozenset(source.names.values())
    whole: tuple[Any, ...] = tuple(statements)
    parts: dict[int, Any] = {}
    pending: list[Any] = [whole]
    while pending:
        part = pending[-1]
        remaining = [each for each in part if isinstance(each, tuple) and id(each) not in parts]
        if remaining:
            pending += remaining
            continue
        pending.pop()
        if isinstance(part, Name):
            if part.name in taken:
                hint = "it cannot stand for another name too"
                raise GraphdiffError(
                    "name", f"'{shorten(part.name)}' is already a name in the expression", source, part.span, hint
                )
            parts[id(part)] = part._replace(name=source.names.get(part.name, part.name))
        else:
            values = [parts[id(each)] if isinstance(each, tuple) else each for each in part]
            parts[id(part)] = type(part)(*values) if hasattr(part, "_fields") else tuple(values)
    renamed: Sequence[Statement] = parts[id(whole)]
    return renamed


def check_inputs(graph: Graph, names: Mapping[str, str]) -> None:
    """Raise GraphdiffError("name") for a name that is not that of an input in the text."""
    for short, name in names.items():
        node = graph.nodes[graph.names[name]] if name in graph.names else None
        has_value = name in graph.assigned or (node is not None and node.is_constant)
        if name not in graph.input_indices and not has_value:
            inputs = ", ".join(map(shorten, graph.input_names[:20]))
            hint = nearest(short, graph.input_names) or (f"its inputs are {inputs}" if inputs else "it has no inputs")
            message = f"'{shorten(short)}' is not an input of the expression, and cannot stand for '{shorten(name)}'"
            raise GraphdiffError("name", message, hint=hint)
