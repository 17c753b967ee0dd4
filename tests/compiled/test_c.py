"""Compiled functions in C: against those of NumPy and Python."""

from __future__ import annotations

import copy
import inspect
import math
import pickle
import subprocess
import sys
import threading
from typing import Any

import numpy as np
import pytest

import graphdiff
from graphdiff import GraphdiffError
from graphdiff.compiled import batch
from graphdiff.targets.c import extension
from support.array_programs import PROGRAMS
from support.array_programs.collection import Program
from support.columns import BRANCHING, MANY, NEURON, normal_columns
from support.formulas import EACH_FORMULA, Formula
from support.native import needs_compiler
from support.programs import EACH_PRIMITIVE, Case

pytestmark = needs_compiler
TOLERANCE = 1e-9


def leaves(value: Any) -> list[Any]:
    return [leaf for part in value for leaf in leaves(part)] if isinstance(value, tuple) else [value]


def assert_like(actual: Any, expected: Any) -> None:
    """Results have the structure and, but for rounding, the numbers of others."""
    assert type(actual) is type(expected)
    if isinstance(actual, tuple):
        assert len(actual) == len(expected)
        for one, other in zip(actual, expected, strict=True):
            assert_like(one, other)
    else:
        largest = float(np.max(np.abs(expected), initial=0, where=np.isfinite(expected)))
        assert np.shape(actual) == np.shape(expected)
        assert actual == pytest.approx(expected, rel=TOLERANCE, abs=TOLERANCE * largest, nan_ok=True)


def assert_equal_to_numpy(text: Any, point: dict[str, Any], wrt: Any = None, **options: Any) -> None:
    in_numpy = graphdiff.compile(text, wrt, backend="numpy", **options)
    in_c = graphdiff.compile(text, wrt, backend="c", **options)
    assert (in_c.inputs, in_c.wrt) == (in_numpy.inputs, in_numpy.wrt)
    try:
        actual = in_c(**point)
    except GraphdiffError as error:
        if "not support" not in error.message:  # C has no SVD and the like
            raise
        return
    assert_like(actual, in_numpy(**point))


@pytest.mark.sampled(120)
@pytest.mark.parametrize("case", EACH_PRIMITIVE, ids=[case.name for case in EACH_PRIMITIVE])
def test_every_operation(case: Case) -> None:
    assert_equal_to_numpy(case.program, dict(case.point), case.wrt)


@pytest.mark.sampled(60)
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_array_programs(program: Program) -> None:
    assert_equal_to_numpy(program.text, dict(program.point), list(program.wrt) or None)


@pytest.mark.sampled(100)
@EACH_FORMULA
def test_formulas_in_the_wild(formula: Formula) -> None:
    assert_equal_to_numpy(formula.text, dict(formula.point), list(formula.point))


LAST = {"jvp": "direction", "vjp": "upstream", "hvp": "direction"}
DIRECTIONS = {
    ("jvp", "numbers"): (0.5, 2.0),
    ("vjp", "numbers"): 3.0,
    ("hvp", "numbers"): (0.5, 2.0),
    ("jvp", "arrays"): ([0.5, 2.0], [[1.0, 2.0], [3.0, 4.0]]),
    ("vjp", "arrays"): 3.0,
    ("hvp", "arrays"): ([0.5, 2.0], [[1.0, 2.0], [3.0, 4.0]]),
}
TEXTS = {"numbers": "x^3*y", "arrays": "sum((y@x)^3)"}
POINTS: dict[str, dict[str, Any]] = {
    "numbers": {"x": 1.5, "y": -2.0},
    "arrays": {"x": [1.5, -1.0], "y": [[2.0, 0.5], [1.0, -3.0]]},
}


@pytest.mark.sampled(4)
@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("want", ["hvp", "value", "jacobian", "hessian", "jvp", "vjp"])
def test_wants(want: str, kind: str) -> None:
    last = {LAST[want]: DIRECTIONS[want, kind]} if want in LAST else {}
    assert_equal_to_numpy(TEXTS[kind], POINTS[kind] | last, ["x", "y"], want=want)


def test_several_outputs() -> None:
    options = {"want": "jacobian", "outputs": ["p", "q"]}
    assert_equal_to_numpy("p = x*y; q = [x, x*y]; 0", {"x": 2.0, "y": 3.0}, ["x", "y"], **options)


def test_very_many_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """They come by way of an array."""
    monkeypatch.setattr(extension, "MOST_RETURNED", 2)
    assert_equal_to_numpy("x*y^2", {"x": 2.0, "y": 3.0}, want="hessian")


def test_any_arguments() -> None:
    """Those that are converted give what arrays of 64-bit floats give."""
    function: Any = graphdiff.compile("k*sum(W@x)", backend="c")
    W, x = np.arange(6.0).reshape(2, 3), np.array([1.0, -2.0, 0.5])  # noqa: N806
    expected = function(2.0, W, x)
    assert expected[0] == 2 * (W @ x).sum()
    shifted = np.frombuffer(b"\0" + x.tobytes(), np.uint8)[1:].view(np.float64)
    assert not shifted.flags.aligned
    for arguments in [
        (2, W.tolist(), tuple(x)),
        (np.float64(2), W.astype(np.float32), x.astype(">f8")),
        (np.array(2), np.asfortranarray(W), np.repeat(x, 2)[::2]),
        (True + 1, W.astype(int), shifted),
        (np.float32(2), [W[0], W[1]], x[::-1].copy()[::-1]),
    ]:
        assert_like(function(*arguments), expected)
    assert_like(function(x=x, W=W, k=2.0), expected)
    value, (by_k, _, by_x) = function(2.0, [[1.0]], [3.0])
    assert (value, by_k, by_x.shape) == (6.0, 3.0, (1,))


@pytest.mark.parametrize(
    ("arguments", "names", "part"),
    [
        (([1.0],), {}, "no value for y"),
        (([1.0], [2.0], [3.0]), {}, "3 values for 2 inputs"),
        (([1.0], [2.0]), {"x": [2.0]}, "passed twice"),
        (([1.0], [2.0]), {"z": 1.0}, "no input 'z'"),
        (([1.0, 2.0], [1.0, 2.0, 3.0]), {}, "do not fit"),
        (("a", [1.0]), {}, "x"),
        (([1.0, [2.0]], 1.0), {}, "x"),
        ((1j, 1.0), {}, "x"),
        (([], 1.0), {}, "x"),
        ((None, 1.0), {}, "x"),
        ((10**400, 1.0), {}, "too large"),
    ],
)
def test_errors(arguments: tuple[Any, ...], names: dict[str, Any], part: str) -> None:
    function: Any = graphdiff.compile("sum(x*y)", backend="c")
    with pytest.raises(GraphdiffError) as raised:
        function(*arguments, **names)
    assert part in f"{raised.value.message} {raised.value.hint}"


def test_numbers_that_are_not_finite() -> None:
    function: Any = graphdiff.compile("exp(x)/y", backend="c")
    assert function(1000.0, 1.0) == (math.inf, (math.inf, -math.inf))
    assert math.isnan(function(math.nan, 1.0)[0])
    value, (by_x, by_y) = function(-1000.0, 0.0)
    assert math.isnan(value)
    assert math.isnan(by_x)
    assert math.isnan(by_y)


def test_attributes_and_copies() -> None:
    function = graphdiff.compile("r*sin(t) + pi", "t", backend="c", inputs=["t"])
    assert (function.inputs, function.wrt) == (("t", "r"), ("t",))
    assert "double f(double t, double r, double gradient[1])" in function.source
    assert dict(function.parameters) == {"t": "t", "r": "r"}
    assert repr(function) == "<c function (t, r) -> value, gradient by t>"
    assert list(inspect.signature(function).parameters) == ["t", "r"]
    for copied in (copy.copy(function), copy.deepcopy(function), pickle.loads(pickle.dumps(function))):
        assert copied(1.0, 2.0) == function(1.0, 2.0)
        assert copied.source == function.source
    assert b"double" not in pickle.dumps(function)


@pytest.mark.slow
@pytest.mark.parametrize("is_batch", [False, True])
def test_in_another_process(is_batch: bool) -> None:
    function: Any = graphdiff.compile("x^2*y", backend="c", batch=is_batch)
    code = "import pickle, sys; print(pickle.load(sys.stdin.buffer)(3.0, 2.0))"
    pickled = pickle.dumps(function)
    done = subprocess.run([sys.executable, "-c", code], input=pickled, capture_output=True, check=True, timeout=120)
    assert done.stdout.decode().strip() == str(function(3.0, 2.0)) == "(18.0, (12.0, 9.0))"


def test_threads_have_memory_of_their_own() -> None:
    """A function with a workspace, which is not locked while it computes."""
    function: Any = graphdiff.compile("sum(tanh(A@B)@C)", backend="c")
    chance = np.random.default_rng(1)
    points = [[chance.normal(size=(100, 100)) for _ in range(3)] for _ in range(4)]
    expected = [function(*point) for point in points]
    assert "f_WORKSPACE 1\n" not in function.source
    results: list[Any] = [None] * len(points)

    def call(place: int) -> None:
        for _ in range(5):
            results[place] = function(*points[place])

    threads = [threading.Thread(target=call, args=(place,)) for place in range(len(points))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one, other in zip(results, expected, strict=True):
        assert all(map(np.array_equal, leaves(one), leaves(other)))


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    "text", [BRANCHING, NEURON, "fold(h*x + y for t in range(4), h=z)", "x^y*atan2(y, z) + abs(x)*floor(z)"]
)
def test_batch(text: str) -> None:
    """Columns and numbers in any mix, of any step and type."""
    names = graphdiff.parse(text).input_names
    columns = normal_columns(*names, count=100)
    in_c: Any = graphdiff.compile(text, backend="c", batch=True)
    in_numpy: Any = graphdiff.compile(text, backend="numpy", batch=True)
    first, *rest = names
    table = np.array(list(columns.values())).T
    assert (in_c.inputs, in_c.wrt) == (in_numpy.inputs, in_numpy.wrt)
    for point in [
        columns,
        columns | {first: 0.75},
        dict.fromkeys(rest, 0.75) | {first: columns[first]},
        {name: table[::-2, place] for place, name in enumerate(names)},
        columns | {first: np.arange(100)},
        {name: column[:0] for name, column in columns.items()},
        dict.fromkeys(names, 0.75),
    ]:
        assert_like(in_c(**point), in_numpy(**point))
    single = in_c(**{name: column.astype(np.float32) for name, column in columns.items()})
    assert {leaf.dtype for leaf in leaves(single)} == {np.dtype(np.float64)}
    assert in_c.source.startswith("#include <math.h>")
    assert pickle.loads(pickle.dumps(in_c)).source == in_c.source


@pytest.mark.sampled(2)
@pytest.mark.parametrize("want", ["jvp", "gradient", "hessian", "vjp"])
def test_batch_of_arrays(want: str) -> None:
    """Arrays that are the same at all points or have one for each, a direction, and code with a workspace."""
    chance = np.random.default_rng(2)
    names, sizes = ["W", "x", "k"], {"W": (60, 50), "x": (50,)} if want == "gradient" else {"W": (2, 3), "x": (3,)}
    columns = {name: chance.normal(size=(40, *sizes.get(name, ()))) for name in names}
    last = {"jvp": columns["x"], "vjp": chance.normal(size=40)}.get(want)
    functions = [
        graphdiff.compile("k*sum(tanh(W@x))", "x", want=want, backend=backend, inputs=names, shapes=sizes, batch=True)
        for backend in ("c", "numpy")
    ]
    assert ("WORKSPACE" in functions[0].source) == (want == "gradient")
    for point in (columns, columns | {"W": columns["W"][0], "k": 2.0}):
        arguments = [*point.values(), *([] if last is None else [last])]
        assert_like(*[function(*arguments) for function in functions])


def test_batch_on_all_cores_into_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "_cores", lambda: 3)
    function: Any = graphdiff.compile("x*y", backend="c", batch=True)
    columns = normal_columns("x", "y", count=MANY)
    out = np.full((MANY, 6), np.nan).T[::2]
    value, (by_x, by_y) = function(**columns, out=out)
    assert np.array_equal(value, columns["x"] * columns["y"])
    assert np.array_equal([value, by_x, by_y], out)
    assert np.array_equal(by_x, columns["y"])
    product = value.copy()
    function(columns["x"], out[0], out=out)
    assert np.array_equal(out[0], columns["x"] * product)


def test_what_a_batch_refuses() -> None:
    with pytest.raises(GraphdiffError, match="at most 8,192 results"):
        graphdiff.compile("sum(x)", "x", backend="c", batch=True, shapes={"x": (9000,)})
    function: Any = graphdiff.compile("x*y", backend="c", batch=True)
    with pytest.raises(GraphdiffError, match="columns differ in length"):
        function(np.ones(3), np.ones(4))
    with pytest.raises(GraphdiffError, match="out has shape"):
        function(np.ones(3), 1.0, out=np.ones((3, 4)))
