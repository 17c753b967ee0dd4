"""Ctrl-C while any command works: status 130, no traceback, no half-written file. The same for SIGTERM and SIGHUP, by
which the process ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ENDLESS = """
import importlib, sys
from graphdiff.__main__ import main
module = importlib.import_module(sys.argv[1])
work = getattr(module, sys.argv[2])
def endless(*arguments, **options):
    work(*arguments, **options)
    print("working", flush=True)
    while True:
        work(*arguments, **options)
setattr(module, sys.argv[2], endless)
main(sys.argv[3:])
"""
"""A command whose work, a function of a module, is done again and again."""

DEAF = """
import hashlib, sys, threading
import graphdiff.batch.run as run
from graphdiff.__main__ import main
work = run.map_rows
def deaf(*arguments):
    work(*arguments)
    threading.Timer(0.5, print, ["working"], {"flush": True}).start()
    hashlib.pbkdf2_hmac("sha256", b"", b"", 2**31 - 1)
run.map_rows = deaf
main(sys.argv[1:])
"""
"""A table, in the middle of which one call of a library takes an hour."""

POINT = ["--at", "x=1,y=2"]
FORMULA = "x*y*sin(x)"
WORK = [
    ("graphdiff.cli.formula_request", "read", ["eval", FORMULA, *POINT]),
    ("graphdiff.cli.formula_request", "read_values", ["eval", FORMULA, *POINT]),
    ("graphdiff.cli.eval", "make_trace", ["eval", FORMULA, *POINT]),
    ("graphdiff.report.rich_tables", "trace_table", ["eval", FORMULA, *POINT]),
    ("graphdiff.report.document", "trace_json", ["eval", FORMULA, *POINT, "--json"]),
    ("graphdiff.report.explanation", "explanation_text", ["explain", FORMULA, *POINT]),
    ("graphdiff.textbook.derivatives", "formulas_of", ["diff", FORMULA, "--hessian"]),
    ("graphdiff.cli.draw", "circuit", ["draw", FORMULA, *POINT, "-o", "out.svg"]),
    ("graphdiff.cli.draw", "render", ["draw", FORMULA, *POINT, "-o", "out.svg"]),
    ("graphdiff.drawing.svg", "svg", ["draw", FORMULA, *POINT, "-o", "out.svg"]),
    ("graphdiff.cli.check", "check", ["check", FORMULA, *POINT]),
    ("graphdiff.cli.compile", "source_of", ["compile", FORMULA, "--to", "c", "-o", "out.c"]),
    ("graphdiff.report.operations", "operations_section", ["ops"]),
    ("graphdiff.batch.run", "map_rows", ["map", FORMULA, "--at", "y=2", "--data", "in.csv", "-o", "out.csv"]),
]


def interrupt(
    program: str, words: list[str], folder: Path, number: int = signal.SIGINT
) -> tuple[int, bytes, list[str]]:
    """Interrupt a command while it works, and return its status, its errors and the files that exist then."""
    (folder / "in.csv").write_text("x\n" + "0.5\n" * 1000)
    process = subprocess.Popen(
        [sys.executable, "-c", program, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder
    )
    assert process.stdout
    assert process.stderr
    assert process.stdout.readline() == b"working\n", process.stderr.read()
    process.send_signal(number)
    _, errors = process.communicate(timeout=120)
    return process.returncode, errors, sorted(os.listdir(folder))


@pytest.mark.sampled(7)
@pytest.mark.skipif(os.name != "posix", reason="platform: signals are POSIX's")
@pytest.mark.parametrize(("module", "function", "words"), WORK, ids=[f"{words[0]}-{name}" for _, name, words in WORK])
def test_in_the_middle(module: str, function: str, words: list[str], tmp_path: Path) -> None:
    status, errors, files = interrupt(ENDLESS, [module, function, *words], tmp_path)
    assert (status, files) == (130, ["in.csv"])
    assert errors.strip() == b""


@pytest.mark.sampled(8)
@pytest.mark.skipif(os.name != "posix", reason="platform: signals are POSIX's")
@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet", "folder"])
def test_other_signals(form: str, number: int, tmp_path: Path) -> None:
    out = "out" if form == "folder" else f"out.{form}"
    data = ["--data", "in.csv"] * (1 + (form == "folder"))
    words = ["graphdiff.batch.run", "map_rows", "map", FORMULA, "--at", "y=2", *data, "-o", out]
    assert interrupt(ENDLESS, words, tmp_path, number) == (-number, b"", ["in.csv"])


@pytest.mark.skipif(os.name != "posix", reason="platform: signals are POSIX's")
@pytest.mark.parametrize("library", ["click", "lark"])
def test_in_the_midst_of_imports(library: str, tmp_path: Path) -> None:
    """Before and after the command installs its handler."""
    (tmp_path / f"{library}.py").write_text("import time\nprint('importing', flush=True)\ntime.sleep(3600)\n")
    paths = os.pathsep.join([str(tmp_path), *sys.path])
    process = subprocess.Popen(
        [sys.executable, "-m", "graphdiff", "eval", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": paths, "XDG_CACHE_HOME": str(tmp_path)},
    )
    assert process.stdout
    assert process.stdout.readline() == b"importing\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors.strip()) == (-signal.SIGINT if library == "click" else 130, b"")


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="platform: signals are POSIX's")
def test_in_one_long_call(tmp_path: Path) -> None:
    """The end of the call is not awaited, and the unfinished file is removed."""
    words = ["map", FORMULA, "--at", "y=2", "--data", "in.csv", "-o", "out.csv"]
    assert interrupt(DEAF, words, tmp_path) == (130, b"", ["in.csv"])


@pytest.mark.skipif(os.name != "posix", reason="platform: signals are POSIX's")
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)])
def test_while_a_compiler_runs(number: int, status: int, tmp_path: Path) -> None:
    """The compiler and its child processes end: none of them has the pipe open any more. The compiler has read all its
    input when it is interrupted."""
    os.mkfifo(tmp_path / "alive")
    (tmp_path / "cc").write_text("#!/bin/sh\ncat\nexec 3> alive\nsleep 100 &\necho begun >&3\nwait\n")
    (tmp_path / "cc").chmod(0o755)
    process = subprocess.Popen(
        [sys.executable, "-m", "graphdiff", "check", FORMULA, *POINT, "--target", "c"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env={**os.environ, "PATH": os.pathsep.join([str(tmp_path), os.environ["PATH"]])},
    )
    with open(tmp_path / "alive", "rb") as alive:
        assert alive.readline() == b"begun\n"
        start = time.monotonic()
        process.send_signal(number)
        assert alive.read() == b""
        assert time.monotonic() - start < 60
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors.strip()) == (status, b"")
