"""Reports as text for the screen, with a step of the backward pass highlighted in the tables."""

from __future__ import annotations

import json
import re

from rich.text import Text

from graphdiff.report.lines import wrap_line

BACKWARD = "Backward pass"
HIGHLIGHT = "reverse"


def shown(output: str, is_colored: bool, width: int | None = None) -> Text:
    """What a command wrote, never read as markup; its colours, if it has any. JSON is indented; lines are wrapped at a
    width, if there is one."""
    if output.startswith("{"):
        output = json.dumps(json.loads(output), indent=2, ensure_ascii=False)
    if width is not None:
        output = "\n".join(piece for line in output.split("\n") for piece in wrap_line(line, width))
    text = Text.from_ansi(output.rstrip("\n"), no_wrap=True, end="")
    return text if is_colored else Text(text.plain, no_wrap=True, end="")


def highlight_step(text: Text, step: int) -> int | None:
    """Highlight the rows of a step in the table of the backward pass; the number of its first line, if it is there."""
    lines = text.plain.split("\n")
    begin = next((number for number, line in enumerate(lines) if line.startswith(BACKWARD)), len(lines))
    first, current = None, 0
    for number, line in enumerate(lines[begin:], begin):
        if not line.strip():
            break
        named = re.match(r" *(\d+) ", line)
        current = int(named[1]) if named else current
        if current == step:
            first = number if first is None else first
            start = sum(len(each) + 1 for each in lines[:number])
            text.stylize(HIGHLIGHT, start, start + len(line))
    return first
