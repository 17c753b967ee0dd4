"""What a fit says about its parameters: their covariance, and what the data do not determine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy

from graphdiff.errors import shorten
from graphdiff.fitting.least_squares import RANK, Minimum, column_lengths, loss_slopes

CONFIDENCE = 0.95
"""Of intervals and bands."""
INVOLVED = 1e-6
"""The least part of a direction, of length 1, in which the data do not determine a parameter."""


class Uncertainty(NamedTuple):
    """The covariance of the parameters.

    Attributes:
        covariance: Of shape (P, P), NaN where it is not defined.
        notes: Why it is not, for people.
    """

    covariance: Any
    notes: list[str]


def uncertainty(minimum: Minimum, deviation: float, loss: str, names: Sequence[str]) -> Uncertainty:
    """The covariance at a minimum whose residuals have a standard deviation: deviation^2 * inv(J.T @ J), by the
    singular values of J with columns of length 1, which lose half as many digits as J.T @ J does."""
    free = numpy.flatnonzero(~minimum.at_bound)
    notes = [
        f"{shorten(names[index])} is at its bound: the others' standard errors are those at this value"
        for index in numpy.flatnonzero(minimum.at_bound).tolist()
    ]
    for index in numpy.flatnonzero(minimum.gone).tolist():
        name = shorten(names[index])
        notes.append(f"{name} = {minimum.parameters[index]:g} has lost its effect on the model: try other start values")
    covariance = numpy.full((len(names), len(names)), numpy.nan)
    jacobian = minimum.jacobian[:, free]
    if not len(free) or not numpy.isfinite(jacobian).all():
        return Uncertainty(covariance, notes)
    lengths = column_lengths(jacobian)
    triangle = numpy.linalg.qr(jacobian / lengths, mode="r")  # it has the singular values and directions of all rows
    _, sizes, directions = numpy.linalg.svd(triangle)
    is_determined = sizes > RANK * sizes.max(initial=0.0)
    unknown = numpy.zeros(len(free), bool)
    for direction in directions[~is_determined]:
        involved = numpy.abs(direction) > INVOLVED
        unknown |= involved
    if unknown.any():
        notes.append(_undetermined([names[free[index]] for index in numpy.flatnonzero(unknown)]))
    with numpy.errstate(all="ignore"):
        factors = directions[is_determined] / sizes[is_determined, None] / lengths * deviation
        own = _inflation(minimum, loss) * factors.T @ factors
    unknown |= ~numpy.isfinite(numpy.diag(own))
    own[unknown] = own[:, unknown] = numpy.nan
    covariance[numpy.ix_(free, free)] = own
    return Uncertainty(covariance, notes)


def _undetermined(names: Sequence[str]) -> str:
    """That the data do not determine some parameters."""
    listed = ", ".join(map(shorten, names))
    if len(names) == 1:
        return f"the data do not determine {listed}: the residuals do not depend on it here; another start may help"
    return f"the data do not determine {listed} separately, only combinations of them"


def _inflation(minimum: Minimum, loss: str) -> float:
    """By how much a robust loss makes the covariance of least squares larger, with psi the slope of the loss and K a
    correction for few rows: K^2 * mean(psi^2) / mean(psi')^2 / mean(r^2) (Huber, Robust Statistics, 1981, 6.5)."""
    scale = minimum.loss_scale
    if scale is None:
        return 1.0
    residuals, count = minimum.residuals, len(minimum.residuals)
    psi = residuals * loss_slopes(residuals / scale, loss)
    step = 1e-6 * scale
    slopes = [(residuals + side) * loss_slopes((residuals + side) / scale, loss) for side in (-step, step)]
    derivative = (slopes[1] - slopes[0]) / (2 * step)
    mean = float(numpy.mean(derivative))
    correction = 1 + len(minimum.parameters) / count * float(numpy.var(derivative)) / mean**2
    return float(correction**2 * numpy.mean(psi**2) / mean**2 / numpy.mean(residuals**2))


def half_widths(errors: Any, degrees_of_freedom: int) -> Any:
    """Half of the intervals that have these standard errors, by Student's t."""
    from scipy.special import stdtrit  # lazy: SciPy is an extra

    return stdtrit(degrees_of_freedom, (1 + CONFIDENCE) / 2) * errors


def correlations(covariance: Any) -> Any:
    """The correlations of a covariance; 0 where a parameter has no error."""
    errors = numpy.sqrt(numpy.diag(covariance))
    scale = numpy.where(errors > 0, errors, 1.0)
    return covariance / scale[:, None] / scale
