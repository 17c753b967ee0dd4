"""Compiled functions of columns: each row against the trace at that point."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import pytest
from test_formulas_in_the_wild import FORMULAS, Formula

from graphdiff import GraphdiffError, parse, trace
from graphdiff.compiled import batch
from graphdiff.compiled.batch import BatchFunction, batch_function
from graphdiff.graph.function import Operation
from graphdiff.graph.graph import Graph
from graphdiff.language.program import prelude
from graphdiff.operations.registry import FUNCTIONS, OPERATORS

RELATIVE = 1e-12
"""NumPy's functions and those of the C library differ by a few units in the last place."""
NEURON = "1/(1+exp(-(w0*x0+w1*x1+w2)))"
BRANCHING = "where(x > y, erf(x)*z, max(x, z)) + clip(y, -1, z)*sign(x) - round(z)*softplus(y)"
MANY = 70_000
"""More than two blocks, the last of them a short one."""


def compiled(text: str, wrt: Sequence[str] | None = None) -> BatchFunction:
    graph = parse(text)
    return batch_function(graph, graph.input_names if wrt is None else wrt)


def results(got: tuple[Any, tuple[Any, ...]], row: int) -> list[float]:
    value, gradients = got
    return [float(each[row]) for each in (value, *gradients)]


def traced(graph: Graph, point: Mapping[str, float], wrt: Sequence[str] | None = None) -> list[float]:
    found = trace(graph, point)
    gradients = [found.gradients[name] for name in (wrt or found.gradients)]
    return [float(each) for each in (found.value, *gradients)]


def is_near(one: float, other: float, tolerance: float = 0.0) -> bool:
    both_nan = one != one and other != other
    return both_nan or one == other or abs(one - other) <= RELATIVE * abs(other) + tolerance


def points(*names: str, count: int) -> dict[str, Any]:
    chance = np.random.default_rng(0)
    return {name: chance.normal(scale=2, size=count) for name in names}


@pytest.mark.parametrize("formula", FORMULAS, ids=[formula.identifier for formula in FORMULAS])
def test_formulas_in_the_wild(formula: Formula) -> None:
    graph = parse(formula.text)
    wrt = [name for name in graph.input_names if name in formula.point]
    near = [
        {name: x * (1 + 0.003 * row * (-1) ** place) for place, (name, x) in enumerate(formula.point.items())}
        for row in range(7)
    ]
    function = batch_function(graph, wrt)
    got = function(**{name: np.array([point[name] for point in near]) for name in function.inputs})
    if not wrt:
        assert got == (trace(graph, {}).value, ())
        return
    for row in (0, 3, 6):
        expected = traced(graph, near[row], wrt)
        # What the last places of the inputs change, which is much where terms cancel.
        moved = traced(graph, {name: math.nextafter(x, math.inf) for name, x in near[row].items()}, wrt)
        largest = max(abs(each) for each in expected)
        for one, other, shaken in zip(results(got, row), expected, moved, strict=True):
            assert is_near(one, other, 100 * abs(shaken - other) + 1e-15 * largest)


EXTREMES = [0.0, 1.0, 0.5, 2.0, 2.5, 1e-8, 1e-300, 5e-324, 1e300, 710.0, 800.0, math.inf]
EXTREMES = [*EXTREMES, *(-x for x in EXTREMES), math.nan, 3.0]
OPERATIONS: list[tuple[str, Operation]] = [*FUNCTIONS.items(), *prelude().items()]
CALLS = [
    f"{name}({', '.join('2' if each.is_index(slot) else 'xyz'[slot] for slot in range(len(each.inputs)))})"
    for name, each in OPERATIONS
    if each.is_elementwise
]
POLES = {"cot(x)": (0.0,)}
"""Where a derivative, simplified, is -inf, and the trace's NaN."""
INFIX = [f"x {symbol} y" for symbol, count in OPERATORS if symbol != "@" and count == 2]


@pytest.mark.parametrize("text", [*CALLS, *INFIX])
def test_every_function_at_kinks_and_extremes(text: str) -> None:
    graph = parse(text)
    names = graph.input_names
    near = [point[: len(names)] for point in product(EXTREMES, EXTREMES[: 1 if len(names) == 1 else None], [-1.0, 2.0])]
    near = [point for point in near if point[0] not in POLES.get(text, ())]
    got = batch_function(graph, names)(*np.array(near).T)
    for row in range(0, len(near), 1 if len(names) == 1 else 3):
        expected = traced(graph, dict(zip(names, near[row], strict=True)))
        for one, other in zip(results(got, row), expected, strict=True):
            assert is_near(one, other), near[row]


@pytest.mark.parametrize(
    "text", [NEURON, BRANCHING, "x^y*atan2(y, z) + abs(x)*floor(z)", "x", "x + 0*y + 3", "x*x - x*x"]
)
@pytest.mark.parametrize("count", [1, 7, MANY])
def test_columns_of_any_length(text: str, count: int) -> None:
    graph = parse(text)
    columns = points(*graph.input_names, count=count)
    got = batch_function(graph, graph.input_names)(**columns)
    for row in {0, count // 2, count - 1, *range(0, count, 7919)}:
        expected = traced(graph, {name: float(column[row]) for name, column in columns.items()})
        assert all(map(is_near, results(got, row), expected))


def test_a_formula_of_very_many_values(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its blocks are smaller, that memory stays bounded."""
    monkeypatch.setattr(batch, "MOST_NUMBERS", 1000)
    text = " + ".join(f"sin({each}x)*y" for each in range(1, 300))
    x, y = points("x", "y", count=100).values()
    value, (_, d_y) = compiled(text)(x, y)
    sines = np.sin(np.arange(1, 300)[:, None] * x).sum(axis=0)
    assert np.allclose(value, sines * y, rtol=1e-10, atol=1e-10)
    assert np.allclose(d_y, sines, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("is_column", list(product([False, True], repeat=3)), ids=str)
@pytest.mark.parametrize("text", [BRANCHING, "where(x > 0, y, z)", "(x > y)*z + where((x > 0)*(y > 0), z, x)", "x*y^z"])
def test_any_mix_of_numbers_and_columns(text: str, is_column: tuple[bool, ...]) -> None:
    graph = parse(text)
    columns = points("x", "y", "z", count=50)
    given = {
        name: columns[name] if each else float(columns[name][3]) for name, each in zip("xyz", is_column, strict=True)
    }
    got = batch_function(graph, ["x", "y", "z"])(**given)
    if not any(is_column):
        value, gradients = got
        assert type(value) is float
        assert type(gradients) is tuple
        assert all(map(is_near, [value, *gradients], traced(graph, given, ["x", "y", "z"])))
        return
    for row in range(50):
        point = {name: float(x[row]) if isinstance(x, np.ndarray) else x for name, x in given.items()}
        assert all(map(is_near, results(got, row), traced(graph, point, ["x", "y", "z"])))


def test_numbers_do_not_widen_and_other_types_do() -> None:
    function = compiled("x*exp(y) + 1e300*0")
    single, double = np.array([1, 2], np.float32), np.array([0.5, 0.25])
    for x, y, dtype in [
        (single, 2.0, np.float32),
        (single, np.float64(2), np.float32),
        (single, single, np.float32),
        (single, double, np.float64),
        (np.array([1, 2]), single, np.float64),
        (np.array([True, False]), 3, np.float64),
        (single.astype(">f4"), 3, np.float32),
        ([1, 2], 3, np.float64),
        ((1.0, 2.0), single, np.float64),
    ]:
        value, gradients = function(x, y)
        assert {value.dtype, *(gradient.dtype for gradient in gradients)} == {np.dtype(dtype)}
        exact = np.asarray(x, float) * np.exp(np.asarray(y, float))
        assert np.allclose(value, exact, rtol=1e-6 if dtype is np.float32 else 1e-14, atol=0)


def test_mixed_precision_is_computed_in_the_wider() -> None:
    x = np.array([1e30], np.float32)
    value, (d_x, _) = compiled("x*x + y")(x, np.array([1.0]))
    assert value[0] == float(x[0]) ** 2 + 1
    assert d_x[0] == 2 * float(x[0])


def test_constants_that_single_precision_cannot_hold() -> None:
    value, (d_x,) = compiled("x*1e300")(np.array([0.5, -2], np.float32))
    assert value.tolist() == [math.inf, -math.inf]
    assert d_x.tolist() == [math.inf, math.inf]


def test_out_is_filled_and_its_rows_returned() -> None:
    columns = points("w0", "x0", "w1", "x1", "w2", count=MANY)
    function = compiled(NEURON)
    expected = function(**columns)
    for out in (np.full((6, MANY), np.nan), np.full((MANY, 6), np.nan).T, np.full((6, 2 * MANY), np.nan)[:, ::2]):
        value, gradients = function(**columns, out=out)
        assert np.array_equal(out, [expected[0], *expected[1]])
        assert all(np.shares_memory(row, out) for row in (value, *gradients))
    single = np.empty((6, 3), np.float32)
    function(*(column[:3].astype(np.float32) for column in columns.values()), out=single)
    assert np.allclose(single, out[:, :3], rtol=1e-3)


@pytest.mark.parametrize(
    ("out", "told"),
    [
        (np.empty((2, 3)), "shape (2, 3), not (3, 3)"),
        (np.empty((3, 3), np.float32), "dtype float32, not float64"),
        (np.broadcast_to(0.0, (3, 3)), "read-only"),
        ([[0.0] * 3] * 3, "list"),
    ],
    ids=["shape", "dtype", "read-only", "list"],
)
def test_out_that_does_not_fit(out: Any, told: str) -> None:
    with pytest.raises(GraphdiffError) as raised:
        compiled("x*y")(np.ones(3), 2, out=out)
    assert raised.value.kind == "value"
    assert told in raised.value.message
    assert "shape (3, 3) and dtype float64" in str(raised.value)


def test_out_may_overlap_the_columns() -> None:
    room = np.empty((3, MANY))
    x, y = points("x", "y", count=MANY).values()
    expected = compiled("x*y^2")(x, y)
    room[1], room[2] = x, y
    got = compiled("x*y^2")(room[1], room[2], out=room)
    assert np.array_equal([got[0], *got[1]], [expected[0], *expected[1]])
    room[1], room[0] = x, y
    compiled("x*y^2")(room[1], room[0], out=room)
    assert np.array_equal(room, [expected[0], *expected[1]])


def test_views_and_columns_that_may_not_be_written() -> None:
    x, y = points("x", "y", count=MANY).values()
    fixed = y.copy()
    fixed.flags.writeable = False
    strided = np.stack([x, y], axis=1)
    expected = compiled("sin(x)*y")(x, y)
    for given in ((strided[:, 0], fixed), (x[::-1][::-1], strided[:, 1])):
        got = compiled("sin(x)*y")(*given)
        assert np.array_equal(got[0], expected[0])
    assert np.array_equal(compiled("2x")(x[::-1])[0], 2 * x[::-1])
    assert np.array_equal(fixed, y)


def test_no_rows() -> None:
    value, gradients = compiled("x*y")(np.empty(0), 3)
    assert value.shape == gradients[0].shape == gradients[1].shape == (0,)
    assert compiled("x*y")([], 3)[0].shape == (0,)


def test_outputs_that_are_alike_or_constant() -> None:
    value, (d_x, d_y, d_z) = compiled("x + y + 0*z")(np.array([1.0, 2.0]), 3, 0)
    assert value.tolist() == [4, 5]
    assert (d_x.tolist(), d_y.tolist(), d_z.tolist()) == ([1, 1], [1, 1], [0, 0])
    exponential, (slope,) = compiled("exp(x)")([0.0, 1.0])
    assert slope.tolist() == exponential.tolist()


def test_names_of_inputs() -> None:
    function = compiled("np*lambda + d_np*value + x₀*b1*out")
    assert function.inputs == ("np", "lambda", "d_np", "value", "x₀", "b1", "out")
    assert function.parameters["lambda"] == "lambda_"
    assert function.parameters["x₀"] == "x0"
    compile(function.source, "source", "exec")
    numbers = [float(number) for number in range(2, 9)]
    value, gradients = function(*([number, number] for number in numbers))
    assert value.tolist() == [2 * 3 + 4 * 5 + 6 * 7 * 8] * 2
    assert [gradient[0] for gradient in gradients] == [3, 2, 5, 4, 56, 48, 42]


def test_constants_are_inputs_where_wrt_names_them() -> None:
    assert compiled("pi*x", ["x"]).inputs == ("x",)
    value, (d_pi,) = compiled("pi*x", ["pi"])(x=np.array([2.0]))
    assert value[0] == pytest.approx(2 * math.pi, rel=RELATIVE)
    assert d_pi[0] == 2


@pytest.mark.parametrize(
    ("call", "kind", "told"),
    [
        (lambda f: f(np.ones(2), np.ones(3)), "value", "'x' has 2 rows, 'y' has 3"),
        (lambda f: f(np.ones((2, 3)), 1), "value", "'x' is an array of shape (2, 3)"),
        (lambda f: f(np.ones(2)), "name", "no value for y"),
        (lambda f: f(np.ones(2), z=1), "name", "no input 'z'"),
        (lambda f: f(1, 2, 3), "usage", "3 values for 2 inputs"),
        (lambda f: f(1, 2, x=3), "usage", "'x' is passed twice"),
        (lambda f: f(np.array(["a"]), 2), "value", "not a column of real numbers"),
        (lambda f: f(np.array([1j]), 2), "value", "not a column of real numbers"),
        (lambda f: f([[1], [2, 3]], 2), "value", "'x' is ragged"),
        (lambda f: f("a", [2]), "value", "not a number"),
        (lambda f: f(None, [2]), "value", "not a number"),
        (lambda f: f(1, 2, out=np.empty((3, 1))), "value", "out requires a column"),
    ],
)
def test_what_cannot_be_used(call: Any, kind: str, told: str) -> None:
    with pytest.raises(GraphdiffError) as raised:
        call(compiled("x*y"))
    assert raised.value.kind == kind
    assert told in raised.value.message


def test_formulas_of_arrays() -> None:
    with pytest.raises(GraphdiffError) as raised:
        compiled("sum(x*[1, 2])")
    assert raised.value.kind == "value"
    assert "batch=False" in str(raised.value)


def test_erf_without_scipy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.special", None)
    function = compiled("erf(x) + y")
    with pytest.raises(GraphdiffError, match=r"graphdiff-cli\[scipy\]"):
        function([1.0], 2)
    assert function(1.0, [2.0])[0][0] == math.erf(1) + 2


def test_calls_from_several_threads_at_once() -> None:
    function = compiled(BRANCHING)
    columns = [points("x", "y", "z", count=MANY + 10_000 * each) for each in range(6)]
    expected = [function(**each) for each in columns]
    got: list[Any] = [None] * len(columns)

    def called(place: int) -> None:
        for _ in range(3):
            got[place] = function(**columns[place])

    threads = [threading.Thread(target=called, args=(place,)) for place in range(len(columns))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one, other in zip(got, expected, strict=True):
        assert np.array_equal([one[0], *one[1]], [other[0], *other[1]])


def test_what_a_helping_thread_raises_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    """With two cores, whichever there are: the caller computes a block, the thread fails at another."""
    monkeypatch.setattr(batch, "_cores", lambda: 2)
    function = compiled("x + 1")
    failed = threading.Event()
    caller = threading.get_ident()

    def block(*arguments: Any) -> None:
        if threading.get_ident() != caller:
            failed.set()
            raise KeyboardInterrupt
        assert failed.wait(60)

    function._compile(frozenset(["x"])).functions["block"] = block
    with pytest.raises(KeyboardInterrupt):
        function(np.ones(10 * batch.BLOCK))


def test_an_interrupted_caller_stops_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "_cores", lambda: 2)
    function = compiled("x + 1")
    interrupted = threading.Event()
    caller = threading.get_ident()
    computed: list[int] = []

    def block(*arguments: Any) -> None:
        computed.append(threading.get_ident())
        if threading.get_ident() == caller:
            interrupted.set()
            raise KeyboardInterrupt
        assert interrupted.wait(60)

    function._compile(frozenset(["x"])).functions["block"] = block
    with pytest.raises(KeyboardInterrupt):
        function(np.ones(100 * batch.BLOCK))
    assert len(computed) < 100


@pytest.mark.skipif(not hasattr(os, "fork"), reason="platform: this system does not fork")
def test_after_a_fork() -> None:
    code = f"""
import os, warnings
import numpy as np
from graphdiff import parse
from graphdiff.compiled import batch
warnings.simplefilter("ignore")  # forking with threads is what is tried here
batch._cores = lambda: 2
f = batch.batch_function(parse("x*x"), ["x"])
x = np.arange({MANY}.0)
assert (f(x)[0] == x*x).all()
child = os.fork()
if child == 0:
    os._exit(0 if (f(x)[0] == x*x).all() and batch._pool().submit(int).result() == 0 else 1)
assert (f(x)[0] == x*x).all()
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
