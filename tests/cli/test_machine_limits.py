"""Commands where the machine has too little: threads, open files, memory, room for output. Exit status 1 means only
that a check failed; and messages are not tracebacks."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

if os.name != "posix":
    pytest.skip("platform: limits and streams of POSIX", allow_module_level=True)

GRAPHDIFF = [sys.executable, "-m", "graphdiff"]
COMMANDS = {
    "json": ["eval", "x*y", "--at", "x=1,y=2", "--json"],
    "table": ["eval", "x*y", "--at", "x=1,y=2"],
    "arrays": ["eval", "sum((W@x)^2)", "--at", "W=[[1,2],[3,4]],x=[1,2]", "--json"],
    "special": ["eval", "sum(erf(x))", "--at", "x=[1,2]"],
    "check": ["check", "x*y", "--at", "x=1,y=2"],
    "map": ["map", "x^2", "--data", "points.csv"],
    "draw": ["draw", "x*y", "--at", "x=1,y=2", "-o", "out.svg"],
    "pdf": ["draw", "x*y", "--at", "x=1,y=2", "-o", "out.pdf"],
    "error": ["eval", "("],
    "help": ["--help"],
}
WRONG = {"error"}
NO_THREADS = """
import _thread
def start(*arguments, **options):
    raise RuntimeError("can't start new thread")
_thread.start_new_thread = _thread.start_new = _thread.start_joinable_thread = start
"""
"""Start-up code of a process in which no thread can be started, as in a container with a limit."""
BUG = """
import sys
from graphdiff.__main__ import main
from graphdiff.cli import main as module
def fail(*arguments, **options):
    raise KeyError("a bug")
module.group.invoke = fail
main(sys.argv[1:])
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "points.csv").write_text("x\n" + "0.5\n" * 100_000)
    return tmp_path


def in_shell(setting: str, words: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command in a shell after a setting of the shell, such as a limit."""
    return subprocess.run(
        ["sh", "-c", f'{setting}; exec "$@"', "sh", *words],
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=120,
        check=False,
        **options,
    )


def run(name: str, folder: Path, setting: str = ":", **options: Any) -> subprocess.CompletedProcess[str]:
    return in_shell(setting, [*GRAPHDIFF, *COMMANDS[name]], cwd=folder, **{"capture_output": True, **options})


def assert_a_message(result: subprocess.CompletedProcess[str]) -> None:
    """It is done, or its error is one message."""
    assert result.returncode in (0, 2), result.stderr
    if result.returncode:
        assert result.stderr.startswith(("error: ", '{"version": 1, "error": '))
    assert "Traceback" not in result.stderr
    assert "OpenBLAS" not in result.stderr


@pytest.mark.sampled(5)
@pytest.mark.parametrize("name", COMMANDS)
def test_no_threads(name: str, folder: Path) -> None:
    """Commands do without them, but for Typst, which draws PDF."""
    (folder / "start").mkdir()
    (folder / "start" / "sitecustomize.py").write_text(NO_THREADS)
    paths = os.pathsep.join([str(folder / "start"), *filter(None, sys.path)])
    result = run(name, folder, env={**os.environ, "PYTHONPATH": paths})
    assert result.returncode == (2 if name in WRONG or name == "pdf" else 0), result.stderr
    assert_a_message(result)


@pytest.mark.sampled(12)
@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0 or not shutil.which("setpriv"),
    reason="platform: only root can become a user who has no other processes",
)
@pytest.mark.parametrize("threads", [2, 1, 3])
@pytest.mark.parametrize("name", ["arrays", "special", "map", "pdf"])
def test_few_threads(name: str, threads: int, folder: Path) -> None:
    """Libraries would interrupt the process (130), abort it or panic. The user may read what root may."""
    folder.chmod(0o777)
    user = ["--reuid=54321", "--regid=54321", "--clear-groups"]
    capabilities = ["--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"]
    words = ["setpriv", *user, *capabilities, "prlimit", f"--nproc={threads}", *GRAPHDIFF, *COMMANDS[name]]
    result = in_shell(":", words, cwd=folder, capture_output=True, env={**os.environ, "HOME": str(folder)})
    assert_a_message(result)


@pytest.mark.sampled(45)
@pytest.mark.parametrize("files", range(5, 14))  # Python itself needs four or five to start
@pytest.mark.parametrize("name", COMMANDS)
def test_few_open_files(name: str, files: int, folder: Path) -> None:
    assert_a_message(run(name, folder, f"ulimit -n {files}"))


@pytest.mark.sampled(40)
@pytest.mark.skipif(sys.platform != "linux", reason="platform: no such limit on this system")
@pytest.mark.parametrize("megabytes", [60, 85, 100, 130, 160, 190, 205, 220, 265, 295, 325, 450])
@pytest.mark.parametrize("name", COMMANDS)
def test_little_memory(name: str, megabytes: int, folder: Path) -> None:
    """OpenBLAS would end the process with status 1, interrupt it (130), or wait forever."""
    assert_a_message(run(name, folder, f"ulimit -v {megabytes << 10}"))


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="platform: no /dev/full on this system")
@pytest.mark.sampled(2)
@pytest.mark.parametrize(("name", "status"), [("error", 2), ("json", 0), ("help", 0)])
def test_messages_that_cannot_be_written(name: str, status: int, folder: Path) -> None:
    """The exit status is the same without them."""
    with open("/dev/full", "w") as full:
        assert run(name, folder, capture_output=False, stdout=subprocess.DEVNULL, stderr=full).returncode == status
        assert run(name, folder, capture_output=False, stdout=full, stderr=full).returncode == 2


@pytest.mark.sampled(2)
@pytest.mark.parametrize("name", ["help", "table", "json", "map"])
def test_closed_output(name: str, folder: Path) -> None:
    result = run(name, folder, "exec >&-")
    assert (result.returncode, "standard output is closed" in result.stderr) == (2, True)


@pytest.mark.parametrize("closed", [1, 2])
def test_a_closed_stream_is_not_the_result(closed: int, folder: Path) -> None:
    """What libraries and compilers write to standard error does not get into a file that is opened later."""
    code = f"""
import os, sys
from graphdiff.batch import atomic
replace = os.replace
def write_and_replace(*paths):
    os.system("echo message >&{closed}")
    replace(*paths)
atomic.os.replace = write_and_replace
from graphdiff.__main__ import main
main({COMMANDS["map"]!r} + ["-o", "out.csv"])
"""
    result = in_shell(f"exec {closed}>&-", [sys.executable, "-c", code], cwd=folder)
    assert result.returncode == 0
    assert b"message" not in (folder / "out.csv").read_bytes()


@pytest.mark.sampled(2)
@pytest.mark.parametrize("words", [COMMANDS["json"], COMMANDS["help"], ["ops"]])
def test_a_pipe_that_nobody_reads(words: list[str]) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    result = subprocess.run([*GRAPHDIFF, *words], stdout=write_end, stderr=subprocess.PIPE, check=False)
    os.close(write_end)
    assert (result.returncode, result.stderr) == (-signal.SIGPIPE, b"")


def test_a_compiler_that_does_not_read(tmp_path: Path) -> None:
    """The signal of a pipe to another program does not end this one."""
    (tmp_path / "node").write_text("#!/bin/sh\nexec 0<&-\nexit 7\n")
    (tmp_path / "node").chmod(0o755)
    terms = "+".join(f"sin(x*{number})" for number in range(1500))
    result = subprocess.run(
        [*GRAPHDIFF, "check", "-", "--at", "x=1", "--target", "javascript", "--limit", "1"],
        input=terms,
        text=True,
        capture_output=True,
        check=False,
        env={**os.environ, "PATH": os.pathsep.join([str(tmp_path), os.environ["PATH"]])},
    )
    assert result.returncode == 2, result
    assert result.stderr.startswith("error: ")


def test_a_bug() -> None:
    """It has a traceback, for the report, and an exit status of its own."""
    result = subprocess.run([sys.executable, "-c", BUG, "eval", "1"], capture_output=True, text=True, check=False)
    assert result.returncode == 70
    assert result.stderr.startswith("Traceback")


def test_a_completion_that_does_not_exist() -> None:
    result = subprocess.run(GRAPHDIFF, env={**os.environ, "_GRAPHDIFF_COMPLETE": "nonsense"}, check=False)
    assert result.returncode == 2


@pytest.mark.skipif(sys.platform != "linux", reason="platform: no such limit on this system")
@pytest.mark.parametrize(("setting", "status"), [(":", 70), ("ulimit -v 4000000", 2)])
def test_a_module_that_python_cannot_compile(setting: str, status: int, tmp_path: Path) -> None:
    """Python reports a syntax error in a sound module where memory is short; otherwise it is a bug."""
    (tmp_path / "damaged.py").write_text("def f(x) -> int\n")
    code = BUG.replace('raise KeyError("a bug")', f"sys.path.insert(0, {str(tmp_path)!r}); import damaged")
    result = in_shell(setting, [sys.executable, "-c", code, "eval", "1"], capture_output=True)
    assert result.returncode == status, result.stderr
