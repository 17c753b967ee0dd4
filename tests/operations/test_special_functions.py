"""The Bessel functions, the incomplete functions of gamma and beta, and lambertw: the value and two derivatives over
the whole domain, its edges, and numbers of any size, against mpmath; and the same numbers in many digits."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from mpmath import mp, mpf

from graphdiff import GraphdiffError, compile, derivative, parse, trace, value_and_gradient
from graphdiff.operations import functions, ieee
from graphdiff.precise.functions import Precise

INF, NAN = math.inf, math.nan


def scaled(n: int) -> Callable[[mpf], mpf]:
    """The nth derivative of exp(-x) I(0, x), as a confluent hypergeometric function (DLMF 13.4.1)."""
    half = mpf(1) / 2
    factor = mpf(-2) ** n * mp.rf(half, n) / mp.factorial(n)
    return lambda x: factor * mp.hyp1f1(n + half, n + 1, -2 * x)


EXACT: dict[str, Callable[[mpf], mpf]] = {
    "besselj(0, x)": lambda x: mp.besselj(0, x),
    "besselj(2.5, x)": lambda x: mp.besselj(2.5, x),
    "besselj(-1, x)": lambda x: mp.besselj(-1, x),
    "bessely(1, x)": lambda x: mp.bessely(1, x),
    "bessely(1.5, x)": lambda x: mp.bessely(1.5, x),
    "besseli(0, x)": lambda x: mp.besseli(0, x),
    "besseli(1, x)": lambda x: mp.besseli(1, x),
    "besselk(0, x)": lambda x: mp.besselk(0, x),
    "besselk(1/3, x)": lambda x: mp.besselk(mpf(1 / 3), x),
    "gammainc(2.5, x)": lambda x: mp.gammainc(2.5, 0, x, regularized=True),
    "gammaincc(0.5, x)": lambda x: mp.gammainc(0.5, x, mp.inf, regularized=True),
    "gammaincc(40, x)": lambda x: mp.gammainc(40, x, mp.inf, regularized=True),
    "betainc(2, 3.5, x)": lambda x: mp.betainc(2, 3.5, 0, x, regularized=True),
    "betainc(0.5, 20, x)": lambda x: mp.betainc(0.5, 20, 0, x, regularized=True),
    "scaled_besseli0(x)": scaled(0),
    "scaled_besseli0(x, order=3)": scaled(3),
    "lambertw(x)": lambda x: mp.lambertw(x).real,
}
POINTS: dict[str, tuple[float, ...]] = {
    **dict.fromkeys(EXACT, (1e-3, 0.7, 3.0, 12.5, 30.0)),
    "gammaincc(40, x)": (3.0, 12.5, 30.0, 200.0),
    "besselj(0, x)": (1e-300, 0.7, -3.0, 12.5, 1000.5, 1e6, -1e6, 1e20, 1e300),
    "besselj(-1, x)": (1e-300, 0.7, -3.0, 5000.0, -1e20, 1e300),
    "bessely(1, x)": (1e-8, 0.7),
    "bessely(1.5, x)": (0.7, 5000.0, 1e20, 1e300),
    "besseli(0, x)": (1e-300, 1e-10, 0.7, -3.0, 700.0),
    "besseli(1, x)": (1e-300, 1e-10, 0.7, -3.0, 700.0),
    "besselk(0, x)": (1e-150, 0.7, 12.5, 700.0),
    **dict.fromkeys(("betainc(2, 3.5, x)", "betainc(0.5, 20, x)"), (1e-300, 0.01, 0.4, 0.9)),
    "scaled_besseli0(x)": (-300.0, -40.0, -39.0, -1.0, 0.0, 1e-300, 2.0, 39.9, 40.0, 1e5, 1e100),
    "scaled_besseli0(x, order=3)": (-45.0, -1.0, 0.0, 2.0, 39.9, 40.0, 1e5),
    "lambertw(x)": (-0.36, -0.2501, -0.2499, -0.1, -1e-300, 0.0, 1e-300, 0.7, 1e5, 1e300),
}
SINGULAR_AT_0 = [text for text in EXACT if text.startswith(("bessely", "besselk", "betainc", "gammainc"))]
SCIPY_IS_WORSE = {"besselj(2.5, x)": 1e-12}


@pytest.mark.sampled(5)
@pytest.mark.parametrize("text", EXACT)
def test_value_and_two_derivatives(text: str) -> None:
    formula, function = derivative(text, "x"), EXACT[text]
    relative = SCIPY_IS_WORSE.get(text, 1e-13)
    for x in POINTS[text]:
        value, first = value_and_gradient(text, x=x)
        second = value_and_gradient(formula, x=x)[1]
        with mp.workdps(800 if abs(x) > 1e15 else 100):
            step = mpf("1e-15") * (x if text in SINGULAR_AT_0 and x < 1 else 1)
            sides = [function(x + place * step) for place in (-2, -1, 0, 1, 2)]
            by_differences = (sides[0] - 8 * sides[1] + 8 * sides[3] - sides[4]) / (12 * step)
            twice = (-sides[0] + 16 * sides[1] - 30 * sides[2] + 16 * sides[3] - sides[4]) / (12 * step**2)
        for actual, expected in ((value, sides[2]), (first["x"], by_differences), (second["x"], twice)):
            if abs(expected) > sys.float_info.max:
                assert abs(actual) == INF, (x, actual)
            else:
                assert actual == pytest.approx(float(expected), rel=relative, abs=1e-60), x


@pytest.mark.parametrize(
    ("name", "points", "values"),
    [
        ("lambertw", [(INF,), (-1.0,), (-INF,), (NAN,)], [INF, NAN, NAN, NAN]),
        ("scaled_besseli0", [(0.0, INF), (0.0, -INF), (1.0, INF), (1.0, -INF), (0.0, NAN)], [0.0, INF, 0.0, -INF, NAN]),
        (
            "besselj",
            [(0.0, 0.0), (1.0, 0.0), (2.0, INF), (0.5, -1.0), (0.5, -1e9), (1.0, NAN)],
            [1, 0, 0, NAN, NAN, NAN],
        ),
        ("bessely", [(0.0, 0.0), (1.0, 0.0), (0.0, INF), (0.0, -1.0), (0.0, -1e9)], [-INF, -INF, 0, NAN, NAN]),
        ("besseli", [(0.0, 0.0), (2.0, INF), (1.0, -INF), (200.0, 1e300), (0.5, -1.0)], [1, INF, -INF, INF, NAN]),
        ("besselk", [(0.0, 0.0), (2.0, INF), (1.0, -1.0)], [INF, 0.0, NAN]),
        ("gammainc", [(2.0, 0.0), (2.0, INF), (2.0, -1.0), (-1.0, 2.0)], [0.0, 1.0, NAN, NAN]),
        ("gammaincc", [(2.0, 0.0), (2.0, INF), (2.0, -1.0)], [1.0, 0.0, NAN]),
        ("betainc", [(2.0, 3.0, 0.0), (2.0, 3.0, 1.0), (2.0, 3.0, 1.5), (2.0, -3.0, 0.5)], [0.0, 1.0, NAN, NAN]),
    ],
)
def test_edges(name: str, points: list[tuple[float, ...]], values: list[float]) -> None:
    """On floats, and with many digits."""
    precise = Precise(30)
    for namespace, number in ((ieee, float), (precise, precise.mp.mpf)):
        results = [float(getattr(namespace, name)(*map(number, point))) for point in points]
        assert np.array_equal(results, values, equal_nan=True), namespace


@pytest.mark.parametrize("x", [-0.36787944117144228, -0.3678794411714, -0.36788 + 1e-5, -0.367])
def test_lambertw_near_its_branch_point(x: float) -> None:
    """The distance from -1 has as many digits as the derivative needs."""
    with mp.workdps(50):
        expected = mp.lambertw(mpf(x)).real
        value, gradients = value_and_gradient("lambertw(x)", x=x)
        assert abs(value - expected) <= 3e-16
        slope = mp.exp(-expected) / (1 + expected)
        assert gradients["x"] == pytest.approx(float(slope), rel=float(2e-16 / (1 + expected)))


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("name", "operands"),
    [
        ("gammainc", (0.3, 1e-20)),
        ("gammainc", (1000.0, 1010.0)),
        ("gammaincc", (1000.0, 1500.0)),
        ("gammaincc", (2.0, 700.0)),
        ("gammaincc", (1e-10, 3.0)),
        ("betainc", (1000.0, 1000.0, 0.45)),
        ("betainc", (1e-10, 30.0, 0.99)),
        ("besselk", (50.0, 50.0)),
        ("bessely", (-2.7, 3.0)),
        ("besseli", (-3.0, 1e-3)),
    ],
)
def test_many_digits(name: str, operands: tuple[float, ...]) -> None:
    """More digits of the same number; SciPy has its first ones."""
    less, more = [getattr(precise, name)(*map(precise.mp.mpf, operands)) for precise in (Precise(40), Precise(70))]
    assert abs(less - more) <= abs(more) * mpf(10) ** -38
    assert getattr(ieee, name)(*operands) == pytest.approx(float(more), rel=2e-13)


def test_limits_with_many_digits() -> None:
    """Where the sums would not end in a reasonable time."""
    for text, point in (("besselj(1e6, x)", 2), ("gammainc(1e9, x)", 2), ("betainc(2, 1e-80, x)", 0.5)):
        with pytest.raises(GraphdiffError) as caught:
            trace(text, x=point, precision=30)
        assert caught.value.kind == "limit"


@pytest.mark.parametrize("text", ["besselj(n, x)", "besselk(n^2, x)", "gammainc(n, x)", "betainc(2, n, x)"])
def test_an_order_or_a_shape_has_no_derivative(text: str) -> None:
    with pytest.raises(GraphdiffError, match="is not computed") as caught:
        value_and_gradient(text, n=1.0, x=0.5)
    assert caught.value.kind == "value"
    assert caught.value.span == (0, len(text))
    assert trace(text, n=1.0, x=0.5, wrt="x").gradients["x"] is not None
    assert math.isfinite(trace(text, n=1.0, x=0.5, wrt=[]).value)


def test_neighboring_orders_are_written_with_positive_ones() -> None:
    """And the derivative of order 0 is that of textbooks."""
    for name, expected in (
        ("j", "-besselj(1, x)"),
        ("y", "-bessely(1, x)"),
        ("i", "besseli(1, x)"),
        ("k", "-besselk(1, x)"),
    ):
        assert str(derivative(f"bessel{name}(0, x)", "x")) == expected
    assert str(derivative("gammainc(2, x)", "x")) == "exp(log(x) - x - lgamma(2))"


@pytest.mark.parametrize("text", ["gammainc(2, x)*besselk(1, x)", "besselj(n, x) + bessely(0, n)", "lambertw(x)/x"])
def test_arrays_and_columns(text: str) -> None:
    xs = np.array([0.3, 1.0, 7.5])
    point = {"n": 2.0} if "n" in parse(text).input_names else {}
    expected = [trace(text, point | {"x": x}, wrt="x") for x in xs]
    traced = trace(text, point | {"x": xs}, wrt="x", upstream=np.ones(3))
    columns = compile(text, "x", backend="numpy", batch=True)(**point, x=xs)
    arrays = compile(text, "x", backend="numpy")(**point, x=xs[0])
    for values, slopes in ((traced.value, traced.gradients["x"]), (columns[0], columns[1][0])):
        assert np.asarray(values) == pytest.approx([each.value for each in expected], rel=1e-14)
        assert np.asarray(slopes) == pytest.approx([each.gradients["x"] for each in expected], rel=1e-13)
    assert arrays[0] == pytest.approx(expected[0].value, rel=1e-14)


@pytest.mark.parametrize("target", ["python", "c", "javascript", "rust", "jax", "torch"])
@pytest.mark.parametrize("function", ["besselj", "besseli", "besselk"])
def test_languages_without_bessel_functions_say_so(target: str, function: str) -> None:
    from graphdiff.targets.generate import source_of

    with pytest.raises(GraphdiffError, match=f"target does not support {function}"):
        source_of(f"{function}(0, x)", target)


def test_without_scipy(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(name: str) -> Any:
        if name.startswith("scipy"):
            raise ImportError(name)
        return import_module(name)

    monkeypatch.setattr(functions, "import_module", load)
    for name in ("gammainc", "kv"):
        monkeypatch.delitem(vars(ieee), name, raising=False)
    with pytest.raises(GraphdiffError, match="gammainc needs SciPy") as caught:
        trace("1 + gammainc(2, x)", x=1.0)
    assert caught.value.kind == "value"
    assert "graphdiff-cli[scipy]" in (caught.value.hint or "")
    assert trace("lambertw(x) + von_mises_logpdf(x, 0, 2)", x=1.0).value < 0


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"J_{0}\left(x\right)", "besselj(0, x)"),
        (r"Y_\nu(2x)", "bessely(nu, 2*x)"),
        (r"I_x(a, b)", "betainc(a, b, x)"),
        (r"P(a, x) + Q(a, x)", "gammainc(a, x) + gammaincc(a, x)"),
        (r"K_0(1 + r)", "K_0*(1 + r)"),
        (r"\operatorname{K}_{0}\left(1 + r\right)", "besselk(0, 1 + r)"),
    ],
)
def test_latex(latex: str, text: str) -> None:
    assert str(parse(latex, language="latex")) == text


@pytest.mark.parametrize(
    "text", ["besselj(n, x + 1)", "besseli(0, x)", "betainc(a, b, x)", "gammaincc(a, x)", "lambertw(x)"]
)
def test_latex_reads_back(text: str) -> None:
    from graphdiff.writing.latex import graph_latex

    assert str(parse(graph_latex(parse(text)), language="latex")) == text


def test_other_libraries() -> None:
    texts = {"special.jv(0, x)": "besselj(0, x)", "torch.special.modified_bessel_k1(x)": "besselk(1, x)"}
    for source, text in texts.items():
        assert str(parse(source, language="python")) == text


@pytest.mark.parametrize("kappa", [1e-5, 2.0, 1e3, 1e8])
def test_the_concentration_of_a_von_mises_variable(kappa: float) -> None:
    """At the mean its derivative, 1 - I_1/I_0, loses no digits."""
    value, gradients = value_and_gradient("von_mises_logpdf(x, 0.3, kappa)", x=0.3, kappa=kappa)
    with mp.workdps(60):
        zero, one = scaled(0)(mpf(kappa)), scaled(1)(mpf(kappa))
        assert value == pytest.approx(float(-mp.log(2 * mp.pi * zero)), rel=1e-14)
        assert gradients["kappa"] == pytest.approx(float(-one / zero), rel=1e-14)
