"""What a reader might have meant: the hints of messages about names."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from graphdiff.errors import shortened
from graphdiff.expression.source import Source
from graphdiff.expression.tree import Call, Name, Number
from graphdiff.operations.registry import FUNCTIONS

LONGEST_NAME = 40
"""Longer names are not compared: nobody mistyped them by a letter."""

OTHERWISE = {
    "Σ": "write sum(w[k]*x[k] for k in range(n))",
    "Π": "write prod(x[k] for k in range(n))",
    "sigma": "the logistic function is sigmoid(x); to define another, sigma(u) = …",
    "σ": "the logistic function is sigmoid(x); to define another, σ(u) = …",
    "logistic": "the logistic function is sigmoid(x)",
    "expit": "the logistic function is sigmoid(x)",
    "lg": "the logarithms are log (natural), log2 and log10",
    "arg": "the angle of a point is atan2(y, x)",
    "mod": "the remainder is x - y*floor(x/y)",
    "if": "a condition is where(x > 0, a, b)",
    "frac": "a fraction is a/b",
    "sgn": "the sign is sign(x)",
    "int": "to the integer below is floor(x)",
}
"""Functions of other languages."""


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """`did you mean 'exp'?`, if there is a name like it."""
    if len(name) > LONGEST_NAME:
        return None
    from difflib import get_close_matches

    names = [candidate for candidate in candidates if len(candidate) <= LONGEST_NAME]
    found = [candidate for candidate in names if candidate.lower() == name.lower()]
    found = found or get_close_matches(name, names, n=1, cutoff=0.6)
    return f"did you mean '{found[0]}'?" if found else None


def unknown_function(name: str, functions: Iterable[str], is_value: bool, arguments: str) -> tuple[str, str | None]:
    """The message and the hint for a call of what is no function; arguments is its text from "(" to ")"."""
    shown = shortened(name)
    product = f"to multiply, write {shown}*{shortened(arguments)}"
    if is_value:
        return f"'{shown}' is a value, not a function", product
    hint = OTHERWISE.get(name) or nearest(name, functions)
    if hint is None:
        hint = f"{product}; to define it, {shown}(u) = …"
    return f"unknown function '{shown}'", hint


def juxtaposition_hint(tree: Call, source: Source) -> tuple[str, str]:
    """The message and the hint for two factors side by side that are no product."""
    left, right = tree.arguments
    left_text = shortened(source.text[left.span[0] : left.span[1]])
    right_text = shortened(source.text[right.span[0] : right.span[1]])
    last = left
    while isinstance(last, Call):
        last = last.arguments[-1]
    if isinstance(last, Name) and last.name in FUNCTIONS and len(FUNCTIONS[last.name].inputs) == 1:
        return f"'{last.name}' is a function and wants brackets", f"write {last.name}({right_text})"
    if isinstance(last, Number) and isinstance(right, Number):
        if last.span[1] == right.span[0]:
            return f"'{left_text}{right_text}' is not a number", "a number has one decimal point"
        return "two numbers side by side", f"write {left_text}*{right_text}"
    return "an operator is missing here", f"write {left_text}*{right_text}"


def split_name(name: str, known: Collection[str]) -> list[str]:
    """The shorter known names that a joined name consists of, the fewest: x and y of xy; none if it joins none."""
    if len(name) > LONGEST_NAME:
        return []
    best: list[list[str] | None] = [[]]
    for end in range(1, len(name) + 1):
        ways = [
            [*way, name[start:end]]
            for start in range(end)
            if (way := best[start]) is not None and name[start:end] in known and end - start < len(name)
        ]
        best.append(min(ways, key=len) if ways else None)
    return best[-1] or []
