"""No file has more than 350 lines, and no function more than 60."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PYTHON = [
    *(path for folder in ("graphdiff", "tests", "examples") for path in sorted((ROOT / folder).rglob("*.py"))),
    *sorted((ROOT / "docs").glob("*.py")),
    ROOT / "hatch_build.py",
]
JAVASCRIPT = sorted((ROOT / "graphdiff").rglob("*.js"))
LONGEST_FILE = 350
LONGEST_BODY = 60
"""Without the line of the name and the parameters."""


def bodies(path: Path) -> Iterator[tuple[str, int]]:
    """The functions of a file that may be too long, each with the number of lines of its body."""
    text = path.read_text("utf-8")
    if text.count("\n") <= LONGEST_BODY:
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{path.relative_to(ROOT)}: {node.name}", (node.end_lineno or 0) - node.body[0].lineno + 1


def test_files() -> None:
    lines = {str(path.relative_to(ROOT)): path.read_text("utf-8").count("\n") for path in (*PYTHON, *JAVASCRIPT)}
    assert {path: count for path, count in lines.items() if count > LONGEST_FILE} == {}


def test_functions() -> None:
    assert [body for path in PYTHON for body in bodies(path) if body[1] > LONGEST_BODY] == []
