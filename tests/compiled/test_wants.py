"""Jacobians, Hessians and products with them, against differences of values and gradients."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest

import graphdiff
from graphdiff import GraphdiffError
from support.array_programs import PROGRAMS
from support.array_programs.collection import Program
from support.programs import EACH_PRIMITIVE, Case

STEP = 1e-6
TOLERANCE = 1e-5
KINKED = [program for program in PROGRAMS if program.name.startswith("tie_")]
PAIRS = [
    "p = x*y^2; q = exp(x)/y; 0",
    "p = [x, x*y]; q = sum(p^2); 0",
    "p = fold(h*x + y for t in range(3), h=y); q = x*p; 0",
]


def leaves(value: Any) -> list[Any]:
    """The numbers and arrays in nested tuples."""
    return [leaf for part in value for leaf in leaves(part)] if isinstance(value, tuple) else [np.asarray(value)]


def differences(function: Callable[..., Any], point: Sequence[Any], slots: Sequence[int]) -> list[list[Any]]:
    """The derivative of each number or array that a function returns by each operand in these slots."""
    blocks = []
    for slot in slots:
        x = np.asarray(point[slot], float)
        columns = []
        for place in np.ndindex(x.shape):
            step = np.zeros(x.shape)
            step[place] = STEP * max(1.0, float(abs(x[place])))
            above, below = (leaves(function(*point[:slot], x + each, *point[slot + 1 :])) for each in (step, -step))
            columns.append([(one - other) / (2 * step[place]) for one, other in zip(above, below, strict=True)])
        rows = [np.stack(each, axis=-1) for each in zip(*columns, strict=True)]
        blocks.append([row.reshape(row.shape[:-1] + x.shape) for row in rows])
    return [list(row) for row in zip(*blocks, strict=True)]


def flat(value: Any) -> Any:
    return np.concatenate([np.ravel(leaf) for leaf in leaves(value)])


def assert_near(actual: Any, expected: Sequence[Any], has_arrays: bool = True) -> None:
    """Compare results, whose arrays may be nested tuples."""
    if has_arrays:
        assert [leaf.shape for leaf in leaves(actual)] == [np.shape(each) for each in expected]
    wanted = flat(tuple(expected))
    largest = float(np.max(np.abs(wanted)))
    assert flat(actual) == pytest.approx(wanted, rel=TOLERANCE, abs=TOLERANCE * max(1.0, largest))


def check(text: Any, values: Mapping[str, Any], wrt: Sequence[str], backend: str, **options: Any) -> None:
    """All that can be wanted of a formula or of several outputs."""
    point = {name: np.asarray(value, float) for name, value in values.items()}
    shapes = {name: value.shape for name, value in point.items()}
    graph = graphdiff.parse(text, shapes=shapes)
    names = [name for name in graph.input_names if name in point]
    arrays = [point[name] for name in names]
    slots = [names.index(name) for name in wrt]

    def function(want: str, backend: str = "numpy") -> Any:
        return graphdiff.compile(graph, wrt, want=want, backend=backend, shapes=shapes, inputs=names, **options)

    def call(want: str, *last: Any) -> Any:
        return function(want, backend)(*arrays, *last)

    def one_or_tuple(parts: Sequence[Any]) -> Any:
        return parts[0] if len(parts) == 1 else tuple(parts)

    def agree(actual: Any, expected: Sequence[Any]) -> None:
        assert_near(actual, expected, has_arrays=backend != "python")

    value = function("value")
    chance = np.random.default_rng(3)
    directions = [chance.normal(size=point[name].shape) for name in wrt]
    upstreams = [chance.normal(size=leaf.shape) for leaf in leaves(value(*arrays))]
    agree(call("value"), leaves(value(*arrays)))
    rows = differences(value, arrays, slots)
    agree(call("jacobian")[1], [block for row in rows for block in row])
    products = [
        sum(np.tensordot(block, along, along.ndim) for block, along in zip(row, directions, strict=True))
        for row in rows
    ]
    agree(call("jvp", one_or_tuple(directions))[1], products)
    products = [
        sum(np.tensordot(each, row[slot], each.ndim) for each, row in zip(upstreams, rows, strict=True))
        for slot in range(len(wrt))
    ]
    agree(call("vjp", one_or_tuple(upstreams))[1], products)
    if [each.shape for each in upstreams] == [()]:
        gradient = function("gradient")
        rows = differences(lambda *operands: gradient(*operands)[1], arrays, slots)
        agree(call("hessian")[1], [block for row in rows for block in row])
        products = [
            sum(np.tensordot(block, along, along.ndim) for block, along in zip(row, directions, strict=True))
            for row in rows
        ]
        agree(call("hvp", one_or_tuple(directions))[1], products)


@pytest.mark.sampled(20)
@pytest.mark.parametrize("case", EACH_PRIMITIVE, ids=[case.name for case in EACH_PRIMITIVE])
def test_every_operation(case: Case) -> None:
    check(case.program, case.point, case.wrt, "numpy")


@pytest.mark.sampled(6)
@pytest.mark.parametrize("program", [each for each in PROGRAMS if each not in KINKED], ids=lambda program: program.name)
def test_programs(program: Program) -> None:
    if sum(np.size(program.point[name]) for name in program.wrt) <= 60:
        check(program.text, program.point, program.wrt, "numpy")


@pytest.mark.parametrize("backend", ["numpy", "python", pytest.param("jax", marks=pytest.mark.slow), "torch"])
@pytest.mark.parametrize("text", PAIRS)
def test_several_outputs_and_inputs(text: str, backend: str) -> None:
    if backend in ("jax", "torch"):
        pytest.importorskip(backend)
    for wrt in (["x"], ["y", "x"]):
        check(text, {"x": 0.7, "y": 1.3}, wrt, backend, outputs=("p", "q"))


def test_shapes_of_results() -> None:
    """One input gives a bare Jacobian, several a tuple; so do outputs; a gradient is always a tuple."""
    point = {"x": np.ones(3), "y": 2.0}
    jacobian = graphdiff.compile("p = x*y; q = sum(x); 0", want="jacobian", backend="numpy", outputs=["p", "q"])
    (p, q), ((p_x, p_y), (q_x, q_y)) = jacobian(**point)
    assert [np.shape(each) for each in (p, q, p_x, p_y, q_x, q_y)] == [(3,), (), (3, 3), (3,), (3,), ()]
    hessian = graphdiff.compile("sum(x^2)*y", want="hessian", backend="numpy")(**point)[1]
    assert [[np.shape(each) for each in row] for row in hessian] == [[(3, 3), (3,)], [(3,), ()]]
    assert graphdiff.compile("x^3", want="hessian")(2.0) == (8.0, 12.0)
    assert graphdiff.compile("x^3", want="gradient")(2.0) == (8.0, (12.0,))
    assert graphdiff.compile("x^3", want="value")(2.0) == 8.0


def test_the_order_of_arguments() -> None:
    f = graphdiff.compile("b*x + a", inputs=["x", "a"])
    assert f.inputs == ("x", "a", "b")
    assert f(1.0, 2.0, 3.0) == (5.0, (3.0, 1.0, 1.0))
    assert f.wrt == ("x", "a", "b")
    assert "(x, a, b)" in repr(f)
    assert list(inspect.signature(f).parameters) == ["x", "a", "b"]
    g = graphdiff.compile("sum(b*x + a)", inputs=["x"], backend="numpy", want="hvp", wrt="b")
    assert list(inspect.signature(g).parameters) == ["x", "b", "a", "direction"]
    assert "(x, b, a, direction)" in repr(g)
    assert graphdiff.compile("x*rate", inputs="rate").inputs == ("rate", "x")
    with pytest.raises(GraphdiffError, match="twice") as caught:
        graphdiff.compile("x*y", inputs=["x", "x"])
    assert caught.value.kind == "usage"


@pytest.mark.parametrize("backend", ["python", "numpy"])
def test_functions_pickle(backend: str) -> None:
    f = graphdiff.compile("x*y^2", want="hvp", inputs=["y"], backend=backend)
    assert pickle.loads(pickle.dumps(f))(3.0, 2.0, (1.0, 0.5)) == f(3.0, 2.0, (1.0, 0.5))


@pytest.mark.parametrize(
    ("text", "options", "kind", "message"),
    [
        ("x", {"want": "jacobi"}, "usage", "unknown result"),
        ("[x, x^2]", {"want": "hessian"}, "value", "only a number has a Hessian"),
        ("p = x; q = x^2; p", {"outputs": ["p", "q"]}, "value", "2 outputs: only a number has a gradient"),
        ("p = x; p", {"outputs": ["p", "r"]}, "name", "no node is named 'r'"),
    ],
)
def test_errors(text: str, options: dict[str, Any], kind: str, message: str) -> None:
    with pytest.raises(GraphdiffError, match=message) as caught:
        graphdiff.compile(text, **options)
    assert caught.value.kind == kind


def test_directions_must_fit() -> None:
    f = graphdiff.compile("sum(x*y)", want="hvp", backend="numpy", inputs=["x", "y"])
    for direction in (([1, 2],), [1, 2, 3], 1.0, None, "ab", np.ones((2, 2))):
        with pytest.raises(GraphdiffError, match="the direction is not a tuple of 2 parts"):
            f([1, 2], [3, 4], direction)
    for part in ("a", None, 1j, ["a", "b"]):
        with pytest.raises(GraphdiffError, match="the direction is not a number"):
            f([1, 2], [3, 4], (part, [1, 2]))
    with pytest.raises(GraphdiffError, match=r"the direction is \(3,\), not \(2,\)"):
        f([1, 2], [3, 4], ([1, 2, 3], [1, 2]))
    with pytest.raises(GraphdiffError, match="the direction is missing"):
        f()


@pytest.mark.parametrize("options", [{}, {"batch": True}])
def test_an_input_with_the_name_of_the_direction(options: dict[str, Any]) -> None:
    f = graphdiff.compile("direction*x", want="jvp", wrt="x", backend="numpy", **options)
    assert list(inspect.signature(f).parameters) == ["direction", "x", "direction_"]
    assert f(2.0, 3.0, 5.0) == f(direction=2.0, x=3.0, direction_=5.0) == (6.0, 10.0)


def test_numbers_at_a_point() -> None:
    assert graphdiff.jacobian("x*y", x=2, y=3) == {"x": 3.0, "y": 2.0}
    assert graphdiff.hessian("x*y^2", {"x": 2}, y=3, wrt="y") == {"y": {"y": 4.0}}
    by_name = graphdiff.jacobian("softmax(W@x)[k]*e", W=[[1, 2], [3, 4]], x=[0.1, 0.2], k=1, e=2)
    assert {name: np.shape(block) for name, block in by_name.items()} == {"W": (2, 2), "x": (2,), "e": ()}
    second = graphdiff.hessian("sum(x^3)*y", x=[1, 2], y=5)
    assert second["x"]["x"].tolist() == [[30.0, 0.0], [0.0, 60.0]]
    assert second["x"]["y"].tolist() == second["y"]["x"].tolist() == [3.0, 12.0]
    assert second["y"]["y"] == 0
    with pytest.raises(GraphdiffError, match="the expression has no input 'z'"):
        graphdiff.jacobian("x*y", x=2, y=3, z=1)
    with pytest.raises(GraphdiffError, match="no value for y"):
        graphdiff.jacobian("x*y", x=2)
    with pytest.raises(GraphdiffError, match="'k' is an index"):
        graphdiff.jacobian("x[k]", x=[1, 2], k=1, wrt=["x", "k"])


def test_an_upstream_of_value_and_gradient() -> None:
    value, gradients = graphdiff.value_and_gradient("x*y", x=[1, 2], y=3, wrt="x", upstream=[1, 10])
    assert value.tolist() == [3, 6]
    assert {name: gradient.tolist() for name, gradient in gradients.items()} == {"x": [3, 30]}
    value, gradients = graphdiff.value_and_gradient("abs(x)*abs(x)*y", x=0, y=3, wrt="x", upstream=2)
    assert (value, gradients) == (0, {"x": 0})
