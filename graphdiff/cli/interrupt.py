"""Ctrl-C, even during one long call into a library, which Python's own handler would wait for."""

from __future__ import annotations

import os
import signal
from _thread import start_new_thread
from types import FrameType
from typing import NoReturn

from graphdiff.cli.exit_status import EXIT_INTERRUPTED

GRACE = 1.0
"""Seconds that the main thread has to react."""


def handle_interrupts() -> None:
    """Make Ctrl-C raise KeyboardInterrupt and, if the main thread is too busy to raise it (say, multiplying two large
    matrices), end the process.

    A handler that the caller has set, as nohup does, is kept; systems other than POSIX keep Python's own handler.
    """
    handler = signal.getsignal(signal.SIGINT)
    if handler is signal.SIG_DFL:  # set by graphdiff/__main__.py during imports
        handler = signal.default_int_handler
        signal.signal(signal.SIGINT, handler)
    if os.name != "posix" or handler is not signal.default_int_handler:
        return
    handled: list[int] = []

    def interrupt(number: int, frame: FrameType | None) -> NoReturn:
        handled.append(number)
        raise KeyboardInterrupt

    try:
        read_end, write_end = os.pipe()
        start_new_thread(_watch, (read_end, handled))
    except (OSError, RuntimeError):  # the limits on files and threads leave none for this
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # it would send SIGINT to this process
        return
    os.set_blocking(write_end, False)
    signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
    signal.signal(signal.SIGINT, interrupt)


def _watch(read_end: int, handled: list[int]) -> None:
    """Read the numbers of signals, which arrive here even while the main thread is busy."""
    from time import sleep

    while signal.SIGINT not in os.read(read_end, 1):
        pass
    sleep(GRACE)
    if not handled:
        from graphdiff.batch.atomic import remove_unfinished

        remove_unfinished()
        os._exit(EXIT_INTERRUPTED)
