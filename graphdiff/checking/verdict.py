"""The outcomes of a comparison."""

from __future__ import annotations

from typing import Literal

Verdict = Literal["agrees", "differs", "not checkable"]
AGREES: Verdict = "agrees"
DIFFERS: Verdict = "differs"
NOT_CHECKABLE: Verdict = "not checkable"
