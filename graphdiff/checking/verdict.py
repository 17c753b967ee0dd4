"""The outcomes of a comparison."""

from __future__ import annotations

from typing import Literal

Verdict = Literal["agrees", "differs", "lost", "not checkable", "convention"]
AGREES: Verdict = "agrees"
DIFFERS: Verdict = "differs"
LOST: Verdict = "lost"
NOT_CHECKABLE: Verdict = "not checkable"
CONVENTION: Verdict = "convention"
VERDICTS = (AGREES, DIFFERS, LOST, NOT_CHECKABLE, CONVENTION)
FAILURES = (DIFFERS, LOST)
"""The verdicts that make a check fail."""
