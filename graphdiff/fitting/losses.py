"""What is minimized: the losses of a residual."""

from __future__ import annotations

from collections.abc import Mapping

LINEAR = "linear"
LOSSES: Mapping[str, float] = {LINEAR: 1.0, "huber": 1.345, "soft_l1": 1.0}
"""The losses, with the residual where one begins to count less, in robust standard deviations of the residuals: with
1.345, Huber's loss has 95 % of the efficiency of least squares if errors are normal (Holland and Welsch, 1977)."""
