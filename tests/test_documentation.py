"""README.md and docs/: what they show is what the tool prints, and what they run works."""

from __future__ import annotations

import doctest
import linecache
import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.documentation import EXAMPLE, FENCE, ROOT, blocks, is_same, output_of, pages_with, workplace

README = ROOT / "README.md"
OTHER_PAGES = [ROOT / name for name in ("CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "examples/gallery.md")]


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.sampled(3)
@pytest.mark.parametrize("page", pages_with("console"), ids=name_of)
def test_commands(page: Path, command: Callable[..., Any]) -> None:
    """In the order of the page, in one folder: one may read what an earlier one wrote."""
    examples = [example for block in blocks(page, "console") for example in EXAMPLE.findall(block)]
    if any(" | jq" in line for line, _ in examples) and shutil.which("jq") is None:
        pytest.skip("jq is not installed")
    with workplace():
        for line, output in examples:
            new = output_of(line, command)
            assert is_same(new, output), f"{line}\n{new}"


@pytest.mark.slow
@pytest.mark.parametrize("page", pages_with("python", "pycon"), ids=name_of)
def test_python(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order of the page, in one namespace; it may start graphdiff."""
    monkeypatch.setenv("PATH", os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    scope: dict[str, Any] = {}
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    with workplace():
        for number, (language, body) in enumerate(FENCE.findall(page.read_text("utf-8"))):
            if language == "python":
                name = f"<{name_of(page)}, block {number}>"
                linecache.cache[name] = (len(body), None, body.splitlines(keepends=True), name)  # the functions' source
                exec(compile(body, name, "exec"), scope)
            elif language == "pycon":
                test = doctest.DocTestParser().get_doctest(body, scope, name_of(page), None, None)
                assert not runner.run(test, clear_globs=False).failed
                scope = test.globs


def test_the_readme_is_short_and_has_examples() -> None:
    assert len(README.read_text("utf-8").splitlines()) <= 200
    assert len(blocks(README, "console")) >= 8
    assert blocks(README, "python")


@pytest.mark.parametrize("page", [README, *sorted((ROOT / "docs").rglob("*.md")), *OTHER_PAGES], ids=name_of)
def test_links(page: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", FENCE.sub("", page.read_text("utf-8"))):
        path = page.parent / target.partition("#")[0]
        assert target.startswith("https://") or path.exists(), target


@pytest.mark.parametrize(("page", "option"), [("draw", "--format"), ("compile", "--to")])
def test_formats_are_all_listed(page: str, option: str, command: Callable[..., Any]) -> None:
    """The formats of pictures, the languages of code: each has a row in its guide."""
    (choices,) = re.findall(rf"{option} \[([\w|]+)\]", command(page, "--help").out)
    rows = re.findall(r"^\| (`.*?`) \|", (ROOT / "docs" / "how-to" / f"{page}.md").read_text("utf-8"), re.MULTILINE)
    assert set(choices.split("|")) <= {name for row in rows for name in re.findall(r"`(\w+)`", row)}
