"""Completion of the names of inputs, by bash itself and as the other shells ask."""

from __future__ import annotations

import os
import shutil
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
