"""Loops in LaTeX: what they are read as, and what is wrong with them."""

from __future__ import annotations

import pytest

from graphdiff import GraphdiffError
from support.latex_reading import read


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        (
            r"\operatorname{fold}_{t=0}^{4}(\frac{h}{2} + \frac{t}{2h}; h = 1)",
            "fold(h/2 + t/(2*h) for t in range(5), h=1)",
        ),
        (r"\operatorname{scan}_{k = 9, 8, \ldots, 0}(h + k t, h = 1)", "scan(h + k*t for k in range(9, -1, -1), h=1)"),
        (r"\operatorname{fold}_{k = 0, \dots, 3}(h k; h = t)", "fold(h*k for k in range(4), h=t)"),
        (r"\operatorname{fold}_{k = 4, 2, 0}(h^2 - k; h = t)", "fold(h^2 - k for k in range(4, -2, -2), h=t)"),
        (
            r"\operatorname{fold}_{t=1}^{2}(h x_t + x_{2 - t}; h = x_1)",
            "fold(h*x[t] + x[2 - t] for t in range(1, 3), h=x[1])",
        ),
        (r"\operatorname{fold}_{r \in x}(h + r; h = t)", "fold(h + r for r in x, h=t)"),
        (
            r"\operatorname{fold}_{k=0}^{3}((v, p + v); p = 0, v = t)_1^2",
            "p_2, v1 = fold((v, p + v) for k in range(4), p=0, v=t)\nv1^2",
        ),
        (r"\operatorname{scan}_{k=0}^{3}(h t; h = 1)_{-1}", "scan(h*t for k in range(4), h=1)[-1]"),
        (r"\operatorname{fold}_{k=0}^{2}(h + k!; h = t)", "fold(h + factorial(k) for k in range(3), h=t)"),
        (r"\operatorname{fold}_{k=0}^{1}(h_k t; h_k = t)", "fold(h_k*t for k in range(2), h_k=t)"),
        (
            r"f(h) = h t \quad h = 2 t \quad \operatorname{fold}_{k=0}^{1}(f(h); h = t)",
            "f(h) = h*t\nfold(f(h) for k in range(2), h=t)",
        ),
        (
            r"\sum_{i=1}^{2} \operatorname{fold}_{k=0}^{i}(t h; h = 1)",
            "fold(t*h for k in range(2), h=1) + fold(t*h for k in range(3), h=1)",
        ),
        (r"\operatorname{fold}_{k=0}^{2}(h \sum_{i=1}^{2} x_i; h = 1)", "fold(h*(x[0] + x[1]) for k in range(3), h=1)"),
    ],
)
def test_loops(text: str, formula: str) -> None:
    graph, _ = read(text, {"x": 1, "t": 0}, {"x": (3,)})
    assert str(graph) == formula


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        (r"\operatorname{fold}_t(a h; h = 1)", "a loop needs a counter", "t"),
        (
            r"\operatorname{fold}_{t=0,1,5}(a h; h = 1)",
            "the values of the counter are not evenly spaced whole numbers",
            "t=0",
        ),
        (r"\operatorname{fold}_{t=0}^2(a h; 3h = 1)", "'3h' is not a name", "3h"),
        (
            r"\operatorname{fold}_{t=0}^2((v, p); p = 1, v = a)_5",
            "after a loop of 2 values, the first index selects one of them",
            "5",
        ),
        (r"\operatorname{fold}_{t=0}^2(a; h = 1)", "no step uses 'h', the value of the step before", "a"),
        (r"\operatorname{fold}_{t=0}^n(a h; h = 1)", "'n' is not a constant", "n"),
        (
            r"\sum_i \operatorname{fold}_{t=0}^2(x_i h; h = 1)",
            "fold inside a sum over an index",
            r"\operatorname{fold}_{t=0}^2(x_i h; h = 1)",
        ),
    ],
)
def test_errors(text: str, message: str, place: str) -> None:
    with pytest.raises(GraphdiffError) as caught:
        read(text)
    assert caught.value.message == message
    assert caught.value.span is not None
    assert text[slice(*caught.value.span)] == place
