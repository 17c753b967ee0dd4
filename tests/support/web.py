"""The page of web/ in a browser, driven by puppeteer from Node."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "web" / "dist" / "graphdiff.html"
PROGRAMS = {"chromium": "chromium", "firefox": "firefox-esr"}


class Visit(NamedTuple):
    """What a browser showed after each step, how long each took, opening the page first, and what it logged."""

    seen: list[Any]
    times: list[int]
    messages: list[str]
    requests: list[str]


def visit(browser: str, *steps: dict[str, Any]) -> Visit:
    """Open the page in a browser without a network, and take steps there, as tests/web/visit.mjs describes them."""
    program, node = shutil.which(PROGRAMS[browser]), shutil.which("node")
    if program is None or node is None:
        pytest.skip(f"needs node and {PROGRAMS[browser]} (Debian: nodejs, {PROGRAMS[browser]})")
    if not PAGE.exists():
        pytest.skip("needs the page: python web/build.py")
    command = [node, str(ROOT / "tests" / "web" / "visit.mjs"), browser, program, PAGE.as_uri()]
    done = subprocess.run(command, input=json.dumps(steps), capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr[-2000:]
    return Visit(**json.loads(done.stdout))
