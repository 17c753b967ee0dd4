"""graphdiff as a process: pipes, colours, signals, encodings, completion."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

GRAPHDIFF = [sys.executable, "-m", "graphdiff"]
PRODUCT = ["eval", "(x+y)*z", "--at", "x=-2,y=5,z=-4"]


def run(words: list[str], **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*GRAPHDIFF, *words], capture_output=True, check=False, env={**os.environ, **environment}, timeout=60
    )


def in_terminal(words: list[str], columns: int, **environment: str) -> str:
    """The output of a command in a terminal of this many columns."""
    pty = pytest.importorskip("pty", reason="platform: no pseudo-terminals on this system")
    import fcntl
    import struct
    import termios

    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    variables = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS")}
    process = subprocess.Popen(
        [*GRAPHDIFF, *words], stdout=slave, stderr=slave, env={**variables, "TERM": "xterm-256color", **environment}
    )
    os.close(slave)
    output = b""
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:  # on Linux, this means that the other end is closed
            break
        if not piece:
            break
        output += piece
    os.close(master)
    process.wait(timeout=60)
    return output.decode().replace("\r\n", "\n")


def test_as_a_module() -> None:
    result = run([*PRODUCT, "--json"])
    assert (result.returncode, result.stderr) == (0, b"")
    assert json.loads(result.stdout)["value"] == -12
    assert run(["eval", "("]).returncode == 2
    assert run(["eval", "log(x)", "--at", "x=-1"]).returncode == 3


def test_a_pipe_has_no_colour_and_no_cut_columns() -> None:
    name = "a" * 200
    result = run(["eval", f"{name}*{name}", "--at", f"{name}=2"], COLUMNS="40")
    assert b"\x1b" not in result.stdout
    long = "w" * 36
    result = run(["eval", "*".join(f"{long}{i}" for i in range(3)), "--at", ",".join(f"{long}{i}=2" for i in range(3))])
    assert f"{long}0*{long}1".encode() in result.stdout


@pytest.mark.slow
def test_colour() -> None:
    assert "\x1b[" in in_terminal(PRODUCT, 100)
    assert "\x1b[" not in in_terminal(PRODUCT, 100, NO_COLOR="1").replace("\x1b[1m", "").replace("\x1b[0m", "").replace(
        "\x1b[2m", ""
    )
    assert "\x1b[" not in in_terminal([*PRODUCT, "--color", "never"], 100)
    assert b"\x1b[" in run([*PRODUCT, "--color", "always"]).stdout
    assert b"\x1b[" in run(["eval", "(", "--color", "always"]).stderr
    assert b"\x1b[" not in run(["eval", "("]).stderr


def test_the_neuron_fits_a_terminal() -> None:
    """Lecture system 2 at 80 columns, without wrapping."""
    neuron = ["eval", "1/(1+exp(-(w0*x0+w1*x1+w2)))", "--at", "w0=2,x0=-1,w1=-3,x1=-2,w2=-3", "--color", "never"]
    out = in_terminal(neuron, 80)
    assert max(map(len, out.splitlines())) <= 80
    assert out.split() == run(neuron).stdout.decode().split()


@pytest.mark.slow
def test_a_narrow_terminal_folds_formulas_and_loses_nothing() -> None:
    words = ["eval", "gelu(x)*max(x, y)", "--at", "x=1,y=1", "--color", "never"]
    out = in_terminal(words, 100)
    assert max(map(len, out.splitlines())) <= 100
    assert "tie: all to x" in out
    assert sorted("".join(out.split())) == sorted("".join(run(words).stdout.decode().split()))
    # A window too narrow for the numbers: the terminal wraps the lines, and nothing is cut.
    out = in_terminal(words, 40)
    assert sorted("".join(out.split())) == sorted("".join(run(words).stdout.decode().split()))


@pytest.mark.slow
def test_a_closed_pipe_is_silent() -> None:
    terms = " + ".join(f"x*{i}" for i in range(3000))
    process = subprocess.Popen(
        [*GRAPHDIFF, "eval", "-", "--at", "x=1", "--limit", "0"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin
    assert process.stdout
    assert process.stderr
    process.stdin.write(terms.encode())
    process.stdin.close()
    process.stdout.read(10)
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    process.wait(timeout=60)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="platform: no /dev/full on this system")
@pytest.mark.sampled(2)
@pytest.mark.parametrize("words", [PRODUCT, [*PRODUCT, "--json"], ["ops"]])
def test_output_that_cannot_be_written(words: list[str]) -> None:
    with open("/dev/full", "wb") as full:
        result = subprocess.run([*GRAPHDIFF, *words], stdout=full, stderr=subprocess.PIPE, check=False, text=True)
    assert result.returncode == 2
    assert "cannot write the result: No space left on device" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-"])
def test_closed_streams(closed: str) -> None:
    line = " ".join([sys.executable, "-m", "graphdiff", "eval", "-", "--json", closed])
    result = subprocess.run(["sh", "-c", line], input=b"1 + 1", capture_output=True, check=False)
    assert result.returncode == (0 if closed == "2>&-" else 2)
    assert b"Traceback" not in result.stderr
    assert (b"is closed" in result.stderr) == (closed != "2>&-")


@pytest.mark.slow
def test_interrupt() -> None:
    """Ctrl-C ends it with status 130 and no traceback."""
    process = subprocess.Popen([*GRAPHDIFF, "eval", "-"], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdin
    assert process.stderr
    time.sleep(1.5)  # by then it waits for input; earlier, Python itself may be starting
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130
    assert b"Traceback" not in process.stderr.read()
    process.stdin.close()
    process.stderr.close()


@pytest.mark.slow
def test_encodings(tmp_path: Path) -> None:
    """Data is UTF-8 whatever the terminal's encoding; a table in a limited encoding is degraded, never a traceback."""
    words = ["eval", "σ*√2", "--at", "σ=1"]
    for environment in (
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1"},
        {"LC_ALL": "C", "PYTHONUTF8": "0"},
    ):
        result = run([*words, "--json"], **environment)
        assert result.returncode == 0
        assert json.loads(result.stdout.decode("utf-8"))["gradients"] == {"σ": 1.4142135623730951}
        assert run(words, **environment).returncode == 0
        result = run(["eval", "σ*exo(σ)"], **environment)
        assert result.returncode == 2
        assert b"Traceback" not in result.stderr


@pytest.mark.slow
def test_a_drawing_in_a_poor_encoding() -> None:
    for encoding in ("ascii", "cp1252", "cp437"):
        result = run(["draw", "max(x, y)*x", "--at", "x=2,y=1", "--step", "1"], PYTHONIOENCODING=encoding)
        assert result.returncode == 0
        drawing = result.stdout.partition(b"step 1")[0].decode("ascii")
        assert "?" not in drawing
        assert {"|", "-", "+", "o"} <= set(drawing)
    assert "╭" in run(["draw", "max(x, y)*x"], PYTHONIOENCODING="utf-8").stdout.decode("utf-8")


def test_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "latin.gd"
    path.write_bytes("x = 1\ny = é".encode("latin-1"))
    result = run(["eval", "-f", str(path)])
    assert result.returncode == 2
    assert b"is not UTF-8: byte 0xe9 in line 2" in result.stderr
    result = subprocess.run([*GRAPHDIFF, "eval", b"x + \xff"], capture_output=True, check=False)
    assert result.returncode == 2
    assert b"not valid UTF-8" in result.stderr


@pytest.mark.slow
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(shell: str) -> None:
    result = run([], _GRAPHDIFF_COMPLETE=f"{shell}_source")
    assert b"_GRAPHDIFF_COMPLETE" in result.stdout
    result = run([], _GRAPHDIFF_COMPLETE="bash_complete", COMP_WORDS="graphdiff eval --al", COMP_CWORD="2")
    assert b"--allow-nonfinite" in result.stdout
    result = run([], _GRAPHDIFF_COMPLETE="bash_complete", COMP_WORDS="graphdiff ops sig", COMP_CWORD="2")
    assert b"sigmoid" in result.stdout
    result = run([], _GRAPHDIFF_COMPLETE="bash_complete", COMP_WORDS="graphdiff '(x+y)*z' --al", COMP_CWORD="2")
    assert b"--allow-nonfinite" in result.stdout
    result = run([], _GRAPHDIFF_COMPLETE="bash_complete", COMP_WORDS="graphdiff ev", COMP_CWORD="1")
    assert b"eval" in result.stdout
    result = run([], _GRAPHDIFF_COMPLETE="bash_complete", COMP_WORDS="graphdiff evil --a", COMP_CWORD="2")
    assert (result.returncode, result.stderr) == (0, b"")


@pytest.mark.slow
def test_a_bar_shows_how_far_a_table_is(tmp_path: Path) -> None:
    """It is shown on a terminal, unless the rows are written there too, and is removed at the end."""
    table = tmp_path / "points.csv"
    table.write_text("x\n" + "1\n" * 1000)
    words = ["map", "x", "--data", str(table)]
    out = in_terminal([*words, "-o", str(tmp_path / "out.csv")], 100)
    assert "100%" in out
    assert "\x1b[" not in in_terminal(words, 100)
    assert run([*words, "-o", str(tmp_path / "out.csv")]).stderr == b""
