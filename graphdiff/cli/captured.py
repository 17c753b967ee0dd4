"""Run a command line in this process, and return what it writes."""

from __future__ import annotations

import io
import sys
import traceback
from collections.abc import Callable, Sequence

from graphdiff.cli.exit_status import EXIT_BUG, EXIT_WRONG
from graphdiff.cli.failures import failure_of
from graphdiff.cli.main import run
from graphdiff.cli.output import Messages
from graphdiff.errors import GraphdiffError
from graphdiff.live.session import Reply


def run_captured(words: Sequence[str], run: Callable[[Sequence[str]], int] = run) -> Reply:
    """Run a command line whose standard input is empty. Both streams are UTF-8, and no terminals."""
    streams = sys.stdin, sys.stdout, sys.stderr
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="") for _ in range(2))
    sys.stdin, sys.stdout, sys.stderr = io.TextIOWrapper(io.BytesIO(), "utf-8"), out, err
    try:
        status = _status(words, run)
        return Reply(status, _text(out), _text(err))
    finally:
        sys.stdin, sys.stdout, sys.stderr = streams


def _status(words: Sequence[str], run: Callable[[Sequence[str]], int]) -> int:
    try:
        return run(words)
    except Exception as error:
        failure = error if isinstance(error, GraphdiffError) else failure_of(error)
        if failure is None:
            traceback.print_exc()
            return EXIT_BUG
        Messages(words).fail(failure)
        return EXIT_WRONG
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode("utf-8", "replace")
