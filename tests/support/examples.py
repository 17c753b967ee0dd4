"""The programs of examples/ and their points."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent.parent / "examples"
PROGRAMS = sorted(FOLDER.glob("*.gd"))


def read(program: Path) -> tuple[str, dict[str, Any]]:
    """The text of a program, and its point."""
    point: dict[str, Any] = json.loads(program.with_suffix(".json").read_text("utf-8"))
    return program.read_text("utf-8"), point
