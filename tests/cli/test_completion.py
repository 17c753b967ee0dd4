"""Completion of the names of inputs, by bash itself and as the other shells ask."""

from __future__ import annotations

import os
import re
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(sys.executable).parent / "graphdiff"
SCRIPT = """
compopt() { :; }
eval "$(_GRAPHDIFF_COMPLETE=bash_source "$PROGRAM")"
while IFS= read -r COMP_LINE; do
    COMP_POINT=${#COMP_LINE}
    _graphdiff_completion "$PROGRAM"
    echo "${COMPREPLY[*]}"
done
"""
LINES = {
    "graphdiff ev": "eval",
    "graphdiff eval 'x*yy + z' --at ": "x= yy= z=",
    "graphdiff eval 'x*yy + z' --at y": "yy=",
    "graphdiff eval 'x*yy + z' --at x=1,": "1,yy= 1,z=",
    "graphdiff eval 'x*yy + z' --at x=1,v=[1,2],y": "[1,2],yy=",
    "graphdiff 'x*yy + z' --at x=1 --at ": "yy= z=",
    "graphdiff eval 'x*yy' --at=x=2,": "2,yy=",
    "graphdiff eval 'x*y' --at x=": "",
    "graphdiff diff '-x*y' --wrt ": "x y",
    "graphdiff diff 'x*y' --wrt x,": "x,y",
    "graphdiff eval -f examples/neuron.gd --at w": "w0= w1= w2=",
    "graphdiff eval '`My Col`*y' --at ": "`My Col`= y=",
    "graphdiff eval 'x*(' --at ": "",
    "graphdiff eval --at ": "",
    "graphdiff eval 'x*y' --form": "--format",
}


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bash") is None, reason="platform: bash is missing")
def test_bash() -> None:
    environment = {**os.environ, "PROGRAM": str(PROGRAM)}
    lines = "".join(f"{line}\n" for line in LINES)
    root = Path(__file__).parent.parent.parent
    run = subprocess.run(
        ["bash", "-c", SCRIPT], input=lines, env=environment, cwd=root, capture_output=True, text=True, check=True
    )
    assert dict(zip(LINES, run.stdout.splitlines(), strict=True)) == LINES
    assert run.stderr == ""


@pytest.mark.parametrize(("shell", "output"), [("zsh", "plain\nyy=\n_\n"), ("fish", "plain,yy=\n")])
def test_other_shells(shell: str, output: str) -> None:
    words = "graphdiff eval 'x*yy' --at "
    variables = (
        {"COMP_WORDS": f"{words} y", "COMP_CWORD": "4"} if shell == "zsh" else {"COMP_WORDS": words, "COMP_CWORD": "y"}
    )
    environment = {**os.environ, **variables, "_GRAPHDIFF_COMPLETE": f"{shell}_complete"}
    run = subprocess.run([str(PROGRAM)], env=environment, capture_output=True, text=True)
    assert (run.stdout, run.stderr) == (output, "")


TABS = {
    "graphdiff ev": ["graphdiff", "eval"],
    "graphdiff eval 'x*yy' --at y": ["graphdiff", "eval", "x*yy", "--at", "yy=1"],
    "graphdiff eval 'x*yy' --at x=1,": ["graphdiff", "eval", "x*yy", "--at", "x=1,yy=1"],
    "graphdiff eval 'x*yy' --at=x=1,": ["graphdiff", "eval", "x*yy", "--at=x=1,yy=1"],
    "graphdiff 'x*yy' --at x=1 --at ": ["graphdiff", "x*yy", "--at", "x=1", "--at", "yy=1"],
    "graphdiff diff '-x*yy' --wrt x,": ["graphdiff", "diff", "-x*yy", "--wrt", "x,yy"],
    "graphdiff eval 'x*yy' --form": ["graphdiff", "eval", "x*yy", "--format"],
}
"""What is typed before Tab, and the words of the line after it; a 1 is typed at once after x=."""
SHELLS = {
    "zsh": ("-fio emacs", 'autoload -Uz compinit; compinit -u -D; eval "$(_GRAPHDIFF_COMPLETE=zsh_source graphdiff)"'),
    "fish": ("--no-config -i", "_GRAPHDIFF_COMPLETE=fish_source graphdiff | source"),
}
"""Options of each shell, and what sets completion up."""


@pytest.mark.slow
@pytest.mark.parametrize("shell", SHELLS)
def test_tab_in_a_shell(shell: str, tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"needs {shell} (Debian: {shell})")
    options, setup = SHELLS[shell]
    path = f"{PROGRAM.parent}{os.pathsep}{os.environ['PATH']}"
    environment = {"PATH": path, "HOME": str(tmp_path), "TERM": "xterm", "LANG": "C.UTF-8"}
    with Terminal([shell, *options.split()], environment) as terminal:
        terminal.ask(f"{setup}; printf '<%s>' SET UP", "<SET><UP>")
        for line, words in TABS.items():
            more = "1" if words[-1].endswith("=1") else ""
            answer = "".join(f"<{word}>" for word in [*words, "END"])
            terminal.ask(f"{line}\t{more}\x01printf '<%s>' \x05 END", answer)


class Terminal:
    """A program in a terminal of its own, to which keys are sent."""

    def __init__(self, words: list[str], environment: dict[str, str]) -> None:
        import pty

        self.process, self.end = pty.fork()
        if self.process == 0:
            os.execvpe(words[0], words, environment)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        os.close(self.end)

    def ask(self, keys: str, answer: str) -> None:
        """Press keys and Enter, and wait for what is printed, without control sequences."""
        os.write(self.end, f"{keys}\r".encode())
        shown = ""
        while answer not in shown:
            ready, _, _ = select.select([self.end], [], [], 60)
            assert ready, f"no {answer} in {shown[-2000:]!r}"
            shown += re.sub(
                r"\x1b\[[\d;?]*[A-Za-z]|\x1b\][^\x07]*\x07", "", os.read(self.end, 65536).decode("utf-8", "replace")
            )
