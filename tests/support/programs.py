"""What every language is tried on, and how its code is held against the trace."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from graphdiff import parse, trace
from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.graph import Graph
from graphdiff.operations.primitive import Primitive, Sample
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.passes.request import Request
from graphdiff.targets.generate import code_of
from support import examples, hostile
from support.array_programs import PROGRAMS
from support.formulas import FORMULAS
from support.samples import inputs_with_derivatives

Results = tuple[float, list[Any]]
"""The value, and the derivatives in the order of wrt."""
TOLERANCE = 1e-9
"""Of an entry, relative to the largest of its array."""


class Case(NamedTuple):
    """A program, a point and the inputs that it is differentiated by there."""

    name: str
    program: str | Graph
    point: Mapping[str, Any]
    wrt: Sequence[str]


def weighted_sum(primitive: Primitive, sample: Sample, operands: Sequence[Any]) -> Case:
    """sum(primitive(…)*weights), so that every entry of the output counts in the gradients."""
    builder = GraphBuilder()
    inputs = [builder.input(f"x{slot}") for slot in range(len(sample.shapes))]
    weights = builder.input("weights")
    node = builder.apply(primitive, inputs, parameters=sample.parameters)
    product = builder.apply(PRIMITIVES["mul"], [node, weights])
    total = builder.apply(PRIMITIVES["sum"], [product])
    graph = Graph(builder.nodes, builder.inputs, [total.index])
    alone = Graph(builder.nodes[: node.index + 1], builder.inputs, [node.index])
    shape = trace(alone, _point(operands), wrt=[], upstream=1)
    point = {
        **_point(operands),
        "weights": np.cos(1.0 + np.arange(np.size(shape.value))).reshape(np.shape(shape.value)),
    }
    names = inputs_with_derivatives(graph)
    wrt = [f"x{slot}" for slot in range(len(operands)) if not primitive.is_index(slot) and f"x{slot}" in names]
    return Case(f"{primitive.name}-{sample.shapes}-{dict(sample.parameters)}", graph, point, [*wrt, "weights"])


def _point(operands: Sequence[Any]) -> dict[str, Any]:
    return {f"x{slot}": operand for slot, operand in enumerate(operands)}


def _primitives() -> list[Case]:
    cases = []
    for primitive in PRIMITIVES.values():
        chance = np.random.default_rng(sum(map(ord, primitive.name)))
        elementwise = Sample(((2, 3),) * len(primitive.inputs))
        for sample in (elementwise,) if primitive.is_elementwise else primitive.samples:
            operands: list[Any] = []
            for slot, shape in enumerate(sample.shapes):
                low, high = primitive.sample[slot] if primitive.is_elementwise else (-3.0, 3.0)
                value = chance.uniform(low, high, shape)
                is_index = primitive.is_index(slot) and not primitive.is_elementwise
                if not primitive.is_elementwise and len(shape) >= 2 and shape[-1] == shape[-2]:
                    value = value + 10 * np.eye(shape[-1])  # positive definite, and far from singular
                operands.append(np.floor(chance.uniform(-2, 2, shape)) if is_index else value)
            cases.append(weighted_sum(primitive, sample, operands))
    return cases


CANCELLING = ("a-diode-with-a-series-resistance", "binomial-likelihood", "interest-of-a-short-time")
"""Formulas of which a derivative is all rounding at their point."""


def grid(*shape: int) -> Any:
    """An array of a shape, of numbers that are all different."""
    return np.sin(1.0 + np.arange(np.prod(shape))).reshape(shape)


def case_of_example(path: Path) -> Case:
    text, point = examples.read(path)
    arrays = {name: np.asarray(value, float)[()] for name, value in point.items()}
    graph = parse(text)
    wrt = [name for name, index in graph.input_indices.items() if name in point and not graph.is_index[index]]
    return Case(path.stem, graph, arrays, wrt)


EXAMPLES = [case_of_example(path) for path in examples.PROGRAMS]
ARRAYS = [Case(program.name, program.text, program.point, program.wrt) for program in PROGRAMS]
NUMBERS = [Case(formula.identifier, formula.text, formula.point, list(formula.point)) for formula in FORMULAS]
EACH_PRIMITIVE = _primitives()
NAN, INF = float("nan"), float("inf")
SINGULAR = np.array([[1.0, 2.0], [2.0, 4.0]])
_EDGES: list[tuple[str, dict[str, Any]]] = [
    # as IEEE 754 has it, of Python's numbers and of whole ones too
    ("x/y", {"x": 1.0, "y": 0.0}),
    ("x^-1", {"x": 2}),
    ("sum(x^-1)", {"x": np.array([1, 2])}),
    ("x^y", {"x": 0.0, "y": 0.0}),
    ("abs(x)", {"x": NAN}),
    ("sign(x)*x", {"x": NAN}),
    ("max(x, y)", {"x": NAN, "y": 1.0}),
    ("max(x, 0)", {"x": NAN}),
    ("min(0, x)", {"x": INF}),
    ("hypot(x, y)", {"x": 0.0, "y": 0.0}),
    ("hypot(x, 1)", {"x": 1e200}),
    ("atan2(y, 1)", {"y": 1.0}),
    ("sigmoid(x) + softplus(y)", {"x": -800.0, "y": 800.0}),
    ("sum(cbrt(x))", {"x": np.array([0.0, 8.0, -27.0, 1e-300, 1e300, INF, -INF, NAN])}),
    ("norm(x)", {"x": np.zeros(2)}),
    ("norm(x)", {"x": np.array([1e200, 1e200])}),
    ("logsumexp(x)", {"x": np.array([INF, 1.0])}),
    ("logsumexp(x)", {"x": np.array([-INF, -INF])}),
    ("sum(softmax(x)*x)", {"x": np.array([1e3, 1.0])}),
    ("prod(x)", {"x": np.array([0.0, 0.0, 1.0])}),
    # no inverse
    ("sum(inv(A))", {"A": SINGULAR}),
    ("sum(solve(A, b))", {"A": SINGULAR, "b": np.ones(2)}),
    ("sum(solve(A, B))", {"A": SINGULAR, "B": SINGULAR}),
    ("logdet(A)", {"A": SINGULAR}),
    ("det(A)", {"A": SINGULAR}),
    ("det(A)", {"A": np.array([[NAN, 1.0], [1.0, 2.0]])}),
    # indices
    ("sum(x[::-2]*w)", {"x": grid(5), "w": grid(3)}),
    ("sum(x[3:0:-2, 1]*w)", {"x": grid(5, 2), "w": grid(2)}),
    ("sum(x[-2:0:-1, None, ::-1]*w)", {"x": grid(5, 2), "w": grid(3, 1, 2)}),
    ("sum(x[i, 0]*w)", {"x": grid(5, 2), "w": grid(2), "i": np.array([1, 1])}),
    ("x[i, j]*w", {"x": grid(5, 2), "w": 2.0, "i": 1, "j": -1}),
    ("sum(x[0, :, i]*w)", {"x": grid(2, 3, 4), "w": grid(3, 2), "i": np.array([-1, 3])}),
    ("sum(x[j, None, i, ::-1]*w)", {"x": grid(2, 3, 4), "w": grid(1, 2, 4), "i": np.array([-1, 2]), "j": 0}),
    ("sum(one_hot(i, 3)*w)", {"i": np.array([0, 2]), "w": grid(3)}),
    # numbers among arrays, and alone
    ("sum(ones(3))", {}),
    ("sum([[x, 1], [y, 2]]*arange(2))", {"x": 1.0, "y": 2.0}),
    ("sum(where(x > 0, 1, 2)*x)", {"x": np.array([1.0, -2.0])}),
    ("sum(eye(2)*x) + reshape(x, 1, 1)[0, 0]", {"x": 2.0}),
    ("sum(x)/sqrt(2)", {"x": grid(3)}),
    # ties, zeros and what overflows, of entries
    ("max(x) + 2*min(x)^2", {"x": np.array([1.0, 3.0, 3.0, 1.0])}),
    (
        "sum(max(X, axis=1)*w) - sum(min(X, axis=0))",
        {"X": np.array([[2.0, 2.0, 1.0], [0.5, 4.0, 4.0]]), "w": np.array([0.3, -2.0])},
    ),
    ("dot(w, prod(X, axis=0))", {"X": np.array([[2.0, 0.0], [0.0, 3.0], [4.0, 0.0]]), "w": np.array([1.5, -1.0])}),
    ("sum(x*[1, 2, 3]) + norm(x) + k", {"x": np.zeros(3), "k": 2.0}),
    (
        "sum(conv2d(x, K, padding=1)^2)",
        {"x": np.arange(16.0).reshape(1, 1, 4, 4), "K": np.array([[[[0.1, 0.2], [0.3, -1.0]]]])},
    ),
    (
        "sum(maxpool2d(x)*w)",
        {"x": np.array([[[2.0, 2.0, -1.0, 3.0], [1.0, 2.0, 3.0, 0.5]]]), "w": np.array([[[2.0, -3.0]]])},
    ),
    ("logsumexp(800*x) + sum(log_softmax(800*x))", {"x": np.array([1.0, 0.0, -1.0])}),
    ("q = x[0]; r = x*2; q + sum(r)/q + 0*sum(unused)", {"x": np.array([0.5, 3.0]), "unused": np.array([1.0])}),
    ("sum(x)/x[0] + exp(1000*x[1])", {"x": np.array([0.0, 3.0])}),
    ("mean(x) + max(x) + sum(x)", {"x": 3.0}),
    # conditions that are known
    ("sum(where(arange(3), x, w*x))", {"x": grid(3), "w": 2.0}),
    ("where(1, x, y)*where(0, x, y) + where((x < y)*1*(2 < 3), x, y)", {"x": 2.0, "y": 3.0}),
    ("(x < 0/0) + x*(x != 0/0)", {"x": 2.0}),
    # conditions as numbers that others choose between
    ("where(x > 0.3, where(y < 1, x, y), x*y) + where(x > y, x > 1, y)*x", {"x": 2.0, "y": 0.5}),
    # names that mean something in the code
    (
        "lambda*np*jnp*torch*arrays*whole*place*f",
        dict.fromkeys(["lambda", "np", "jnp", "torch", "arrays", "whole", "place", "f"], 2.0),
    ),
    ("v1 = x*y; sum(v1*exp(v1)) + sum(exp(σ)^2) + v1[0]", {"x": grid(2), "y": 2.0, "σ": grid(3)}),
]
EDGES = [Case(text, text, point, [name for name in point if name not in ("i", "j")]) for text, point in _EDGES]
UNSELECTED = Case(
    "unselected", "cbrt(x)[1]*k + sum(sqrt(x)[1:])", {"x": np.array([0.0, 4.0, 9.0]), "k": 2.0}, ["x", "k"]
)
"""Of an entry that an index leaves out the derivative is infinite: in code on whole arrays 0 times that is NaN."""
NAMES = """
double int gradient y1 lambda σ x₀ x0 _x a__b f M_PI I class main exp x_ sigma a_b U_x é f0 v1 v2 NAN __
f_maximum f_erf f_round f_ieee case0 case0_maximum case0_erf case0_erfc case0_round case0_ieee x1 numbers results
constructor __proto__ prototype toString hasOwnProperty eval arguments NaN Infinity undefined await async let static
yield enum function return this typeof var const null Math JSON Number Array window top self document location of
get set name length default export import package interface
def math None True_ match _ log inf nan pow abs float print np jnp torch arrays special
fn pub mod crate super Self impl trait type unsafe where_ loop mut ref dyn move use extern f64 f32 u8 str bool Some Ok
Err drop std Vec become box do final macro override priv unsized virtual gen try union raw macro_rules value position
"""
"""Of variables, which are words of some language, or of the code that is made."""


def of_names() -> Case:
    """A program in which all of these names occur beside functions that languages have to define."""
    names = [name for name in dict.fromkeys(NAMES.split()) if name != "__"]
    text = "q = " + " + ".join(f"{place}*{name}*erf({name})" for place, name in enumerate(names, 1))
    text += "\nq*max(q, round(v1))*asinh(x1)"
    point = {name: 0.1 + place / 64 for place, name in enumerate(parse(text).input_names)}
    return Case("names", text, point, list(point))


HOSTILE = [of_names(), Case("hostile", hostile.PROGRAM, hostile.POINT, list(hostile.POINT))]


def each(*groups: list[Case]) -> pytest.MarkDecorator:
    """A test for every case."""
    cases = [case for group in groups for case in group]
    return pytest.mark.parametrize("case", cases, ids=[case.name for case in cases])


def function_of(case: Case, target: Any) -> Callable[..., Any]:
    """The function that a target's code defines, of the case's inputs by their names; its code is its doc."""
    graph = parse(case.program)
    shapes = {name: np.shape(value) for name, value in case.point.items()}
    text, parameters = target.source(code_of(graph, Request("gradient", case.wrt), shapes), "f")
    scope: dict[str, Any] = {}
    exec(compile(text, case.name, "exec"), scope)

    def function(**point: Any) -> Any:
        return scope["f"](**{parameters[name]: value for name, value in point.items() if name in parameters})

    function.__doc__ = text
    return function


def assert_is_the_trace(case: Case, results: Any, tolerance: float = TOLERANCE) -> None:
    """The value and all gradients are."""
    value, gradients = results
    traced = trace(case.program, case.point, wrt=case.wrt)
    assert_same(value, traced.value, tolerance)
    assert len(gradients) == len(case.wrt)
    for name, gradient in zip(case.wrt, gradients, strict=True):
        assert_same(gradient, traced.gradients[name], tolerance)


def assert_same(actual: Any, expected: Any, tolerance: float = TOLERANCE) -> None:
    actual, expected = np.asarray(actual, dtype=float), np.asarray(expected, dtype=float)
    assert actual.shape == expected.shape
    finite = np.isfinite(expected)
    assert np.array_equal(actual[~finite], expected[~finite], equal_nan=True)
    if finite.any():
        scale = max(float(np.max(np.abs(expected[finite]))), 1e-300)
        assert np.max(np.abs(actual[finite] - expected[finite])) <= tolerance * scale
