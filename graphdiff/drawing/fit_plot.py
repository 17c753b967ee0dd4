"""A fit as a picture: the data with the curve, and the residuals below. Drawn by matplotlib."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy

from graphdiff.errors import GraphdiffError
from graphdiff.fitting.result import Fit

POINTS = 400
"""Of the curve."""
MOST_MARKERS = 5_000
"""More points are pixels in SVG and PDF, too."""
SIZE = 7.0, 6.0
"""In inches."""
DATA, CURVE, BAND = "#1f5fa8", "#b3261e", "#b3261e22"


def draw_fit(fit: Fit, form: str, has_band: bool = False) -> bytes:
    """The picture as an SVG, PNG or PDF file. With one predictor, the data and the curve over it; with several, the
    data over the fitted values. has_band adds the 95 % prediction band, with several predictors a bar for each row.

    Raises GraphdiffError("usage") if matplotlib is not installed.
    """
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ImportError:
        message = "the picture of a fit requires matplotlib"
        raise GraphdiffError("usage", message, hint="pip install 'graphdiff-cli[plot]'") from None
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "graphdiff", "text.parse_math": False}):
        figure = Figure(figsize=SIZE, layout="constrained")
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
        predictors = fit.model.side.columns
        is_large = len(fit.response) > MOST_MARKERS
        if len(predictors) == 1:
            across, name = fit.columns[predictors[0]], predictors[0]
            _draw_curve(fit, above, name, across, has_band)
        else:
            across, name = fit.fitted, "fitted"
            ends = [fit.response.min(), fit.response.max()]
            if has_band:
                prediction = fit.predict({name: fit.columns[name] for name in predictors})
                above.vlines(fit.fitted, prediction.low, prediction.high, color=BAND, linewidth=4, rasterized=is_large)
            above.plot(ends, ends, color=CURVE)
        above.plot(across, fit.response, ".", color=DATA, rasterized=is_large)
        above.set_ylabel(str(fit.model.response.graph))
        below.axhline(0, color=CURVE, linewidth=1)
        below.plot(across, fit.residuals, ".", color=DATA, rasterized=is_large)
        below.set_ylabel("residual")
        below.set_xlabel(name)
        file = BytesIO()
        figure.savefig(file, format=form, metadata={"Date": None} if form == "svg" else None)
    return file.getvalue()


def _draw_curve(fit: Fit, axes: Any, name: str, across: Any, has_band: bool) -> None:
    grid = numpy.linspace(across.min(), across.max(), POINTS)
    prediction = fit.predict({name: grid})
    if has_band:
        axes.fill_between(grid, prediction.low, prediction.high, color=BAND, linewidth=0)
    axes.plot(grid, prediction.value, color=CURVE)
