"""What `graphdiff diff` prints for a row of the corpus, and what is wrong with it."""

from __future__ import annotations

import io
import re
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

import numpy

import graphdiff
from graphdiff.cli.main import run
from graphdiff.errors import GraphdiffError
from graphdiff.graph.graph import Graph
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.passes.derivative import derivative
from graphdiff.passes.jacobian import hessian, jacobian
from graphdiff.precise.trace import trace
from graphdiff.reading.parse import parse
from support.textbook.corpus import Row
from support.textbook.cost import cost

RATIO, MORE = 1.3, 1
"""The printed derivative has at most RATIO times the operations of the person's and MORE."""
RELATIVE = 1e-12
DIGITS = 30
"""With which values are computed, so that terms that cancel in one of two forms are no difference."""
POINTS = 2

LANGUAGE = Path(graphdiff.__file__).parent.parent / "docs" / "reference" / "language.md"
WORDS = set(re.findall(r"\w+", " ".join(re.findall("`[^`]*`", LANGUAGE.read_text("utf-8")))))
HELPERS = {
    primitive.name
    for primitive in PRIMITIVES.values()
    if primitive.is_called and not primitive.is_elementwise and primitive.name not in WORDS
}
"""The operations on arrays that the reference of the language does not name: rules of derivatives are made of them."""


class Judgement(NamedTuple):
    """A printed derivative, and what is wrong with it: "longer", "helper", "not read back", "not equal"."""

    text: str
    cost: int
    faults: tuple[str, ...]


def judge(row: Row) -> Judgement:
    """Compare what is printed for a row with the person's derivative and with the computed one."""
    text = print_derivative(row)
    try:
        printed, operations = parse(text), cost(text)
    except GraphdiffError:
        return Judgement(text, 0, ("not read back",))
    faults = []
    if is_longer(operations, row):
        faults.append("longer")
    if HELPERS & set(re.findall(r"\w+(?=\()", text)):
        faults.append("helper")
    if not are_equal(row, printed, compute_derivative(row)):
        faults.append("not equal")
    return Judgement(text, operations, tuple(faults))


def is_longer(operations: int, row: Row) -> bool:
    """Whether a text of so many operations is longer than the person's by too much."""
    return operations > RATIO * cost(row.person) + MORE


def print_derivative(row: Row) -> str:
    """What the command prints, without the line break at the end; raises GraphdiffError where it fails."""
    output, messages = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    with redirect_stdout(output), redirect_stderr(messages):
        status = run(row.command())
    if status != 0:
        messages.seek(0)
        raise GraphdiffError("limit", messages.read())
    output.seek(0)
    return output.read().rstrip("\n")


def compute_derivative(row: Row) -> Graph:
    """The derivative that is computed with."""
    graph = parse(row.formula)
    if row.kind == "hessian":
        return hessian(graph, row.by, row.by, shapes=row.shapes)
    if row.kind == "jacobian":
        return jacobian(graph, row.by, shapes=row.shapes)
    return derivative(graph, row.by, order=row.order, shapes=row.shapes)


def are_equal(row: Row, first: Graph, second: Graph) -> bool:
    """Whether two derivatives have the same shape and values at random points."""
    for seed in range(POINTS):
        point = row.point(seed)
        one, other = value(first, point), value(second, point)
        if one.shape != other.shape or not distance(one, other) <= RELATIVE * distance(other, 0):
            return False
    return True


def value(graph: Graph, point: dict[str, Any]) -> Any:
    """The value in many digits, as an array; inputs that the graph does not have are left out."""
    here = {name: number for name, number in point.items() if name in graph.input_indices}
    return numpy.asarray(trace(graph, here, wrt=[], upstream=1.0, precision=DIGITS).value)


def distance(one: Any, other: Any) -> Any:
    """The largest difference of an entry."""
    return numpy.max(numpy.abs(numpy.asarray(one - other)))
