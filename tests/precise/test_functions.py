"""Elementary functions with many digits: on extreme numbers as in IEEE arithmetic, elsewhere right to all digits."""

from __future__ import annotations

import itertools
import math
import time
from typing import Any

import pytest

from graphdiff.errors import GraphdiffError
from graphdiff.operations import ieee
from graphdiff.operations.functions import ROWS
from graphdiff.precise.context import context_of
from graphdiff.precise.functions import Precise

NUMBERS = [
    *(0.0, 1.0, 2.0, 0.5, 3.0, 2.5, 1e-300, 1e300, 700.0, 1e15 + 0.5, math.inf, 100.5, 1e-5, 0.999999, 1e5),
    *(-1.0, -2.0, -0.5, -3.0, -2.5, -1e-300, -1e300, -700.0, -math.inf, -0.999999, -1e-5, math.nan),
]
FUNCTIONS = [row for row in ROWS.values() if row.is_elementwise and row.name not in ("jv", "yv", "iv")]


def is_in_domain(name: str, operands: tuple[float, ...]) -> bool:
    """Whether kernels may call a function on these operands."""
    n, x = operands[0], operands[-1]
    if name == "where":
        return not math.isnan(n)
    if name == "polygamma":
        return math.isnan(n) or n in (-1, 0, 1, 2, 3)
    if name in ("digamma_difference", "polygamma_difference"):
        a, b = operands[-2:]  # elsewhere it is the difference of two numbers, which may cancel
        return a > 0 and a + b > 0 and (name == "digamma_difference" or n in (1, 2, 3))
    if name.startswith("bessel"):
        return abs(n) <= 3 and 1e-100 <= abs(x) <= 600
    if name in ("gammainc", "gammaincc", "betainc"):
        return all(0.1 <= shape <= 1000 for shape in operands[:-1]) and 1e-300 <= abs(x) <= 1000
    if name == "scaled_besseli0":
        return n in (1, 2, 3) and x > -300
    if name == "erfcx_derivative":
        return n in (1, 2, 3) and (x >= 2 or n == 1)
    return name != "factorial_zeta" or (n in (1, 2, 3) and x >= 0)


@pytest.mark.sampled(12)
@pytest.mark.parametrize("row", FUNCTIONS, ids=lambda row: str(row.name))
def test_numbers_of_all_sizes(row: Any) -> None:
    functions = Precise(40)
    for operands in itertools.product(NUMBERS, repeat=row.inputs):
        if not is_in_domain(row.name, operands):
            continue
        start = time.process_time()
        try:
            value = float(getattr(functions, row.name)(*map(functions.constant, operands)))
        except GraphdiffError as error:
            if error.kind == "limit":
                continue
            with pytest.raises(GraphdiffError):
                getattr(ieee, row.name)(*operands)
            continue
        finally:
            assert time.process_time() - start < 1
        least = 1e-15 if row.name == "lbeta" else 1e-307  # it is 0 along a line
        assert value == pytest.approx(getattr(ieee, row.name)(*operands), rel=1e-13, abs=least, nan_ok=True), operands


@pytest.mark.parametrize(
    "row", [row for row in FUNCTIONS if row.inputs == 1 and row.name != "whole_order"], ids=lambda row: str(row.name)
)
def test_all_digits_are_right(row: Any) -> None:
    for text in (
        "1e-3000",
        "-1e-50",
        "0.3",
        "1.0000000000000000000000000001",
        "-2.0000000000000000000001",
        "37.5",
        "1e60",
    ):
        x = Precise(50).mp.mpf(text)
        value, right = (getattr(Precise(digits), row.name)(Precise(digits).mp.mpf(x)) for digits in (50, 130))
        if right and abs(right) < math.inf:
            assert abs(value - right) < abs(right) * right.context.mpf(10) ** -47, text


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ("1.7", "1e40"),
        ("1e300", "0.3e300"),
        ("0.1", "-0.7"),
        ("3", "1e6"),
        ("-3", "99"),
        ("-3", "1e25"),
        ("-1.5", "36893488147419103233"),
        ("1e-3000", "2.5"),
    ],
)
def test_powers(x: str, y: str) -> None:
    operands = [Precise(50).mp.mpf(text) for text in (x, y)]
    value, right = (Precise(digits).pow(*map(Precise(digits).mp.mpf, operands)) for digits in (50, 500))
    assert abs(value - right) < abs(right) * right.context.mpf(10) ** -47


@pytest.mark.parametrize("x", ["1e20", "1e39", "1e41", "1e80", "1e200"])
def test_erfc_far_from_0(x: str) -> None:
    number = Precise(60).mp.mpf(x)
    mp = context_of(3000)
    y = mp.mpf(number)
    expected = mp.exp(-(y**2)) / (y * mp.sqrt(mp.pi)) * (1 - 1 / (2 * y**2) + 3 / (4 * y**4))
    assert abs(Precise(60).erfc(number) / expected - 1) < 1e-57


@pytest.mark.parametrize("name", ["exp", "sinh", "cosh", "sin", "cos", "tan", "lgamma", "digamma", "expm1", "erfc"])
def test_what_would_never_end_is_refused(name: str) -> None:
    functions = Precise(50)
    with pytest.raises(GraphdiffError, match="10\\^3011") as error_info:
        getattr(functions, name)(functions.mp.mpf(10) ** 4000)
    assert error_info.value.kind == "limit"


@pytest.mark.parametrize(("name", "sign"), [("tanh", 1), ("tanh", -1), ("erf", 1), ("erf", -1)])
def test_functions_that_approach_1(name: str, sign: int) -> None:
    functions = Precise(50)
    for power in (10, 400, 4000, 10**30):
        assert getattr(functions, name)(sign * functions.mp.mpf(10) ** power) == sign


def test_contexts_are_made_once() -> None:
    assert context_of(51) is context_of(51)
    assert Precise(52).mp is Precise(52).mp
