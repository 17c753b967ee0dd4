"""Strings: values of options, and an error anywhere else."""

from __future__ import annotations

import pytest

from graphdiff import GraphdiffError, parse


@pytest.mark.parametrize(
    ("text", "again"),
    [
        ("norm(x, ord='nuc')", 'norm(x, ord="nuc")'),
        ('einsum("ij, jk", a, b)', 'einsum("ij,jk->ik", a, b)'),
        ("einsum('ba', [[1, 2]])", 'einsum("ba->ab", [[1, 2]])'),
        ('einsum("a,a->", [x, 1], [1, 2])', 'einsum("a,a->", [x, 1], [1, 2])'),
        ("norm(x, ord=inf)", "norm(x, ord=inf)"),
        ("norm(x, ord=None)", "norm(x)"),
        ("norm(x, ord='fro')", "norm(x, axis=(-2, -1))"),
        ("norm(x, ord=2, axis=0)", "norm(x, axis=0)"),
    ],
)
def test_options(text: str, again: str) -> None:
    assert str(parse(text)) == again
    assert str(parse(again)) == again


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ('x*"abc"', '"abc"', "a string can only be the value of an option"),
        ("['a', x]", "'a'", "a string can only be the value of an option"),
        ('x[0, "a"]', '"a"', "an index must be a whole number"),
        ('sum(x, axis="a"+1)', '"a"+1', "expected numbers here"),
        ('sum(x[k] for k in range("a"))', '"a"', "a bound of range must be a whole number"),
        ('f(u, k="a") = u*k; f(x)', "k", "'k' is \"a\", which is not a number"),
        ('norm(x, ord="abc")', '"abc"', 'ord must be a number from 1, inf, "fro" or "nuc", not "abc"'),
        ("norm(x, ord=0.5)", "0.5", 'ord must be a number from 1, inf, "fro" or "nuc", not 0.5'),
        ("einsum(x, y)", "x", "'x' is not a constant"),
        ('einsum("i...", x)', '"i..."', "subscripts must be a string of letters"),
        ('einsum("i->j", x)', '"i->j"', "with letters of the operands in the output"),
        ("x' + y'", "'", "unexpected character"),
    ],
)
def test_errors(text: str, place: str, message: str) -> None:
    with pytest.raises(GraphdiffError) as caught:
        parse(text)
    assert message in caught.value.message
    assert caught.value.span is not None
    assert text[slice(*caught.value.span)] == place
