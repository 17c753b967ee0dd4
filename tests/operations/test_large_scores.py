"""logsumexp, log_softmax, cross_entropy and logaddexp keep their digits at large scores and near saturation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from mpmath import mp, mpf

from graphdiff import trace

SCORES = [[shift, shift + 0.75, shift - 3.0] for size in (1.0, 1e3, 1e6, 1e12, 1e14) for shift in (size, -size)] + [
    [40.0, 0.0, 1.0],
    [0.0, -40.0, -45.0],
    [700.0, 0.0, 0.0],
    [1.0, 1.0, 1.0],
]


def gradient_of(formula: str, scores: Any) -> Any:
    return trace(formula, x=np.array(scores)).gradients["x"]


def softmax(scores: list[float]) -> list[mpf]:
    powers = [mp.exp(mpf(score)) for score in scores]
    return [power / mp.fsum(powers) for power in powers]


@pytest.mark.parametrize("scores", SCORES)
def test_logsumexp(scores: list[float]) -> None:
    with mp.workdps(800):
        value = mp.log(mp.fsum(mp.exp(mpf(score)) for score in scores))
        shares = list(map(float, softmax(scores)))
    result = trace("logsumexp(x)", x=np.array(scores))
    assert result.value == pytest.approx(float(value), rel=1e-15, abs=0)
    assert result.gradients["x"] == pytest.approx(shares, rel=1e-14, abs=0)


@pytest.mark.parametrize("scores", SCORES)
def test_cross_entropy(scores: list[float]) -> None:
    for label in range(3):
        with mp.workdps(800):
            shares = softmax(scores)
            value = float(-mp.log(shares[label]))
            gradient = [float(share - (place == label)) for place, share in enumerate(shares)]
        for formula in (f"cross_entropy(x, [{label}])", f"-log_softmax(x)[0, {label}]"):
            result = trace(formula, x=np.array([scores]))
            assert result.value == pytest.approx(value, rel=1e-14, abs=0)
            assert gradient_of(formula, [scores])[0] == pytest.approx(gradient, rel=1e-14, abs=0)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("score", [1e15, -1e15, 1e12, 1e6, 0.0])
def test_equal_scores(score: float) -> None:
    result = trace("cross_entropy(x, [0])", x=np.array([[score, score]]))
    assert result.value == 0.6931471805599453
    assert gradient_of("cross_entropy(x, [0])", [[score, score]]).tolist() == [[-0.5, 0.5]]
    for formula in ("logsumexp(x)", "logaddexp(x[0, 0], x[0, 1])"):
        assert gradient_of(formula, [[score, score]]).tolist() == [[0.5, 0.5]]


def test_masked_scores() -> None:
    """An entry of minus infinity has no share."""
    scores = np.array([[1.0, -np.inf, 2.0]])
    result = trace("cross_entropy(x, [0])", x=scores)
    assert result.value == pytest.approx(np.log1p(np.e), rel=1e-15)
    assert gradient_of("cross_entropy(x, [0])", scores)[0] == pytest.approx(
        [-np.e / (1 + np.e), 0.0, np.e / (1 + np.e)], rel=1e-15
    )
    assert trace("logsumexp(x)", x=np.array([-np.inf, -np.inf]), wrt=[]).value == -np.inf
    assert trace("logsumexp(x)", x=np.array([np.inf, 1.0]), wrt=[]).value == np.inf


def test_logit_near_a_half() -> None:
    p = 0.5 + 1e-12
    with mp.workdps(50):
        truth = float(mp.log(mpf(p) / (1 - mpf(p))))
    assert trace("logit(p)", p=p).value == pytest.approx(truth, rel=1e-15, abs=0)
