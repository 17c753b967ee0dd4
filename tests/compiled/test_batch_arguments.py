"""The arguments of compiled functions of columns: their types, shapes and names, and where results are written."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from graphdiff import GraphdiffError
from support.columns import MANY, NEURON, compile_columns, normal_columns


def test_numbers_do_not_widen_and_other_types_do() -> None:
    function = compile_columns("x*exp(y) + 1e300*0")
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
    value, (d_x, _) = compile_columns("x*x + y")(x, np.array([1.0]))
    assert value[0] == float(x[0]) ** 2 + 1
    assert d_x[0] == 2 * float(x[0])


def test_constants_that_single_precision_cannot_hold() -> None:
    value, (d_x,) = compile_columns("x*1e300")(np.array([0.5, -2], np.float32))
    assert value.tolist() == [math.inf, -math.inf]
    assert d_x.tolist() == [math.inf, math.inf]


def test_out_is_filled_and_its_rows_returned() -> None:
    columns = normal_columns("w0", "x0", "w1", "x1", "w2", count=MANY)
    function = compile_columns(NEURON)
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
        compile_columns("x*y")(np.ones(3), 2, out=out)
    assert raised.value.kind == "value"
    assert told in raised.value.message
    assert "shape (3, 3) and dtype float64" in str(raised.value)


def test_out_may_overlap_the_columns() -> None:
    room = np.empty((3, MANY))
    x, y = normal_columns("x", "y", count=MANY).values()
    expected = compile_columns("x*y^2")(x, y)
    room[1], room[2] = x, y
    actual = compile_columns("x*y^2")(room[1], room[2], out=room)
    assert np.array_equal([actual[0], *actual[1]], [expected[0], *expected[1]])
    room[1], room[0] = x, y
    compile_columns("x*y^2")(room[1], room[0], out=room)
    assert np.array_equal(room, [expected[0], *expected[1]])


def test_views_and_columns_that_may_not_be_written() -> None:
    x, y = normal_columns("x", "y", count=MANY).values()
    fixed = y.copy()
    fixed.flags.writeable = False
    strided = np.stack([x, y], axis=1)
    expected = compile_columns("sin(x)*y")(x, y)
    for given in ((strided[:, 0], fixed), (x[::-1][::-1], strided[:, 1])):
        actual = compile_columns("sin(x)*y")(*given)
        assert np.array_equal(actual[0], expected[0])
    assert np.array_equal(compile_columns("2x")(x[::-1])[0], 2 * x[::-1])
    assert np.array_equal(fixed, y)


def test_no_rows() -> None:
    value, gradients = compile_columns("x*y")(np.empty(0), 3)
    assert value.shape == gradients[0].shape == gradients[1].shape == (0,)
    assert compile_columns("x*y")([], 3)[0].shape == (0,)


def test_names_of_inputs() -> None:
    function = compile_columns("np*lambda + d_np*value + x₀*b1*out")
    assert function.inputs == ("np", "lambda", "d_np", "value", "x₀", "b1", "out")
    assert function.parameters["lambda"] == "lambda_"
    assert function.parameters["x₀"] == "x0"
    compile(function.source, "source", "exec")
    numbers = [float(number) for number in range(2, 9)]
    value, gradients = function(*([number, number] for number in numbers))
    assert value.tolist() == [2 * 3 + 4 * 5 + 6 * 7 * 8] * 2
    assert [gradient[0] for gradient in gradients] == [3, 2, 5, 4, 56, 48, 42]


def test_constants_are_inputs_where_wrt_names_them() -> None:
    assert compile_columns("pi*x", ["x"]).inputs == ("x",)
    value, (d_pi,) = compile_columns("pi*x", ["pi"])(x=np.array([2.0]))
    assert value[0] == pytest.approx(2 * math.pi, rel=1e-12)
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
        call(compile_columns("x*y"))
    assert raised.value.kind == kind
    assert told in raised.value.message


def test_operations_that_have_no_entries() -> None:
    with pytest.raises(GraphdiffError) as raised:
        compile_columns("det([[x, 1], [1, x]])")
    assert raised.value.kind == "value"
    assert "does not support det" in str(raised.value)


def test_inputs_that_are_called_like_parameters() -> None:
    function = compile_columns("out^2 + 3*self")
    x = np.arange(4.0)
    for result in (function(x, 2.0), function(out=x, self=2.0), function(x, self=2.0)):
        value, (d_out, d_self) = result
        assert np.array_equal([value, d_out, d_self], [x**2 + 6, 2 * x, np.full(4, 3.0)])
    assert function(self=1.0, out=2.0) == (7.0, (4.0, 3.0))
