"""Source in C and Rust on 32-bit floats, from that on 64-bit ones.

Functions that are written out in terms of others keep 64 bits inside: their constants and thresholds are for these.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence

LITERAL = re.compile(r"(?<![\w.])(?:\d+\.\d*(?:e[+-]?\d+)?|\d+e[+-]?\d+)(?![\w.])")
"""A literal of a float, which has a point or an exponent."""
LARGEST = 3.4028235e38
SMALLEST = 2.0**-149
"""The largest finite number, and the smallest that is not 0."""


def in_c(text: str, functions: Collection[str]) -> str:
    """C on doubles as C on floats, where functions are those of <math.h> and of generated code that have a version for
    floats, named as in <math.h>: sinf."""
    text = re.sub(r"\bdouble\b", "float", _with_literals(text, "f", "INFINITY"))
    return _renamed(text, functions)


def definitions_for(
    function: str,
    definitions: Sequence[str],
    own: Collection[str],
    convert: Callable[[str], str],
    wrap: Callable[[str], str] | None = None,
) -> list[str]:
    """The definitions that a function on 32 bits calls, from those that it calls on 64 bits.

    own are the names of those that convert makes definitions on 32 bits of; the others stay on 64 bits, with all that
    they call, and wrap returns the version of one that is called on 32 bits, where a language does not convert numbers.
    """
    names = [defined_name(each) for each in definitions]
    inside = [each for each, name in zip(definitions, names, strict=True) if name not in own]
    texts: list[str] = []
    for name, definition in zip(names, definitions, strict=True):
        if name not in own or is_called(name, inside):
            texts.append(definition)
        if is_called(name, [function]):
            version = convert if name in own else wrap
            texts += [version(definition)] if version else []
    return texts


def in_rust(text: str, functions: Collection[str]) -> str:
    """Rust on f64 as Rust on f32."""
    text = re.sub(r"(?<!\w)(\d+\.\d+_)?f64\b", r"\1f32", _with_literals(text, "", "f32::INFINITY"))
    return _renamed(text, functions)


def wrapper_in_rust(text: str) -> str:
    """The version for f32 of a function on f64, from its definition."""
    name = defined_name(text)
    parameters = re.findall(r"(\w+): f64", text[text.index(f"{name}(") : text.index(")", text.index(f"{name}("))])
    declarations = ", ".join([f"{each}: f32" for each in parameters])
    operands = ", ".join([f"f64::from({each})" for each in parameters])
    return f"fn {name}f({declarations}) -> f32 {{\n    {name}({operands}) as f32\n}}\n"


def defined_name(text: str) -> str:
    """The name of the function that a definition in C or Rust defines."""
    name: str = re.findall(r"^(?:static (?:double|void)|fn) (\w+)\(", text, re.MULTILINE)[0]
    return name


def is_called(name: str, texts: Sequence[str]) -> bool:
    """Whether one of some texts calls a function."""
    return any([re.search(rf"\b{name}\(", text) for text in texts])


def _with_literals(text: str, suffix: str, infinity: str) -> str:
    def literal(match: re.Match[str]) -> str:
        value = float(match[0])
        if value > LARGEST:
            return infinity
        return (match[0] if value == 0 or value >= SMALLEST else "0.0") + suffix

    return LITERAL.sub(literal, text)


def _renamed(text: str, functions: Collection[str]) -> str:
    return re.sub(r"\b(\w+)(?=\()", lambda call: f"{call[0]}f" if call[0] in functions else call[0], text)
