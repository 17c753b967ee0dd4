"""The manual page says what --help says, and man renders it without a warning."""

from __future__ import annotations

import runpy
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest

from graphdiff.cli.exit_status import EXIT_STATUSES
from graphdiff.cli.main import COMMANDS, group

SCRIPT = Path(__file__).parent.parent / "docs" / "manual_page.py"


@pytest.fixture(scope="module")
def page() -> str:
    text: str = runpy.run_path(str(SCRIPT))["manual_page"]("1.2.3")
    return text


def test_it_needs_no_more_than_a_build_has() -> None:
    """A build of the package has Click and Lark (pyproject.toml)."""
    code = (
        "import runpy, sys\n"
        "class Blocker:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name in ('mpmath', 'numpy', 'rich', 'array_api_compat', 'fast_sugiyama'):\n"
        "            raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Blocker())\n"
        f"runpy.run_path({str(SCRIPT)!r})['manual_page']('1.2.3')\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def render(page: str, *options: str) -> str:
    """What man shows, without warnings."""
    if shutil.which("groff") is None:
        pytest.skip("needs groff")
    words = ["groff", "-man", "-Tutf8", "-ww", *options]
    done = subprocess.run(words, input=page, capture_output=True, check=True, encoding="utf-8")
    assert done.stderr == ""
    return done.stdout


@pytest.fixture(scope="module")
def page_text(page: str) -> str:
    """What man shows, on lines so wide that none is broken, with single spaces."""
    text = render(page, "-rLL=2000n", "-P-cbou")
    return " ".join(text.replace("\N{MINUS SIGN}", "-").split())


def test_it_renders_in_a_narrow_terminal_without_warnings(page: str) -> None:
    render(page, "-rLL=78n")


@pytest.mark.parametrize("name", COMMANDS)
def test_it_says_what_help_says(name: str, page_text: str) -> None:
    command: click.Command = import_module(f"graphdiff.cli.{name}").command
    context = click.Context(command, parent=click.Context(group, info_name="graphdiff"), info_name=name)
    begin = page_text.index(f" {command.get_usage(context).removeprefix('Usage: ')} ")
    section = page_text[begin : page_text.find("graphdiff ", page_text.index("--help Show this", begin))]
    for line in (command.help or "").replace("\b", "").split("\n\n"):
        assert " ".join(line.split()) in section
    for parameter in command.get_params(context):
        if isinstance(parameter, click.Option):
            record = parameter.get_help_record(context)
            assert record
            assert f" {' '.join(' '.join(record).split())} " in f"{section} "


def test_its_frame(page_text: str) -> None:
    assert page_text.startswith("GRAPHDIFF(1) User Commands GRAPHDIFF(1) NAME graphdiff - ")
    assert page_text.endswith("graphdiff 1.2.3 GRAPHDIFF(1)")
    assert "\\" not in page_text
    for status, meaning in EXIT_STATUSES.items():
        assert f"{status} {meaning}" in page_text[page_text.index("EXIT STATUS") :]
