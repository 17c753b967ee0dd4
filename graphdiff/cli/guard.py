"""What surrounds every command, its imports included: the standard streams before it, the exit status after it.

It imports next to nothing that Python itself has not: where memory or file descriptors are short, imports fail.
"""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress

from graphdiff.cli.exit_status import EXIT_BUG, EXIT_INTERRUPTED, EXIT_WRONG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import NoReturn

LAST_WORDS = b"error: not enough memory, or too few file descriptors, to start\n"


def guard(run: Callable[[Sequence[str]], int], words: Sequence[str]) -> NoReturn:
    """Run a command line and end the process with the status that run returns; after an exception, with one that says
    so, never with Python's own 1, which means that a check failed; after a signal other than Ctrl-C, by that signal."""
    ending = None
    try:
        _occupy_closed_streams()
        status = run(words)
    except KeyboardInterrupt:
        status = EXIT_INTERRUPTED
    except BrokenPipeError:
        status = EXIT_WRONG
        ending = "SIGPIPE"
    except SystemExit as end:  # of shell completion, or SIGTERM and SIGHUP
        status = EXIT_WRONG if end.code else 0
        ending = getattr(end.code, "name", None)
    except BaseException as error:
        try:
            status = _report(error, words)
        except BaseException:
            with suppress(OSError):
                os.write(2, LAST_WORDS)
            os._exit(EXIT_WRONG)  # at once: Python's own end needs memory and files too
    if ending is not None:
        _end_by(ending)
    _discard_unwritten()
    gc.freeze()  # or Python would search all objects for unused cycles, for a tenth of a short command's time
    sys.exit(status)


def _occupy_closed_streams() -> None:
    """Open something in the place of standard streams that are closed. Otherwise the next file that is opened, such as
    a result, would be standard output or standard error to libraries and child processes, which write messages there.

    Writing to it fails, as to a closed stream."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_WRONLY if descriptor == 0 else os.O_RDONLY), True)
            if descriptor == 1:
                sys.stdout = open(descriptor, "w", encoding="utf-8", closefd=False)  # noqa: SIM115


def _report(error: BaseException, words: Sequence[str]) -> int:
    """Print an exception that the command did not handle, and return the exit status."""
    from graphdiff.cli.failures import failure_of
    from graphdiff.cli.output import Messages

    failure = failure_of(error)
    if failure is None:
        sys.excepthook(type(error), error, error.__traceback__)
        return EXIT_BUG
    Messages(words).fail(failure)
    return EXIT_WRONG


def _end_by(name: str) -> None:
    """End as other programs do at this signal: SIGPIPE if nobody reads the output any more (| head).

    It is ignored until then, as it also comes from sockets and from programs that were started."""
    import signal

    number = getattr(signal, name, None)
    if number is not None:
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)


def _discard_unwritten() -> None:
    """Discard what could not be written, so that Python does not try it again at exit and change the exit status."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
