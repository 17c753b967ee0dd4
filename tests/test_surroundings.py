"""What surrounds graphdiff: Python without docstrings, a zip archive on the path, and settings of other libraries."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

import graphdiff
from graphdiff.cli.main import COMMANDS, run
from graphdiff.language.resources import grammar_folder

MAIN = "from graphdiff.__main__ import main; main()"


def python(*words: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words], env={**os.environ, **(environment or {})}, capture_output=True, text=True, timeout=120
    )


@pytest.mark.parametrize("command", ["", "map", pytest.param("eval", marks=pytest.mark.slow)])
def test_help_without_docstrings(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = [command, "--help"] if command else ["--help"]
    assert run(words) == 0
    assert python("-OO", "-c", MAIN, *words).stdout == capsys.readouterr().out


def test_every_command_has_help_of_its_own(command: Callable[..., Any]) -> None:
    for name in COMMANDS:
        assert command(name, "--help").out.count("\n  graphdiff ") > 0


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package in a zip archive, laid out as in a wheel."""
    folder = tmp_path_factory.mktemp("archive")
    package = folder / "lib" / "graphdiff"
    shutil.copytree(Path(graphdiff.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__", "grammar"))
    shutil.copytree(grammar_folder(), package / "grammar")
    return Path(shutil.make_archive(str(folder / "graphdiff"), "zip", folder / "lib"))


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["eval", "x*y", "--at", "x=2,y=3", "--json"], '"value": 6.0'),
        (["compile", "erf(x)", "--to", "javascript"], "function f("),
        (["compile", "sum(softplus(x))", "--to", "numpy", "--shape", "x=2"], "def f("),
        (["draw", "x*y", "--at", "x=2,y=3", "--format", "html"], "<html"),
    ],
)
def test_from_a_zip_archive(archive: Path, words: list[str], answer: str) -> None:
    code = f"import sys; sys.path.insert(0, {str(archive)!r}); import graphdiff; "
    code += f"assert graphdiff.__file__.startswith({str(archive)!r}); {MAIN}"
    ended = python("-c", code, *words)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert answer in ended.stdout


@pytest.mark.sampled(2)
@pytest.mark.parametrize("setting", [{"JAX_ENABLE_X64": "maybe"}, {"JAX_PLATFORMS": "abacus"}])
def test_settings_of_a_library(setting: dict[str, str]) -> None:
    """They are not errors of the formula, nor tracebacks."""
    pytest.importorskip("jax", reason="JAX runs the code; it is in the test extra")
    ended = python("-c", MAIN, "check", "x*y", "--at", "x=1,y=2", "--target", "jax", environment=setting)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("error: jax cannot be used: ")
    assert "environment variables" in ended.stderr
    assert "Traceback" not in ended.stderr
