"""Compilers, interpreters and compiled programs, run as separate processes."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from subprocess import PIPE

from graphdiff.errors import GraphdiffError, shorten

LONGEST_RUN = 60
"""Seconds that a compiler or a program may take."""


def output_of(command: Sequence[str], program_input: str = "") -> str:
    """The output of a program. If it takes too long, and on Ctrl-C, it is killed with all processes it has started.

    Raises GraphdiffError: "usage" if it cannot be run, "value" if it fails, "limit" if it takes too long.
    """
    try:
        with subprocess.Popen(
            command, stdin=PIPE, stdout=PIPE, stderr=PIPE, encoding="utf-8", errors="replace", process_group=0
        ) as process:
            try:
                output, errors = process.communicate(program_input, LONGEST_RUN)
            except BaseException:
                if os.name == "posix":
                    with suppress(ProcessLookupError):  # it has ended by itself
                        os.killpg(process.pid, signal.SIGKILL)
                else:
                    process.kill()
                raise
    except subprocess.TimeoutExpired:
        raise GraphdiffError("limit", f"{Path(command[0]).name} took more than {LONGEST_RUN} seconds") from None
    except OSError as error:
        raise GraphdiffError("usage", f"cannot run {shorten(command[0])}: {error.strerror or error}") from None
    if process.returncode:
        lines = errors.strip().splitlines() or ["no message"]
        reason = next((line for line in lines if "error" in line.lower()), lines[0])
        raise GraphdiffError("value", f"{Path(command[0]).name} failed: {shorten(reason, 200)}")
    return output
