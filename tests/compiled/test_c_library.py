"""Compilers that are missing, fail or take too long, and the cache of what they made."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import graphdiff
from graphdiff import GraphdiffError
from graphdiff.compiled import c_library
from graphdiff.targets import commands
from support.native import COMPILER, needs_compiler

pytestmark = needs_compiler


class Compiler:
    """The installed compiler, behind a script that counts how often it compiles."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "compiler"
        self._runs = folder / "runs"
        self._runs.touch()
        self.become(f'exec {COMPILER} "$@"')

    def become(self, command: str) -> None:
        """Let the script run a command instead."""
        count = f'case "$*" in *-shared*) echo >> {self._runs};; esac'
        self.path.write_text(f"#!/bin/sh\n{count}\n{command}\n", "utf-8")
        self.path.chmod(0o700)

    @property
    def runs(self) -> int:
        return self._runs.read_text("utf-8").count("\n")


@pytest.fixture
def compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Compiler:
    """A compiler and an empty cache."""
    result = Compiler(tmp_path)
    monkeypatch.setenv("CC", str(result.path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return result


def square() -> Any:
    """The square and its derivative at 3, by a newly compiled function."""
    function: Any = graphdiff.compile("x^2", backend="c")
    return function(3.0)


def cached(folder: Path) -> Path:
    (path,) = (folder / "cache" / "graphdiff" / "libraries").iterdir()
    return path


def test_it_is_compiled_once(compiler: Compiler, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        assert square() == (9.0, (6.0,))
    assert compiler.runs == 1
    assert cached(tmp_path).stat().st_mode & 0o077 == 0
    assert cached(tmp_path).parent.stat().st_mode & 0o077 == 0
    monkeypatch.setattr(c_library, "_cpu", lambda: "another")
    square()
    monkeypatch.setattr(c_library, "_version", lambda *_: "another")
    square()
    monkeypatch.setenv("CC", f"{compiler.path} -DANOTHER")
    square()
    assert compiler.runs == 4


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def change(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def link(path: Path) -> None:
    other = path.parent.parent / "other.so"
    path.rename(other)
    path.symlink_to(other)


def make_fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


SPOILS: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: os.truncate(path, 0),
    "truncated": truncate,
    "changed": change,
    "text": lambda path: path.write_text("not a library", "utf-8"),
    "writable by a group": lambda path: path.chmod(0o620),
    "writable by all": lambda path: path.chmod(0o602),
    "in a folder writable by all": lambda path: path.parent.chmod(0o707),
    "a link": link,
    "a pipe": make_fifo,
}


@pytest.mark.sampled(3)
@pytest.mark.parametrize("kind", SPOILS)
def test_what_is_odd_is_made_anew(kind: str, compiler: Compiler, tmp_path: Path) -> None:
    square()
    SPOILS[kind](cached(tmp_path))
    assert square() == (9.0, (6.0,))
    assert compiler.runs == 2
    if "folder" not in kind:
        square()
        assert compiler.runs == 2


def test_a_library_of_another_user(compiler: Compiler, monkeypatch: pytest.MonkeyPatch) -> None:
    square()
    user = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: user + 1)
    assert square() == (9.0, (6.0,))
    assert compiler.runs == 2


def test_without_a_cache(compiler: Compiler, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("not a folder", "utf-8")
    for _ in range(2):
        assert square() == (9.0, (6.0,))
    assert compiler.runs == 2


def test_a_folder_that_forbids_programs(compiler: Compiler, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library is loaded from the other folder; if there is none, the error says what to set."""
    load, forbidden = c_library._function_in, ["cache"]

    def refuse(path: Path) -> Any:
        if any(part in str(path) for part in forbidden):
            raise OSError("failed to map segment from shared object")
        return load(path)

    monkeypatch.setattr(c_library, "_function_in", refuse)
    assert square() == (9.0, (6.0,))
    forbidden[:] = ["graphdiff-"]
    assert square() == (9.0, (6.0,))
    forbidden[:] = ["/"]
    with pytest.raises(GraphdiffError, match="cannot be loaded") as raised:
        square()
    assert "TMPDIR" in str(raised.value.hint)


def test_a_compiler_without_a_flag(compiler: Compiler) -> None:
    compiler.become(f'case "$*" in *-march=native*) echo unknown >&2; exit 1;; esac; exec {COMPILER} "$@"')
    assert square() == (9.0, (6.0,))


@pytest.mark.parametrize(
    ("command", "kind", "part"),
    [
        ("echo 'f.c:1: error: no space left' >&2; exit 1", "value", "compiler failed: f.c:1: error: no space left"),
        ("true", "value", "made no library"),
        ("sleep 60", "limit", "took more than"),
    ],
)
def test_a_compiler_that_fails(
    command: str, kind: str, part: str, compiler: Compiler, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiler.become(f'case "$*" in *--version*) exit 0;; esac; {command}')
    monkeypatch.setattr(commands, "LONGEST_RUN", 0.5)
    with pytest.raises(GraphdiffError, match=part) as raised:
        square()
    assert raised.value.kind == kind
    assert ("CC" if kind == "value" else "numpy") in str(raised.value.hint)


def test_a_missing_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(GraphdiffError, match="requires cc or gcc or clang") as raised:
        graphdiff.compile("sum(x)", backend="c")
    assert raised.value.hint == "install a C compiler"
    monkeypatch.setenv("CC", "no-such-compiler -m64; touch x")
    with pytest.raises(GraphdiffError, match="CC is 'no-such-compiler', which is not an installed program"):
        graphdiff.compile("x", backend="c", batch=True)


@pytest.mark.slow
def test_processes_at_once(compiler: Compiler, tmp_path: Path) -> None:
    code = "import graphdiff; print(graphdiff.compile('x^2', backend='c')(3.0))"
    started = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert [process.communicate(timeout=120)[0] for process in started] == ["(9.0, (6.0,))\n"] * 4
    assert [path.suffix for path in cached(tmp_path).parent.iterdir()] == [".so"]
    runs = compiler.runs
    square()
    assert compiler.runs == runs
    shutil.rmtree(tmp_path / "cache")
