"""The examples of README.md and docs/: commands with what they print, and Python.

    python tests/documentation.py

writes the output of every command anew; look at the difference before you commit it.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
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


def printed(line: str, run: Run) -> str:
    """What a command prints: `graphdiff …`, passed on to jq where it ends in `| jq FILTER`."""
    command, _, jq = line.partition(" | jq")
    program, *words = shlex.split(command)
    assert program == "graphdiff", line
    _, out, err = run(*words)
    if jq:
        out = subprocess.run(["jq", *shlex.split(jq)], input=out, capture_output=True, text=True, check=True).stdout
    return "".join(f"{row.rstrip()}\n" for row in (out + err).splitlines())


def is_same(output: str, other: str) -> bool:
    """Whether two outputs are the same text, or the same JSON however it is laid out."""
    if output == other:
        return True
    try:
        return bool(json.loads(output) == json.loads(other))
    except ValueError:
        return False


def started(*words: str) -> tuple[int, str, str]:
    """graphdiff in a process of its own."""
    command = [sys.executable, "-m", "graphdiff", *words]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    return done.returncode, done.stdout, done.stderr


def renewed(block: str) -> str:
    """A console block with the outputs of today."""

    def example(match: re.Match[str]) -> str:
        output = printed(match[1], started)
        return match[0] if is_same(output, match[2]) else f"$ {match[1]}\n{output}"

    return EXAMPLE.sub(example, block)


def write_pages() -> None:
    """Write the outputs of all console blocks anew."""
    for page in pages_with("console"):
        text = page.read_text("utf-8")
        with workplace():
            text = FENCE.sub(
                lambda fence: f"```console\n{renewed(fence[2])}```" if fence[1] == "console" else fence[0], text
            )
        page.write_text(text, "utf-8")


if __name__ == "__main__":
    write_pages()
