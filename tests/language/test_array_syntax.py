"""The syntax of arrays: literals, indices, options and sums over a range, with the values of NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graphdiff import GraphdiffError, parse, trace
from support.errors import assert_reports

A = np.arange(24.0).reshape(2, 3, 4)
V = np.array([3.0, 1.0, 2.0])
POINT: dict[str, Any] = {"A": A, "v": V, "i": 1.0, "s": 2.0, "j": np.array([0.0, -1.0, 0.0])}


def value_of(text: str) -> Any:
    used = {name: value for name, value in POINT.items() if name in parse(text).input_indices}
    return trace(text, used, upstream=1).value


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[1, 2.5, -3]", [1, 2.5, -3]),
        ("[[1, 2], [3, 4],]", [[1, 2], [3, 4]]),
        ("[\n  1,\n  2\n]", [1, 2]),
        ("[s, 2*s, v[0]]", [2, 4, 3]),
        ("[v, -v]", [V, -V]),
        ("[1, 2]*[3, 4]", [3, 8]),
        ("2[1, 2][1]", None),
        ("A[0]", A[0]),
        ("A[-1, 1]", A[-1, 1]),
        ("A[:, 1:3, ::2]", A[:, 1:3, ::2]),
        ("A[..., 0]", A[..., 0]),
        ("A[1, …]", A[1]),
        ("A[0, ::-1]", A[0, ::-1]),
        ("A[:, :-1, -3:]", A[:, :-1, -3:]),
        ("v[:, None] - v[None, :]", V[:, None] - V[None, :]),
        ("v[newaxis]", V[None]),
        ("A[i]", A[1]),
        ("A[0, i, s]", A[0, 1, 2]),
        ("A[:, j]", A[:, [0, -1, 0]]),
        ("A[i, j, 1:]", A[1][[0, -1, 0], 1:]),
        ("A[1][2][3]", A[1, 2, 3]),
        ("(v + v)[1]", 2.0),
        ("softmax(v)[0] + exp(v)[1]", np.exp(3) / np.exp(V).sum() + np.e),
        ("v.T", V),
        ("A.T", A.T),
        ("Aᵀ", A.T),
        ("A[0].T @ A[0]", A[0].T @ A[0]),
        ("v @ v", V @ V),
        ("v@v*s", V @ V * 2),
        ("s*v @ v", 2 * V @ V),
        ("-v @ v^2", -V @ V**2),
        ("sum(A)", A.sum()),
        ("sum(A, axis=1)", A.sum(axis=1)),
        ("sum(A, 1)", A.sum(axis=1)),
        ("sum(A, axis=(0, -1), keepdims=true)", A.sum(axis=(0, -1), keepdims=True)),
        ("sum(A, axis=None)", A.sum()),
        ("mean(A, axis=-1)", A.mean(axis=-1)),
        ("max(A)", 23.0),
        ("max(A, axis=0)", A.max(axis=0)),
        ("max(v, 2)", [3, 2, 2]),
        ("min(v, s, 1.5)", [1.5, 1, 1.5]),
        ("prod(v)", 6.0),
        ("var(v) + std(v)", V.var() + V.std()),
        ("norm(A, axis=(1, 2))", np.linalg.norm(A, axis=(1, 2))),
        ("cumsum(v)", V.cumsum()),
        ("cumsum(A, axis=1)", A.cumsum(axis=1)),
        ("cumsum(v, reverse=true)", V[::-1].cumsum()[::-1]),
        ("transpose(A, (1, 0, 2))", A.transpose(1, 0, 2)),
        ("transpose(A, 1, 0, 2)", A.transpose(1, 0, 2)),
        ("moveaxis(A, 0, -1)", np.moveaxis(A, 0, -1)),
        ("reshape(A, 4, 6)", A.reshape(4, 6)),
        ("reshape(A, (6, -1))", A.reshape(6, -1)),
        ("reshape(A, -1)", A.reshape(-1)),
        ("concat(v, v)", np.concatenate([V, V])),
        ("concat([A[0], A[1]], axis=1)", np.concatenate([A[0], A[1]], axis=1)),
        ("stack(v, v, axis=-1)", np.stack([V, V], axis=-1)),
        ("roll(v, 1)", np.roll(V, 1)),
        ("roll(A, -2, axis=2)", np.roll(A, -2, axis=2)),
        ("pad(v, 1)", np.pad(V, 1)),
        ("pad(A, ((1, 0), (0, 2)))", np.pad(A, ((0, 0), (1, 0), (0, 2)))),
        ("zeros(2, 3) + ones((2, 3))", np.ones((2, 3))),
        ("eye(2)", np.eye(2)),
        ("arange(4)", np.arange(4)),
        ("arange(1, 8, 3)", np.arange(1, 8, 3)),
        ("one_hot(s, 3)", [0, 0, 1]),
        ("one_hot(j, 2)", [[1, 0], [0, 1], [1, 0]]),
        ("outer(v, v)", np.outer(V, V)),
        ("dot(v, v) + trace(A[0][:, :3])", V @ V + np.trace(A[0, :, :3])),
        ("tensordot(A, A, axes=((0, 2), (0, 2)))", np.tensordot(A, A, axes=((0, 2), (0, 2)))),
        ("windows(v, ones(2))", [[3, 1], [1, 2]]),
        ("windows(A, ones(2, 3))", np.lib.stride_tricks.sliding_window_view(A, (2, 3), axis=(1, 2))),
        ("windows(arange(7), ones(3), stride=2)", [[0, 1, 2], [2, 3, 4], [4, 5, 6]]),
        ("maxpool2d(A, 2)", [[[5, 7]], [[17, 19]]]),
        ("maxpool2d(A, size=2, stride=1)", A[:, 1:, 1:]),
        ("inv([[2, 0], [0, 4]])", [[0.5, 0], [0, 0.25]]),
        ("solve([[2, 0], [0, 4]], [1, 1])", [0.5, 0.25]),
        ("det([[1, 2], [3, 4]])", -2.0),
        ("logdet([[1, 2], [3, 4]])", np.log(2)),
        ("v > 1.5", [1, 0, 1]),
        ("where(v > 1.5, v, 0)", [3, 0, 2]),
        # Sums over a range.
        ("sum(v[k]*k for k in range(3))", 5.0),
        ("sum(v[k + 1] - v[k] for k in range(2))", -1.0),
        ("sum(k for k in range(1, 10, 3))", 12.0),
        ("sum(v[k] for k in range(3) if k != 1)", 5.0),
        ("sum(A[0, i, k] for i in range(3) for k in range(i))", 4.0 + 8 + 9),
        ("prod(v[k] for k in range(3)) + max(v[k] for k in range(3)) - min(v[k] for k in range(3))", 8.0),
        ("sum(v*k for k in range(3))", 3 * V),
        ("sum(v[k] for k in range(0)) + prod(v[k] for k in range(0))", 1.0),
        ("sum(roll(v, k)[0] for k in range(3))", 6.0),
        ("n = 3; sum(arange(n)) + sum(k for k in range(n))", 6.0),
        # Functions with constants of their own.
        ("f(x, n=2) = x^n; f(s) + f(s, n=3) + f(s, 4)", 4.0 + 8 + 16),
        ("g(x, axis=0, more=2*axis) = sum(x, axis=axis) + more; g(A[0], axis=1)", A[0].sum(axis=1) + 2),
        ("f(x, axis=-1) = sum(x, axis=axis); g(x, axis=0) = f(x, axis=axis); g(A)", A.sum(axis=0)),
        ("f(x, deep=true) = where(deep, x, 0); f(s) + f(s, deep=false)", 2.0),
    ],
)
def test_meaning(text: str, value: Any) -> None:
    if value is None:
        with pytest.raises(GraphdiffError):
            value_of(text)
        return
    actual = value_of(text)
    assert np.shape(actual) == np.shape(value)
    assert actual == pytest.approx(np.asarray(value, dtype=float), rel=1e-12)
    graph = parse(text)
    assert str(parse(str(graph))) == str(graph)
    assert value_of(str(graph)) == pytest.approx(np.asarray(value, dtype=float), rel=1e-12)


@pytest.mark.parametrize(
    ("text", "marked_text", "message", "hint"),
    [
        ("[]", "[]", "the array is empty", ""),
        ("[[1, 2], [3]]", "[3]", "the rows differ: this one has 1 entry, the first has 2 entries", ""),
        ("[1, [2]]", "[2]", "the rows differ: this one has 1 entry, the first has one number", ""),
        (
            "stack([1, 2], -3)",
            "stack([1, 2], -3)",
            "the rows differ: this one has one number, the first has 2 entries",
            "",
        ),
        ("[1, 2", "[", "'[' was never closed", "the matching ']' is missing"),
        ("(1, 2]", "]", "']' does not match '('", "expected ')'"),
        ("x]", "]", "unmatched ']'", "the matching '[' is missing"),
        ("[1 2]", "1 2", "missing ','", "1, 2"),
        ("x [0]", "x [0]", "missing operator", ""),
        ("x[]", "]", "unexpected ']'", ""),
        ("x[1:2:0]", "0", "the step of a slice must not be 0", ""),
        ("x[0.5]", "0.5", "an index must be a whole number", ""),
        ("x[..., ...]", "...", "duplicate '...' in an index", ""),
        ("x[x > 1]", "x[x > 1]", "a condition cannot be an index", "where"),
        ("(1, 2)*x", "(1, 2)", "a tuple can only be an axis or a shape", "[1, 2]"),
        ("sum(x, axis=n)", "n", "'n' is not a constant", "numbers"),
        ("sum(x, axis=0.5)", "0.5", "axis must be a whole number", ""),
        ("sum(x, axes=0)", "axes", "sum has no option 'axes'", "did you mean 'axis'?"),
        ("sum(x, axis=0, axis=1)", "axis", "duplicate keyword argument 'axis'", ""),
        ("sum(x, 0, axis=1)", "axis", "'axis' is given by position and by name", ""),
        ("sum(axis=0, x)", "x", "positional argument after a keyword argument", ""),
        ("exp(x, base=2)", "base", "exp has no option 'base'", "it has no options"),
        ("sum(x, keepdims=2)", "2", "keepdims must be true or false, not 2", ""),
        ("sum(x, y)", "sum(x, y)", "sum takes 1 argument, not 2", "x + y"),
        ("zeros()", "zeros()", "zeros requires 'shape'", "shape=…"),
        ("zeros(0)", "0", "shape must be positive sizes", ""),
        ("zeros(n)", "n", "'n' is not a constant", ""),
        ("reshape(x, -1, -1)", "-1, -1", "of which one may be -1", ""),
        ("roll(x)", "roll(x)", "roll requires 'shift'", "shift=…"),
        ("stack()", "stack()", "stack takes 1 or more arguments, not 0", ""),
        ("sum(x[k] for k in x)", "x", "a comprehension must iterate over a range", "range(3)"),
        ("sum(x[k] for k in range(n))", "n", "'n' is not a constant", ""),
        ("sum(x[k] for k in range(0.5))", "0.5", "a bound of range must be a whole number", ""),
        ("sum(x[k] for k in range(0, 3, 0))", "0", "the step of range must not be 0", ""),
        ("max(x[k] for k in range(0))", "max(x[k] for k in range(0))", "max needs at least one term", ""),
        ("sin(x[k] for k in range(3))", "sin", "'sin' does not accept a comprehension", "sum"),
        ("x for k in range(3)", "for", "unexpected 'for'", "range(3)"),
        ("x for k", "for", "unexpected 'for'", "range(3)"),
        ("sum(x[k] for k in range(10^6))", "sum(x[k] for k in range(10^6))", "more than 100,000 terms", ""),
        *(
            pytest.param(text, None, message, "", marks=pytest.mark.slow)
            for text, message in [
                ("sum(0 for k in range(999) for j in range(999) if j < 0)", "more than 100,000 terms"),
                ("sum(sum(x for k in range(999)) for j in range(999))", "more than 100,000 terms"),
                ("sum(" + "x + " * 50 + "x for k in range(20000))", "more than 500,000 operations"),
            ]
        ),
        ("f(x, n=y) = x; f(1)", "y", "'y' is not a constant", ""),
        ("f(x, x=1) = x; f(1)", "x", "duplicate parameter 'x'", ""),
        ("f(x, n=1) = x; f(1, m=2)", "m", "f has no option 'm'", "its options are n"),
        ("f(x, n=1) = x; f(1, y)", "f(1, y)", "f takes 1 argument, not 2", "f(x, n=…)"),
        ("x.sum()", ".", "unexpected character '.'", "sum(x), not x.sum()"),
        ("range(3)", "range", "unknown function 'range'", "arange(3)"),
        ("[" * 40 + "1" + "]" * 40, None, "an array can have at most 32 axes", ""),
        ("x[0] = 1", "x[0]", "the left side of '=' must be a name", ""),
    ],
)
def test_errors(text: str, marked_text: str | None, message: str, hint: str) -> None:
    with pytest.raises(GraphdiffError) as error_info:
        parse(text)
    assert_reports(error_info.value, marked_text, message, hint)


@pytest.mark.slow
def test_size() -> None:
    """Literals may be long and indices deep."""
    row = ", ".join(map(str, range(50_000)))
    assert trace(f"sum([{row}])").value == sum(range(50_000))
    assert trace("x" + "[:]" * 2000 + "[0]", {"x": [1, 2]}).value == 1
    assert trace("sum(x[0]*k for k in range(20000))", x=[1]).value == sum(range(20000))
