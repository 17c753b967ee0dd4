"""Random programs with all that code is generated for, what their code must return, and what it returns.

The expected numbers are from traces: a row of a Jacobian or a Hessian is the gradient of a number. They may be apart
by what `graphdiff check` allows for rounding.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from graphdiff import parse, trace
from graphdiff.accuracy.interpreters import rounded_interpreter
from graphdiff.accuracy.rounding import ROUNDING
from graphdiff.algebra.rewrite import select_outputs
from graphdiff.checking.directions import entries
from graphdiff.checking.matrix import weighted_sum
from graphdiff.checking.noise import DRAWS, MARGIN, SMALLEST_NORMAL
from graphdiff.graph.graph import Graph
from graphdiff.graph.shapes import infer_shapes
from graphdiff.operations.shapes import Shape, size_of
from graphdiff.passes.arrays import Arrays
from graphdiff.passes.derivative import derivatives
from graphdiff.passes.forward import forward
from graphdiff.passes.point import differentiation_indices
from graphdiff.passes.request import WANTS, Request
from graphdiff.passes.trace import backward_steps, bind_inputs, initial_cotangent
from graphdiff.passes.values import shape_of
from graphdiff.targets.generate import without_calls
from support.random_programs import DEFINITIONS, NAMES, Operation, operations_on

SHAPES: Sequence[Shape] = [(), (), (3,), (4,), (2, 2), (2, 3)]
MOST_LINES = 6
MOST_ENTRIES = {"hessian": 6, "hvp": 8, "jacobian": 12}
"""The most entries of the inputs to differentiate by, where code would be very long with more."""
LOOSE = 1e-6
"""A bound on a rounding error that is larger, relative to 1 and the number, shows nothing."""
OF_A_NUMBER = ("gradient", "hessian", "hvp")

LOOPS = [
    "fold(tanh(r + {0}/(t + 2)) for t in range(3), r={1} + 0*{0})",
    "sum(scan(r*cos({0})/2 + t for t in range(4), r={1} + 0*{0}), axis=0)",
    "fold((s, r*{0}/2 + s/3) for t in range(3), r={0} + 0*{1}, s={1} + 0*{0})[1]",
    "fold(where(r > {0}, r*{0}/3, r + sin({1})) for t in range(4), r={0} + {1} + 0.5)",
    "fold(max(r/2 + t, {0}*{1}) for t in range(1, 7, 2), r=0*{0} + 0*{1})",
]
CONDITIONS = [
    "where({0} > 0.31, where({1} < -0.17, {0}, sin({1})), {0}*{1})",
    "where(({0} > {1})*({1} > -0.53), exp(-{0}^2), {1}/2)",
    "sum(where({0} > k/3 - 0.11, {1}*k, {0}) for k in range(3))",
    "min(max({0}, {1}/2), 1.73)*clip({1}, -0.93, 1.19)",
]
OF_ROWS = [
    "fold(r/2 + sin(s)*{1} for s in {0}, r=0*{0}[0] + 0*{1})",
    "{1} + sum(scan(r/3 + s^2 for s in {0}, r=0*{0}[0]))",
]


class Case(NamedTuple):
    """A random program, its point, and what its code is to compute; last is the direction or the upstream."""

    seed: int
    text: str
    point: Mapping[str, Any]
    request: Request
    last: Sequence[Any]

    @property
    def graph(self) -> Graph:
        return select_outputs(_parsed(self.text, tuple(self.shapes.items())), self.request.outputs)

    @property
    def shapes(self) -> dict[str, Shape]:
        return {name: np.shape(value) for name, value in self.point.items()}

    @property
    def operands(self) -> list[Any]:
        """What its functions take."""
        last = [] if not self.last else [self.last[0] if len(self.last) == 1 else tuple(self.last)]
        return [*self.point.values(), *last]


@lru_cache(200)
def _parsed(text: str, shapes: tuple[tuple[str, Shape], ...]) -> Graph:
    return parse(text, shapes=dict(shapes))


def random_case(seed: int) -> Case:
    """A program of numbers, or of numbers and arrays; the same for each seed."""
    draws, chance = random.Random(seed), np.random.default_rng(seed)
    shape = draws.choice(SHAPES)
    is_full = [bool(shape), *(draws.random() < 0.5 and bool(shape) for _ in NAMES[1:])]
    point = {name: _value(chance, shape if full else ()) for name, full in zip(NAMES, is_full, strict=True)}
    names, lines = [*NAMES], []
    for number in range(draws.randint(2, MOST_LINES)):
        operation = _operation(draws, shape)
        known = [name for name, full in zip(names, is_full, strict=True) if full or not operation.is_whole]
        operands = [draws.choice(known), draws.choice(known)]
        lines.append(f"q{number} = {operation.text.format(*operands)}")
        names.append(f"q{number}")
        used = operands[: operation.operands]
        is_full.append(any(is_full[names.index(each)] for each in used))
    total = " + ".join(f"sum(cos({name} + {place}))" for place, name in enumerate(names[-3:]))
    text = "\n".join([*DEFINITIONS, *lines, total])
    return _with_request(seed, draws, chance, text, point)


def _value(chance: np.random.Generator, shape: Shape) -> Any:
    value = chance.uniform(-2, 2, shape)
    return value if shape else float(value)


def _operation(draws: random.Random, shape: Shape) -> Operation:
    kind = draws.random()
    if kind < 0.15:
        return _of_text(draws.choice(LOOPS))
    if kind < 0.25:
        return _of_text(draws.choice(CONDITIONS))
    if kind < 0.3 and shape:
        return _of_text(draws.choice(OF_ROWS))._replace(is_whole=True)
    return draws.choice(operations_on(shape))


def _of_text(text: str) -> Operation:
    return Operation(text, lambda u, v: u)


def _with_request(
    seed: int, draws: random.Random, chance: np.random.Generator, text: str, point: Mapping[str, Any]
) -> Case:
    want = draws.choice(WANTS)
    shapes = {name: np.shape(value) for name, value in point.items()}
    graph = parse(text, shapes=shapes)
    outputs: list[str] = []
    if want not in OF_A_NUMBER and draws.random() < 0.7:
        known = sorted(name for name in graph.names if name.startswith("q"))
        outputs = draws.sample(known, min(len(known), draws.randint(1, 3)))
    names = select_outputs(graph, outputs).input_names
    own = {name: point[name] for name in point if name in names}
    wrt = draws.sample(list(own), draws.randint(1, len(own)))
    while len(wrt) > 1 and sum(size_of(shapes[name]) for name in wrt) > MOST_ENTRIES.get(want, 99):
        wrt.pop()
    request = Request(want, [] if want == "value" else wrt, outputs, list(own))
    like: list[Shape] = []
    if want in ("jvp", "hvp"):
        like = [shapes[name] for name in wrt]
    elif want == "vjp":
        chosen = select_outputs(graph, outputs)
        inferred = infer_shapes(chosen, [shapes.get(name, ()) for name in chosen.input_names])
        like = [inferred[index] or () for index in chosen.outputs]
    return Case(seed, text, own, request, [_value(chance, shape) for shape in like])


Numbers = list[float]


def expected(case: Case) -> tuple[Numbers, Numbers, Numbers]:
    """All numbers that the code must return, one after the other, by how much each may be apart, and what the graph is
    at the point from which code is generated."""
    graph, want = case.graph, case.request.want
    single = [
        Graph(graph.nodes, graph.inputs, [each], graph.names, graph.source, graph.labels) for each in graph.outputs
    ]
    traces = [trace(each, case.point, wrt=[], upstream=1) for each in single]
    numbers = [number for each in traces for number in entries(each.value)]
    if want == "vjp":
        numbers += _summed([_gradient(each, case, weights) for each, weights in zip(single, case.last, strict=True)])
    elif want == "gradient":
        numbers += _gradient(graph, case, 1.0)
    elif want != "value":
        rows = [list(_rows(each, case)) for each in single]
        flat = [number for part in case.last for number in entries(part)]
        if want in ("jvp", "hvp"):
            numbers += [math.fsum(map(float.__mul__, row, flat)) for each in rows for row in each]
        else:
            numbers += [number for each in rows for block in _blocks(each, case) for number in block]
    return numbers, *_bounds(case, numbers)


def _gradient(graph: Graph, case: Case, upstream: Any) -> Numbers:
    """The gradients by all inputs of wrt, one after the other."""
    known = {name: value for name, value in case.point.items() if name in graph.input_indices}
    wrt = [name for name in case.request.wrt if name in known]
    graph, point, inputs, op = bind_inputs(graph, known, {}, wrt, None)
    with op.quiet():  # as trace() does, but by the rules alone at kinks, as code does
        values = forward(graph, inputs, op)
        seed = initial_cotangent(graph, values[graph.output], upstream, op)
        _, gradients, _ = backward_steps(graph, values, op, seed, differentiation_indices(graph, point, wrt), True)
    zeros = {name: np.zeros(case.shapes[name]) for name in case.request.wrt}
    return [number for name in case.request.wrt for number in _floats(gradients.get(name, zeros[name]))]


def _floats(value: Any) -> Numbers:
    return [float(each) for each in np.ravel(np.asarray(value, float))]


def _summed(parts: Sequence[Numbers]) -> Numbers:
    return [math.fsum(each) for each in zip(*parts, strict=True)]


def _rows(graph: Graph, case: Case) -> Iterator[Numbers]:
    """The rows of the Jacobian of an output, or of the Hessian of a number, by all inputs of wrt together."""
    wrt, shapes = case.request.wrt, case.shapes
    if case.request.want == "jacobian" or case.request.want == "jvp":
        shape = shape_of(trace(graph, case.point, wrt=[], upstream=1).value)
        for unit in _units(shape):
            yield _gradient(graph, case, unit)
        return
    for name, derived in zip(wrt, derivatives(graph, wrt, 1, shapes, graph.input_names), strict=True):
        for unit in _units(shapes[name]):
            yield _gradient(weighted_sum(derived, unit, shapes[name]) if shapes[name] else derived, case, 1.0)


def _units(shape: Shape) -> Iterator[Any]:
    for place in range(size_of(shape)):
        unit = np.zeros(size_of(shape))
        unit[place] = 1.0
        yield unit.reshape(shape) if shape else 1.0


def _blocks(rows: Sequence[Numbers], case: Case) -> Iterator[Numbers]:
    """The blocks of a matrix: for each input of wrt, or each pair of them, the entries row by row."""
    sizes = [size_of(case.shapes[name]) for name in case.request.wrt]
    heights = sizes if case.request.want == "hessian" else [len(rows)]
    rest = iter(rows)
    for height in heights:
        band = [next(rest) for _ in range(height)]
        start = 0
        for size in sizes:
            yield [number for row in band for number in row[start : start + size]]
            start += size


def _bounds(case: Case, numbers: Sequence[float]) -> tuple[Numbers, Numbers]:
    """By how much rounding may move each number, from random roundings of the graph of what is wanted, and the numbers
    without these."""
    shapes = case.shapes
    wanted = without_calls(case.graph, case.request, shapes)
    op = Arrays()
    lasts = zip(wanted.direction, case.last, strict=True)
    values = {**case.point, **dict(lasts)}
    inputs = [values[wanted.graph.nodes[index].name or ""] for index in wanted.graph.inputs]
    inputs = [np.asarray(each, float) if np.ndim(each) else op.constant(each) for each in inputs]
    draws = []
    for other in [op, *(rounded_interpreter(op, seed) for seed in range(DRAWS))]:
        results = forward(wanted.graph, inputs, other)
        draws.append(np.concatenate([np.ravel(np.asarray(results[each], float)) for each in wanted.graph.outputs]))
    first = draws[0]
    moved = np.max([np.abs(each - first) for each in draws], axis=0)
    bounds = MARGIN * (moved + ROUNDING * np.maximum(np.abs(first), np.abs(numbers))) + SMALLEST_NORMAL
    return _floats(np.where(np.isfinite(bounds), bounds, math.inf)), _floats(first)


class Tally:
    """What came of the programs in a language."""

    def __init__(self) -> None:
        self.agreed = 0
        self.inexpressible: Counter[str] = Counter()
        self.numbers = self.loose = 0
        self.differences: list[str] = []

    def compare(self, case: Case, actual: Sequence[float], numbers: Numbers, bounds: Numbers) -> None:
        worst = ""
        assert len(actual) == len(numbers) == len(bounds), f"{case.seed}: {len(actual)} numbers, not {len(numbers)}"
        for place, (one, other, bound) in enumerate(zip(actual, numbers, bounds, strict=True)):
            self.numbers += 1
            if not bound <= LOOSE * (1 + abs(other)):
                self.loose += 1
            elif not abs(one - other) <= bound and not worst:
                worst = f"number {place} is {one!r}, not {other!r} within {bound:.2g}"
        if worst:
            self.differences.append(f"{case.seed}, {case.request.want}: {worst}")
        else:
            self.agreed += 1

    def __str__(self) -> str:
        left_out = sum(self.inexpressible.values())
        return (
            f"{self.agreed:,} agree, {len(self.differences)} differ, {left_out:,} it cannot express; "
            f"{self.numbers:,} numbers, of which {self.loose:,} are all rounding"
        )
