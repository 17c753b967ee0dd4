"""What tests share: a command line run in this process."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from graphdiff.cli.main import run


class Result(NamedTuple):
    """A command's exit status and what it wrote."""

    status: int
    out: str
    err: str


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs `graphdiff WORDS…`, with standard input given as bytes."""

    def call(*words: str, stdin: bytes = b"") -> Result:
        streams: dict[str, Any] = {
            name: io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for name in ("stdout", "stderr")
        }
        streams["stdin"] = io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
        for name, stream in streams.items():
            monkeypatch.setattr(sys, name, stream)
        status = run(words)
        for name in ("stdout", "stderr"):
            streams[name].flush()
        written = [streams[name].buffer.getvalue().decode() for name in ("stdout", "stderr")]
        return Result(status, *written)

    return call
