"""The value of a constant expression of a command line, or of a file: pi/4, [1, 2], @weights.npy."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from graphdiff.errors import GraphdiffError, shorten
from graphdiff.graph.shapes import infer_shapes
from graphdiff.language.build import parse_part
from graphdiff.passes.point import ConstantExpression, bind
from graphdiff.passes.values import Value, interpreter_of, is_finite, plain
from graphdiff.source import Source

UNFINISHED = re.compile(r"(?<![\w.])(?:[\d_]+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?[eE](?![+-]?\d|\w|\s*(?:\^|\*\*))")
"""A number with an exponent that has no digits; 2e^3 and 2e**3 are products."""
FINITE_DIGITS = 20
"""Digits with which a constant expression is computed to see that it is finite."""


class UncertainValue(NamedTuple):
    """A value, and its standard uncertainty: a number or nested lists; None where it has none."""

    value: Any
    u: Any


def read_constant(text: str, option: str, is_precise: bool = False) -> Any:
    """Read the finite number or array of an option: a constant expression, or @file.

    Raises GraphdiffError if it is neither.
    """
    return read_value(Source(text, option, is_precise), 0, len(text), option)


def read_value(source: Source, start: int, end: int, name: str) -> Any:
    """The value of a constant expression, or the array in a file @path."""
    text = source.text[start:end].strip()
    if text.endswith((".npy", ".json")) and not text.startswith("@"):
        hint = f"to read a file: {shorten(name)}=@{shorten(text)}"
        raise GraphdiffError("syntax", f"'{shorten(text)}' is a file name, not a value", source, (start, end), hint)
    if not text.startswith("@"):
        if (unfinished := UNFINISHED.search(source.text, start, end)) is not None:
            message = f"the exponent of '{shorten(unfinished.group())}' has no digits"
            raise GraphdiffError("syntax", message, source, unfinished.span(), "write 1e-3, or 2*e for a multiple of e")
        return _evaluate(source, start, end)
    from graphdiff.cli.files import read_array_file

    return read_array_file(text[1:], name, source.is_precise)


def _evaluate(source: Source, start: int, end: int) -> Value:
    """The value of a constant expression."""
    graph = parse_part(source, start, end)
    try:
        inputs = bind(graph, {})
    except GraphdiffError as error:
        unknown = [name for name in graph.input_names if graph.needed[graph.input_indices[name]]]
        raise GraphdiffError(
            "name",
            f"'{shorten(unknown[0])}' is not a constant",
            source,
            error.span,
            "a value is a number, an array [1, 2] or a constant expression such as pi/4",
        ) from None
    op = interpreter_of(graph, inputs)
    shape = infer_shapes(graph, [()] * len(inputs))[graph.output] or ()
    node = graph.nodes[graph.output]
    if source.is_precise and node.is_constant:
        return _to_lists(node.parameters["value"])
    if source.is_precise:
        from graphdiff.precise.interpreter import typed_interpreter

        op = typed_interpreter(op, FINITE_DIGITS, "n", FINITE_DIGITS)
    expression = ConstantExpression(graph, shape)
    value = plain(expression.compute(op))
    if not is_finite(value):
        message = "an entry of the array is not finite" if shape else f"the value is {float(value)}"
        raise GraphdiffError("value", message, source, (start, end), "values must be finite")
    return expression if source.is_precise else value


def _to_lists(value: Any) -> Any:
    """Nested tuples, the form of a graph's constants, as nested lists."""
    return [_to_lists(each) for each in value] if isinstance(value, tuple) else value
