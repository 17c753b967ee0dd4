"""Graphs, traces, checks and compiled functions pickled and copied: by what they were made from, never as code."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
import pickletools
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

import graphdiff
from graphdiff.operations.registry import PRIMITIVES
from support.programs import ARRAYS, EACH_PRIMITIVE, EXAMPLES, NUMBERS, Case, each

PROGRAM = "swish(u) = u*sigmoid(u)\nq = swish(x) + 0.1*y  # a comment\nlog(q)"
MATRIX = np.array([[1.0, 2.0], [3.0, 5.0]])
WAYS: dict[str, Callable[[Any], Any]] = {
    "pickled": lambda value: pickle.loads(pickle.dumps(value)),
    "oldest protocol": lambda value: pickle.loads(pickle.dumps(value, 0)),
    "copied": copy.copy,
    "deeply copied": copy.deepcopy,
}
each_way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


def functions() -> dict[str, tuple[Any, tuple[Any, ...]]]:
    """Compiled functions of each kind, with a point."""
    return {
        "python": (graphdiff.compile(PROGRAM), (2.0, 3.0)),
        "python arrays": (graphdiff.compile("sum(A @ x)", shapes={"A": (2, 2), "x": (2,)}), ([[1, 2], [3, 4]], [5, 6])),
        "constants": (graphdiff.compile("f_formula*e + pi", wrt="e"), (2.0, 3.0)),
        "numpy": (graphdiff.compile("sum(W @ x)", "x", backend="numpy"), (MATRIX, MATRIX[0])),
        "numpy shapes": (graphdiff.compile("logdet(A)", backend="numpy", shapes={"A": (2, 2)}), (MATRIX,)),
        "jax": (graphdiff.compile("k*sum(x^2)", backend="jax"), (2.0, MATRIX[0])),
        "batch": (graphdiff.compile(PROGRAM, batch=True, backend="numpy"), (np.array([1.0, 2.0]), 3.0)),
    }


def assert_alike(one: Any, other: Any) -> None:
    """Two results of nested tuples of numbers are the same."""
    if isinstance(one, tuple):
        assert len(one) == len(other)
        for mine, yours in zip(one, other, strict=True):
            assert_alike(mine, yours)
    else:
        assert np.array_equal(np.asarray(one), np.asarray(other), equal_nan=True)


@each_way
@pytest.mark.parametrize("kind", functions())
def test_functions(kind: str, way: Callable[[Any], Any]) -> None:
    function, point = functions()[kind]
    copied = way(function)
    assert_alike(copied(*point), function(*point))
    assert (copied.inputs, copied.wrt, copied.source) == (function.inputs, function.wrt, function.source)
    assert dict(copied.parameters) == dict(function.parameters)


@each_way
@pytest.mark.parametrize("precision", [None, 30])
def test_traces_and_checks(way: Callable[[Any], Any], precision: int | None) -> None:
    point = {"x": Decimal("2.1"), "y": 3}
    trace = graphdiff.trace(PROGRAM, point, wrt="x", precision=precision)
    copied = way(trace)
    assert (copied.value, dict(copied.gradients), dict(copied.point)) == (trace.value, trace.gradients, trace.point)
    assert [step.value for step in copied.forward] == [step.value for step in trace.forward]
    assert [step.upstream for step in copied.backward] == [step.upstream for step in trace.backward]
    check = graphdiff.check(PROGRAM, point, precision=precision)
    assert way(check).rows == check.rows


@each_way
def test_a_trace_of_arrays(way: Callable[[Any], Any]) -> None:
    trace = graphdiff.trace("softmax(W @ x)", W=MATRIX, x=[1, 2], upstream=[1.0, 2.0])
    copied = way(trace)
    assert_alike((copied.value, *copied.gradients.values()), (trace.value, *trace.gradients.values()))


def test_a_deep_copy_of_a_trace_has_arrays_of_its_own() -> None:
    x = MATRIX[0].copy()
    copied = copy.deepcopy(graphdiff.trace("sum(x^2)", x=x))
    x[0] = 7.0
    assert_alike(copied.point["x"], MATRIX[0])


@each_way
def test_a_graph_keeps_its_places_and_names(way: Callable[[Any], Any]) -> None:
    graph = graphdiff.parse(PROGRAM)
    copied = way(graph)
    assert str(copied) == str(graph)
    assert (copied.source, copied.labels, copied.names) == (graph.source, graph.labels, graph.names)
    assert [node.span for node in copied.nodes] == [node.span for node in graph.nodes]
    with pytest.raises(graphdiff.GraphdiffError) as error:
        graphdiff.trace(copied, x=1)
    assert "q = swish(x) + 0.1*y" in str(error.value)


def test_primitives_are_one_object() -> None:
    for primitive in PRIMITIVES.values():
        assert all(way(primitive) is primitive for way in WAYS.values())


@pytest.mark.sampled(20)
@each(EXAMPLES, EACH_PRIMITIVE, ARRAYS, NUMBERS)
def test_programs(case: Case) -> None:
    graph = graphdiff.parse(case.program)
    copied = pickle.loads(pickle.dumps(graph))
    assert str(copied) == str(graph)
    for name in case.wrt:
        if not any(map(np.shape, case.point.values())):
            derivative = graphdiff.derivative(graph, name)
            assert str(pickle.loads(pickle.dumps(derivative))) == str(derivative)


@pytest.mark.parametrize("text", ["(" * 5000 + "x" + ")" * 5000 + "-" * 2000 + "x", "x" + "*x+1" * 3000])
def test_large_graphs(text: str) -> None:
    graph = graphdiff.parse(text)
    assert len(pickle.loads(pickle.dumps(graph)).nodes) == len(graph.nodes)


def test_calls_of_calls() -> None:
    """As deep as a program may call, some twice: neither the stack nor the pickle grows with the paths."""
    lines = ["f0(x) = x + 1", *(f"f{depth}(x) = f{depth - 1}(x)*0.1 + f{depth - 1}(x)" for depth in range(1, 5))]
    lines += [f"f{depth}(x) = -f{depth - 1}(x)" for depth in range(5, 98)]
    graph = graphdiff.parse("\n".join([*lines, "f97(x)"]))
    pickled = pickle.dumps(graph)
    assert len(pickled) < 100_000
    for way in WAYS.values():
        assert graphdiff.trace(way(graph), x=2).gradients == graphdiff.trace(graph, x=2).gradients


def test_pickles_hold_no_code() -> None:
    """Only graphdiff's own names, and those by which Python and NumPy restore data."""
    values = [function for function, _ in functions().values()]
    values += [graphdiff.parse(PROGRAM), graphdiff.trace(PROGRAM, x=2, y=3), graphdiff.check(PROGRAM, x=2, y=3)]
    for value in values:
        pickled = pickle.dumps(value, 2)  # the protocol with its names in one opcode
        names = {str(argument) for opcode, argument, _ in pickletools.genops(pickled) if opcode.name == "GLOBAL"}
        assert {name for name in names if not name.startswith("graphdiff.")} <= {"__builtin__ getattr"}
        assert b"def " not in pickled


def test_a_pickle_is_read_by_another_process() -> None:
    """Which has imported nothing yet."""
    function, point = functions()["python"]
    code = "import pickle, sys; f, point = pickle.load(sys.stdin.buffer); print(repr(f(*point)))"
    answer = subprocess.run(
        [sys.executable, "-c", code], input=pickle.dumps((function, point)), capture_output=True, check=True
    )
    assert answer.stdout.decode().strip() == repr(function(*point))


def test_multiprocessing() -> None:
    """Functions go to a process that was not forked, and traces come back."""
    kinds = ["python", "numpy", "batch"]
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        answers = [pool.submit(function, *point) for function, point in (functions()[kind] for kind in kinds)]
        trace = pool.submit(graphdiff.trace, PROGRAM, {"x": 2.0, "y": 3.0})
        for kind, answer in zip(kinds, answers, strict=True):
            function, point = functions()[kind]
            assert_alike(answer.result(), function(*point))
        assert trace.result().gradients == graphdiff.trace(PROGRAM, x=2, y=3).gradients


@pytest.mark.slow
def test_dask() -> None:
    distributed = pytest.importorskip("distributed", reason="the extra dask is not installed")
    with (
        distributed.LocalCluster(n_workers=1, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        for function, point in functions().values():
            assert_alike(client.submit(function, *point).result(), function(*point))
        graph = client.submit(graphdiff.parse, PROGRAM).result()
        assert (
            client.submit(graphdiff.trace, graph, {"x": 2.0, "y": 3.0}).result().value
            == graphdiff.trace(graph, x=2, y=3).value
        )
