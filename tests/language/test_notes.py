"""Notes on names that may be meant as something else."""

from __future__ import annotations

import pytest

import graphdiff


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("xy + x + y", ["'xy' is read as one name, not as x*y"]),
        ("3xy + x*y", ["'xy' is read as one name, not as x*y"]),
        ("x = a^2; y = 2a; xy + x", ["'xy' is read as one name, not as x*y"]),
        ("x*e + xe^x", ["'xe' is read as one name, not as x*e"]),
        ("cosx", ["'cosx' is read as one name, not as cos(x)"]),
        ("Sin[0] + x", ["'Sin[…]' is read as an entry of an array; a function has parentheses: sin(x)"]),
        ("sinx + x", ["'sinx' is read as one name, not as sin(x)"]),
        ("arctanhx*x", ["'arctanhx' is read as one name, not as arctanh(x)"]),
        ("cospi*x", ["'cospi' is read as one name, not as cos(pi)"]),
        ("ln2*x", ["'ln2' is read as one name, not as ln(2)"]),
        ("log2x + x", ["'log2x' is read as one name, not as log2(x)"]),
        ("sinxy + x + y", ["'sinxy' is read as one name, not as sin(x*y)"]),
        ("dy/dx*x", ["'dy/dx' is read as a quotient of two inputs, not as a derivative"]),
        ("inf*x", ["'inf' is read as one name, not as a number that is not finite"]),
        *((text, []) for text in ["x*y", "loss_max + loss", "w0 + w", "expected + x", "pie + x", "due/day", "sin(x)"]),
        *((text, []) for text in ["alpha*x", "max1 + x", "norm2*x", "d1/d2", "xy", "sinh*x", "abs*x", "x_y + x + y"]),
    ],
)
def test_notes(text: str, notes: list[str]) -> None:
    assert list(graphdiff.parse(text).notes) == notes
