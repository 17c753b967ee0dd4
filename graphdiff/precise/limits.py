"""The limits of precision, for those that need no arithmetic."""

from __future__ import annotations

LARGEST_PRECISION = 10_000
"""The most significant digits that can be asked for."""
