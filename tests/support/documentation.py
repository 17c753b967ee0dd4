"""The examples of README.md and docs/: commands with what they print, and Python."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from pathlib import Path

from support.output import without_trailing_spaces

ROOT = Path(__file__).parent.parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLE = re.compile(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
"""In a console block: a command, and what it prints."""

Run = Callable[..., tuple[int, str, str]]
"""(*words) -> exit status, standard output, standard error of graphdiff."""


def blocks(page: Path, *languages: str) -> list[str]:
    """The code blocks of a page in these languages."""
    return [body for language, body in FENCE.findall(page.read_text("utf-8")) if language in languages]


def pages_with(*languages: str) -> list[Path]:
    """The pages that have code blocks in these languages."""
    return [page for page in PAGES if blocks(page, *languages)]


@contextmanager
def workplace() -> Iterator[None]:
    """A temporary working directory that holds copies of examples/ and docs/, as commands name their files."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("examples", "docs"):
            shutil.copytree(ROOT / name, Path(folder) / name)
        with chdir(folder):
            yield


def output_of(line: str, run: Run) -> str:
    """What a command prints: `graphdiff …`, passed on to jq where it ends in `| jq FILTER`."""
    command, _, jq = line.partition(" | jq")
    program, *words = shlex.split(command)
    assert program == "graphdiff", line
    _, out, err = run(*words)
    if jq:
        out = subprocess.run(["jq", *shlex.split(jq)], input=out, capture_output=True, text=True, check=True).stdout
    return without_trailing_spaces(out + err)


def is_same(output: str, other: str) -> bool:
    """Whether two outputs are the same text, or the same JSON however it is laid out."""
    if output == other:
        return True
    try:
        return bool(json.loads(output) == json.loads(other))
    except ValueError:
        return False
