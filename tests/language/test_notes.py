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


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("sum(w·x)", ["'w·x' is read as the product of arrays entry by entry; w @ x is the inner product"]),
        ("2 (w ⋅ x)", ["'w ⋅ x' is read as the product of arrays entry by entry; w @ x is the inner product"]),
        ("sum(W•w)", ["'W•w' is read as the product of arrays entry by entry; W @ w is the matrix product"]),
        ("sum(w×x)", ["'w×x' is read as the product of arrays entry by entry"]),
        ("sum(k·w·x·k)", ["'k·w·x' is read as the product of arrays entry by entry; k·w @ x is the inner product"]),
        *((text, []) for text in ["sum(w*x)", "sum(w⊙x)", "k·x", "k·(w*x)", "k·sum(w)", "sum(2·w*x)", "sum(2·w**2)"]),
        ("k^2 % comment", ["'% comment' is read as the remainder by an input; comments begin with #"]),
        ("q = k^2 % half\nq", ["'% half' is read as the remainder by an input; comments begin with #"]),
        *((text, []) for text in ["k % n", "k%period", "k % period + period", "k % known", "(k % period)"]),
        (
            "3e*x + 2.5e + 2e^x + 3e**x",
            ["'3e' is read as 3*e, a multiple of e", "'2.5e' is read as 2.5*e, a multiple of e"],
        ),
        ("e = 2; 3e*x", []),
        ("k; q = 2; q*k", ["only the last formula is the output, not 'k'"]),
        ("k; q = 2; k^2 + q; q*k", ["only the last formula is the output, not 'k' and 1 more"]),
        ("3ab^2", ["'3ab' is read as 3*ab, not as 3*a*b"]),
        *((text, []) for text in ["2pi*k", "3k", "3known", "3no*k", "1e5*k", "2ln(k)"]),
        ("k<-3", ["'k<-3' is read as the comparison k < -3; to assign a value, write k = …"]),
        *((text, []) for text in ["k < -3", "where(k<-3, k, 1)", "k<3"]),
    ],
)
def test_signs(text: str, notes: list[str]) -> None:
    shapes = {"w": (3,), "x": (3,), "W": (2, 3), "known": (), "no": ()}
    assert list(graphdiff.parse(text, shapes=shapes).notes) == notes
