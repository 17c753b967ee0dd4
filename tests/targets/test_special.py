"""lgamma, digamma and polygamma with their derivatives, wherever they run, against mpmath at 60 digits."""

from __future__ import annotations

import ctypes
import math
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest

from graphdiff import GraphdiffError, compile, derivative, trace, value_and_gradient
from graphdiff.passes.arrays import to_list
from graphdiff.precise.functions import Precise
from graphdiff.targets.generate import source_of
from support.engine import Engine
from support.native import library, needs_compiler

Runner = Callable[[str, Sequence[float], Sequence[float]], Sequence[tuple[float, float]]]
"""The value of a formula in n and x, and its derivative by x, at points of both."""

LGAMMA_ZEROS = (
    1.0,
    2.0,
    -2.4570247382208006,
    -2.747682646727413,
    -3.14358088834998,
    -3.955294284858598,
    -4.039361839740536,
    -4.991544640560047,
    -5.0082181683225,
    -6.0013853,
    -7.9998,
    -8.0000248,
    -9.00000275,
)
DIGAMMA_ZEROS = (1.4616321449683623, -0.5040830082644554, -1.573498473162391, -2.610720868444145, -12.7191805)
INF, NAN = math.inf, math.nan
of_all = pytest.mark.operations("lgamma", "digamma", "polygamma")


def _numbers() -> list[float]:
    """All over the real line, and beside zeros and poles."""
    chance = random.Random(5)
    found = [5e-324, -5e-324, 1e-300, -1e-300, 1e300, 1e306, 0.5, -0.5, 1.0, 2.0, 3.0, 8.5, 10.0, -17.5, 171.0]
    found += [sign * chance.uniform(0, 20) for sign in (1, -1) for _ in range(40)]
    found += [10 ** chance.uniform(-300, 300) for _ in range(40)]
    found += [-(10 ** chance.uniform(-300, 5)) for _ in range(40)]
    for zero in (*LGAMMA_ZEROS, *DIGAMMA_ZEROS, *map(float, range(-25, 1))):
        found += [zero + chance.uniform(-1, 1) * 10 ** chance.uniform(-15, -3) for _ in range(4)]
    return [x for x in found if x > 0 or x != math.floor(x)]


NUMBERS = _numbers()
ORDERS = (0, 1, 2, 3, 4, 5, 10, 25, 60, 100)


def _orders() -> tuple[list[float], list[float]]:
    """Orders and numbers at which all digits of polygamma count: away from its zeros on the left."""
    chance = random.Random(6)
    pairs = [(n, 10 ** chance.uniform(-2, 4)) for n in ORDERS for _ in range(8)]
    pairs += [(n, -chance.randint(0, 30) + sign * chance.uniform(0.02, 0.3)) for n in ORDERS for sign in (1, -1)]
    pairs += [(n, x) for n in (1, 2) for x in (1e-100, -1e-100, 1e100, -1e4 - 0.25)]
    return [float(n) for n, _ in pairs], [x for _, x in pairs]


def exact(text: str, n: float, x: float) -> tuple[mpmath.mpf, mpmath.mpf]:
    """The value and the derivative."""
    at = mpmath.mpf(x)
    if text == "lgamma(x)":
        gamma = mpmath.log(abs(mpmath.gamma(at))) if -200 < x < 100 else mpmath.loggamma(at).real
        return gamma, mpmath.psi(0, at)
    order = 0 if text == "digamma(x)" else int(n)
    return mpmath.psi(order, at), mpmath.psi(order + 1, at)


def assert_accurate(found: float, expected: mpmath.mpf, absolute: float, where: Any) -> None:
    rounded = float(expected) if abs(expected) < 1.7976931348623157e308 else math.copysign(INF, expected)
    if math.isinf(rounded):
        assert found == rounded, where
        return
    error = abs(mpmath.mpf(found) - expected)
    assert error <= max(1e-13 * abs(expected), absolute), (where, found, rounded, float(error))


def assert_is_exact(run: Runner, least: float = 0.0) -> None:
    """least is the smallest number that is not taken for 0."""
    orders, numbers = _orders()
    some = [x for x in NUMBERS if abs(x) >= least]
    none = [0.0] * len(some)
    for text, ns, xs in (("lgamma(x)", none, some), ("digamma(x)", none, some), ("polygamma(n, x)", orders, numbers)):
        for n, x, (value, slope) in zip(ns, xs, run(text, ns, xs), strict=True):
            with mpmath.workdps(60):
                expected = exact(text, n, x)
                assert_accurate(value, expected[0], 1e-15, (text, n, x))
                assert_accurate(slope, expected[1], 1e-15 if text == "lgamma(x)" else 5e-324, (text, n, x, "slope"))
    poles = [(0.0, x) for x in (0.0, -0.0, -1.0, -7.0, -30.0, INF, -INF, NAN)]
    found = [value for value, _ in run("lgamma(x)", *zip(*poles, strict=True))]
    assert np.array_equal(found, [INF] * 7 + [NAN], equal_nan=True)
    found = [value for value, _ in run("digamma(x)", *zip(*poles, strict=True))]
    assert np.array_equal(found, [-INF, INF, NAN, NAN, NAN, INF, NAN, NAN], equal_nan=True)
    odd, even = [
        [value for value, _ in run("polygamma(n, x)", [n] * len(poles), [x for _, x in poles])] for n in (1.0, 2.0)
    ]
    assert np.array_equal(odd, [INF, INF, INF, INF, INF, 0.0, NAN, NAN], equal_nan=True)
    assert np.array_equal(even, [-INF, INF, NAN, NAN, NAN, 0.0, NAN, NAN], equal_nan=True)


@of_all
@pytest.mark.slow
def test_on_floats() -> None:
    def run(text: str, ns: Sequence[float], xs: Sequence[float]) -> list[tuple[float, float]]:
        found = [
            value_and_gradient(text, {"n": n, "x": x} if "n," in text else {"x": x})
            for n, x in zip(ns, xs, strict=True)
        ]
        return [(value, gradients["x"]) for value, gradients in found]

    assert_is_exact(run)


@of_all
@pytest.mark.slow
def test_on_arrays() -> None:
    """Entry by entry, the derivative of the sum by each."""

    def run(text: str, ns: Sequence[float], xs: Sequence[float]) -> list[tuple[float, float]]:
        point = {"x": np.array(xs)} | ({"n": np.array(ns)} if "n," in text else {})
        traced = trace(text, point, wrt="x", upstream=np.ones(len(xs)))
        return list(zip(*map(to_list, (traced.value, traced.gradients["x"])), strict=True))

    assert_is_exact(run)


@of_all
@pytest.mark.slow
def test_on_columns() -> None:
    def run(text: str, ns: Sequence[float], xs: Sequence[float]) -> list[tuple[float, float]]:
        function = compile(text, "x", backend="numpy", batch=True, inputs=["x"])
        value, (slope,) = function(**({"x": np.array(xs)} | ({"n": np.array(ns)} if "n," in text else {})))
        return list(zip(value.tolist(), slope.tolist(), strict=True))

    assert_is_exact(run)


@pytest.mark.slow
@pytest.mark.parametrize("target", ["python", "numpy", "jax", "torch"])
def test_in_python(target: str) -> None:
    if target != "python":
        package = pytest.importorskip(target)
        if target == "jax":
            package.config.update("jax_enable_x64", True)

    def run(text: str, ns: Sequence[float], xs: Sequence[float]) -> list[tuple[float, float]]:
        scope: dict[str, Any] = {}
        source = source_of(text, target, wrt="x")
        exec(source, scope)
        given = [{"n": n, "x": x} if "n," in text else {"x": x} for n, x in zip(ns, xs, strict=True)]
        if target != "python":  # all at once: each call alone takes long there
            columns = {name: np.array([point[name] for point in given]) for name in given[0]}
            if target == "torch":
                columns = {name: package.tensor(column) for name, column in columns.items()}
            value, (slope,) = scope["f"](**columns)
            return list(zip(np.asarray(value).tolist(), np.asarray(slope).tolist(), strict=True))
        return [(value, slope) for value, (slope,) in (scope["f"](**point) for point in given)]

    assert_is_exact(run, 1e-300 if target == "jax" else 0.0)  # XLA takes subnormal numbers for 0


@pytest.mark.slow
@needs_compiler
def test_in_c(tmp_path: Path) -> None:
    def run(text: str, ns: Sequence[float], xs: Sequence[float]) -> list[tuple[float, float]]:
        folder = tmp_path / str(len([*tmp_path.iterdir()]))
        folder.mkdir()
        function = library(folder, source_of(text, "c", wrt="x")).f
        function.restype = ctypes.c_double
        found = []
        for n, x in zip(ns, xs, strict=True):
            slope = ctypes.c_double()
            operands = [n, x] if "n," in text else [x]
            found.append((function(*map(ctypes.c_double, operands), ctypes.byref(slope)), slope.value))
        return found

    assert_is_exact(run)


@pytest.mark.slow
def test_in_javascript(engine: Engine) -> None:
    def run(text: str, ns: Sequence[float], xs: Sequence[float]) -> list[tuple[float, float]]:
        points = [[n, x] if "n," in text else [x] for n, x in zip(ns, xs, strict=True)]
        found = engine.call(source_of(text, "javascript", wrt="x"), "f", points)
        return [(value, slope) for value, (slope,) in found]

    assert_is_exact(run)


@pytest.mark.operations("digamma")
@pytest.mark.parametrize("x", [1.461632144968362, 1.4616321449683622, 1.4616321449683625, 1.4616321449683627])
def test_digamma_beside_its_zero(x: float) -> None:
    with mpmath.workdps(60):
        expected = float(mpmath.psi(0, mpmath.mpf(x)))
    assert trace("digamma(x)", x=x).value == pytest.approx(expected, rel=1e-15, abs=0)


def test_to_many_digits() -> None:
    with mpmath.workdps(40):
        space = Precise(40)
        for n, x in ((0, 2.5), (1, -2.5), (7, 0.125)):
            assert mpmath.almosteq(space.polygamma(space.mp.mpf(n), space.mp.mpf(x)), mpmath.psi(n, x), 1e-38)
        assert mpmath.almosteq(space.lgamma(space.mp.mpf(-2.5)), mpmath.log(abs(mpmath.gamma(-2.5))), 1e-38)
        assert space.lgamma(space.mp.mpf(-3)) == mpmath.inf


@pytest.mark.slow
def test_jax_differentiates_the_code() -> None:
    """Nothing that is not taken makes a NaN."""
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    for text, order in (("lgamma(x)", 0), ("digamma(x)", 1), ("polygamma(2, x)", 3), ("polygamma(0, x)", 1)):
        scope: dict[str, Any] = {}
        exec(source_of(text, "jax", wrt=[]), scope)
        slope = jax.jit(jax.grad(lambda x, f=scope["f"]: f(x)[0]))
        for x in (-20.25, -2.25, 0.25, 1.5, 9.25, 40.0):
            assert float(slope(x)) == pytest.approx(float(mpmath.psi(order, x)), rel=1e-11)


def test_derivatives_of_any_order_are_polygammas() -> None:
    formula = derivative("gammaln(2*x)", "x")
    assert str(formula) == "2*digamma(2*x)"
    for _ in range(5):
        formula = derivative(formula, "x")
    with mpmath.workdps(40):
        expected = float(64 * mpmath.psi(5, mpmath.mpf(0.7) * 2))
    assert value_and_gradient(formula, x=0.7)[0] == pytest.approx(expected, rel=1e-13)


@pytest.mark.operations("polygamma")
@pytest.mark.parametrize("order", [1.5, -1.0, INF, NAN])
def test_an_order_is_a_whole_number(order: float) -> None:
    for point in ({"n": order, "x": 2.0}, {"n": np.array([1.0, order]), "x": 2.0}):
        with pytest.raises(GraphdiffError, match="polygamma: an order must be a whole number from 0, not") as caught:
            trace("polygamma(n, x)", point, upstream=1.0)
        assert caught.value.kind == "value"
        assert caught.value.span == (0, 15)
    assert math.isnan(compile("polygamma(n, x)", "x")(order, 2.0)[0])


def test_nothing_is_differentiated_by_an_order() -> None:
    assert value_and_gradient("polygamma(n, x)", n=1, x=2.0)[1]["n"] is None
    both = value_and_gradient("n*polygamma(n, x)", n=1, x=2.0)[1]
    assert both["n"] == pytest.approx(math.pi**2 / 6 - 1, rel=1e-14)
    with pytest.raises(GraphdiffError, match="'n' is an index"):
        derivative("polygamma(n, x)", "n")
