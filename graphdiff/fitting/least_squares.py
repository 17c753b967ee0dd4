"""Nonlinear least squares: SciPy's Levenberg-Marquardt or trust region method, then Gauss-Newton steps to the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy

from graphdiff.errors import GraphdiffError
from graphdiff.fitting.losses import LINEAR, LOSSES

TOLERANCE, FINEST = 1e-8, 1e-15
"""Of the sum of squares and of the parameters, relative: of a search that is followed by Gauss-Newton steps, and of one
that has to reach the minimum itself."""
MOST_EVALUATIONS = 5_000
MOST_POLISHING = 50
"""Gauss-Newton steps that follow."""
CLOSE = 1e-4
"""A minimum is reached if a Gauss-Newton step moves no parameter by more of its standard error."""
STILL = 1e-13
"""Or if such a step changes the model by less of the largest response, which is rounding."""
GONE = 1e-13
"""A parameter has no effect if all of its value changes the model by less of the largest response."""
RANK = 1e-13
"""Singular values of the Jacobian with columns of length 1, relative to the largest, that are taken to be 0."""
HUGE = 1e150
"""Takes the place of residuals that are not finite: a method then steps back."""
NORMAL = 1.4826
"""The standard deviation of normal errors divided by the median of their sizes."""
MOST_SCALINGS = 20
DONE = 1e-9
"""Steps end with one that changes the model by less of the length of the residuals."""
ROUNDING = 1e-12
"""By how much more rounding may make the length of the residuals."""

Residuals = Callable[[Any], tuple[Any, Any]]
"""A function of the parameters: weighted residuals of shape (N,), model minus data, and their derivatives (N, P)."""


class Minimum(NamedTuple):
    """Where the search has ended.

    Attributes:
        parameters: Of shape (P,).
        residuals, jacobian: There: of shapes (N,) and (N, P).
        reason: Why the search ended, a sentence without its capital and full stop.
        converged: Whether it is a minimum.
        iterations: The evaluations of the model.
        at_bound: For each parameter, whether it is at a bound.
        gone: For each parameter, whether it has lost its effect on the model since the start.
        loss_scale: The residual where a robust loss begins to count less; None for least squares.
    """

    parameters: Any
    residuals: Any
    jacobian: Any
    reason: str
    converged: bool
    iterations: int
    at_bound: Any
    gone: Any
    loss_scale: float | None


def minimize(
    function: Residuals, start: Any, bounds: tuple[Any, Any], loss: str, report: Callable[[], None]
) -> Minimum:
    """Search the minimum of the loss of the residuals, which are divided by the largest response; call report after
    each evaluation. If the method of Levenberg and Marquardt does not end at a minimum, it goes on with a finer
    tolerance; then a trust region method begins at the same start, and the better of both ends counts.

    Raises GraphdiffError("usage") if SciPy is not installed.
    """
    evaluations = _Evaluations(function, report)
    with numpy.errstate(all="ignore"):
        effects = _effects(start, evaluations.jacobian(start))
        is_bounded = bool(numpy.isfinite(bounds[0]).any() or numpy.isfinite(bounds[1]).any())
        if loss != LINEAR:
            return _robust(evaluations, start, bounds, loss, effects)
        method = "trf" if is_bounded else "lm"
        end = _end(evaluations, _search(evaluations, start, method, bounds, TOLERANCE), bounds, effects)
        if not end.converged:
            end = _end(evaluations, _search(evaluations, end.parameters, method, bounds, FINEST), bounds, effects)
        if not end.converged and not is_bounded:
            other = _end(evaluations, _search(evaluations, start, "trf", bounds, FINEST), bounds, effects)
            is_better = other.converged or numpy.linalg.norm(other.residuals) < numpy.linalg.norm(end.residuals)
            end = other if is_better else end
        return end._replace(iterations=evaluations.count)


def _robust(evaluations: _Evaluations, start: Any, bounds: Any, loss: str, effects: Any) -> Minimum:
    """The minimum of a robust loss, with a scale that fits its own residuals."""
    search = _search(evaluations, start, "trf", bounds, TOLERANCE)
    scale = None
    for _ in range(MOST_SCALINGS):
        last, scale = scale, LOSSES[loss] * robust_deviation(evaluations.residuals(search.x))
        if not scale or (last is not None and abs(scale - last) <= 1e-6 * last):
            break
        search = _search(evaluations, search.x, "trf", bounds, FINEST, loss, scale)
    return _end(evaluations, search, bounds, effects, loss, scale or None)


def _end(
    evaluations: _Evaluations,
    search: Any,
    bounds: tuple[Any, Any],
    effects: Any,
    loss: str = LINEAR,
    scale: float | None = None,
) -> Minimum:
    """Where a search has ended, after steps that improve its last digits."""
    parameters, at_bound = _snap(evaluations, search.x, bounds, scale, loss)
    if not scale:
        parameters = _polish(evaluations, parameters, at_bound, bounds)
    residuals, jacobian = evaluations(parameters)
    gone = (_effects(parameters, jacobian) <= GONE) & (effects > GONE)
    converged = not gone.any() and _is_minimum(residuals, jacobian, at_bound, scale, loss)
    is_exhausted = search.status <= 0
    reason = (
        "a further step would change no parameter"
        if converged
        else "the model does not depend on all parameters any more"
        if gone.any()
        else f"the limit of {MOST_EVALUATIONS:,} evaluations"
        if is_exhausted
        else "no step makes the residuals smaller, but this is no minimum"
    )
    return Minimum(parameters, residuals, jacobian, reason, converged, evaluations.count, at_bound, gone, scale)


def _effects(parameters: Any, jacobian: Any) -> Any:
    """By how much each parameter changes the model if it changes by its own size, or by 1 if it is smaller."""
    return numpy.maximum(numpy.abs(parameters), 1.0) * numpy.max(numpy.abs(jacobian), axis=0, initial=0.0)


class _Evaluations:
    """Evaluates the residuals, remembers the last ones, and counts."""

    def __init__(self, function: Residuals, report: Callable[[], None]) -> None:
        self._function = function
        self._report = report
        self._last: tuple[Any, tuple[Any, Any]] | None = None
        self.count = 0

    def __call__(self, parameters: Any) -> tuple[Any, Any]:
        if self._last is None or not numpy.array_equal(self._last[0], parameters):
            self._last = parameters.copy(), self._function(parameters)
            self.count += 1
            self._report()
        return self._last[1]

    def residuals(self, parameters: Any) -> Any:
        residuals = self(parameters)[0]
        return residuals if numpy.isfinite(residuals).all() else numpy.full(len(residuals), HUGE)

    def jacobian(self, parameters: Any) -> Any:
        jacobian = self(parameters)[1]
        return numpy.where(numpy.isfinite(jacobian), jacobian, 0.0)


def _search(
    evaluations: _Evaluations,
    start: Any,
    method: str,
    bounds: Any,
    tolerance: float,
    loss: str = LINEAR,
    scale: float = 1.0,
) -> Any:
    try:
        from scipy.optimize import least_squares
    except ImportError:
        raise GraphdiffError("usage", "fit requires SciPy", hint="pip install 'graphdiff-cli[scipy]'") from None
    return least_squares(
        evaluations.residuals,
        start,
        evaluations.jacobian,
        method=method,
        bounds=bounds if method == "trf" else (-numpy.inf, numpy.inf),
        x_scale="jac",
        loss=loss,
        f_scale=scale,
        ftol=tolerance,
        xtol=tolerance,
        gtol=tolerance,
        max_nfev=MOST_EVALUATIONS,
    )


def robust_deviation(residuals: Any) -> float:
    """The standard deviation of residuals, if errors are normal but for a few outliers: from their median size."""
    return NORMAL * float(numpy.median(numpy.abs(residuals)))


def column_lengths(jacobian: Any) -> Any:
    """The lengths of the columns, of which squares neither overflow nor underflow; 1 for columns of zeros."""
    sizes = numpy.max(numpy.abs(jacobian), axis=0, initial=0.0)
    sizes = numpy.where(sizes > 0, sizes, 1.0)
    lengths = sizes * numpy.linalg.norm(jacobian / sizes, axis=0)
    return numpy.where(lengths > 0, lengths, 1.0)


def gauss_newton_step(residuals: Any, jacobian: Any) -> Any:
    """The step to the minimum of the linearized residuals; of many, that with the least change of scaled parameters."""
    lengths = column_lengths(jacobian)
    return -numpy.linalg.lstsq(jacobian / lengths, residuals, rcond=RANK)[0] / lengths


def _snap(
    evaluations: _Evaluations, parameters: Any, bounds: tuple[Any, Any], scale: float | None, loss: str
) -> tuple[Any, Any]:
    """Move parameters to bounds that they are close to, and that keep the loss from becoming smaller: the trust region
    method ends a little inside. Returns the parameters, and for each whether it is at such a bound."""
    residuals, jacobian = evaluations(parameters)
    room = CLOSE * numpy.linalg.norm(residuals) / len(residuals) ** 0.5 + STILL
    lengths = column_lengths(jacobian)
    snapped = parameters.copy()
    for bound in bounds:
        is_near = numpy.abs(parameters - bound) * lengths <= room
        snapped[is_near] = bound[is_near]
    residuals, jacobian = evaluations(snapped)
    if scale is not None:
        residuals = residuals * loss_slopes(residuals / scale, loss)
    gradient = jacobian.T @ residuals
    at_bound = ((snapped == bounds[0]) & (gradient > 0)) | ((snapped == bounds[1]) & (gradient < 0))
    return numpy.where(at_bound, snapped, parameters), at_bound


def _polish(evaluations: _Evaluations, parameters: Any, at_bound: Any, bounds: tuple[Any, Any]) -> Any:
    """Gauss-Newton steps while they become shorter, and do not make the sum of squares larger but by rounding."""
    free = ~at_bound
    shortest = float("inf")
    for _ in range(MOST_POLISHING):
        residuals, jacobian = evaluations(parameters)
        if not numpy.isfinite(jacobian).all() or not free.any():
            break
        step = gauss_newton_step(residuals, jacobian[:, free])
        length = float(numpy.linalg.norm(jacobian[:, free] @ step))
        better = parameters.copy()
        better[free] += step
        is_inside = ((bounds[0] <= better) & (better <= bounds[1])).all()
        most = numpy.linalg.norm(residuals) * (1 + ROUNDING)
        if not is_inside or not length < shortest or not numpy.linalg.norm(evaluations(better)[0]) <= most:
            break
        parameters, shortest = better, length
        if length <= DONE * most:
            break
    return parameters


def _is_minimum(residuals: Any, jacobian: Any, at_bound: Any, scale: float | None, loss: str) -> bool:
    """Whether a further Gauss-Newton step would move no parameter by more than CLOSE of its standard error, because the
    part of the residuals in the space of the Jacobian is small beside their deviation; or where residuals are rounding
    alone, would change the model by no more than STILL of the largest response."""
    if not (numpy.isfinite(residuals).all() and numpy.isfinite(jacobian).all()):
        return False
    if scale is not None:
        residuals = residuals * loss_slopes(residuals / scale, loss)
    free = ~at_bound
    if not free.any():
        return True
    change = numpy.linalg.norm(jacobian[:, free] @ gauss_newton_step(residuals, jacobian[:, free]))
    deviation = numpy.linalg.norm(residuals) / max(len(residuals) - len(at_bound), 1) ** 0.5
    return bool(change <= CLOSE * deviation or change <= STILL * len(residuals) ** 0.5)


def loss_slopes(ratios: Any, loss: str) -> Any:
    """How much less each residual counts, given its ratio to the scale: rho'(z) of SciPy's losses at z = ratio^2."""
    if loss == "huber":
        return 1.0 / numpy.maximum(numpy.abs(ratios), 1.0)
    return 1.0 / numpy.sqrt(1.0 + ratios**2)
