"""The README shows what graphdiff prints, and its examples work."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphdiff.drawing.picture import FORMATS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
CONSOLE = re.findall(r"```console\n\$ (.+)\n((?:.*\n)*?)```", README)


@pytest.mark.parametrize(("line", "shown"), CONSOLE, ids=[line[:40] for line, _ in CONSOLE])
def test_commands(line: str, shown: str, command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    typed, _, piped = line.partition(" | ")
    words = shlex.split(typed)
    assert words[0] == "graphdiff"
    result = command(*words[1:])
    printed = "".join(f"{row.rstrip()}\n" for row in (result.out or result.err).splitlines())
    if piped:
        assert piped.startswith("jq .gradients.")
        assert f'"{piped.removeprefix("jq .gradients.")}": {shown.strip()}' in printed
    else:
        assert printed == shown


def test_there_are_commands() -> None:
    assert len(CONSOLE) >= 5


def test_python() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    exec(compile(code, "README.md", "exec"), {})


def test_links() -> None:
    for page in [
        ROOT / "README.md",
        ROOT / "examples" / "gallery.md",
        *(ROOT / "docs").glob("*.md"),
        ROOT / "CONTRIBUTING.md",
        ROOT / "CHANGELOG.md",
    ]:
        for target in re.findall(r"\]\(([^)]+)\)", page.read_text("utf-8")):
            assert target.startswith("https://") or (page.parent / target).exists(), (page, target)


@pytest.mark.parametrize("name", ["eval", "draw", "explain", "check", "diff", "compile", "map"])
def test_options_are_all_told(name: str, command: Callable[..., Any]) -> None:
    for option in re.findall(r"--[a-z-]+", command(name, "--help").out):
        assert option in README or option in ("--help", "--file")


def test_formats_of_pictures_are_all_told() -> None:
    told = re.findall(r"^\| (`.*?`) \|", README[README.index("| format | what it is |") :], re.MULTILINE)
    names = {name for row in told for name in re.findall(r"`(\w+)`", row)}
    assert set(FORMATS) <= names
