"""The signals that end a command: Ctrl-C, SIGTERM and SIGHUP, even during one long call into a library, which Python's
own handlers would wait for."""

from __future__ import annotations

import os
import signal
from _thread import start_new_thread
from types import FrameType
from typing import NoReturn

GRACE = 1.0
"""Seconds that the main thread has to react."""
LONGEST_END = 30.0
"""Seconds that it may take to end after SIGTERM or SIGHUP."""


def handle_interrupts() -> None:
    """Make Ctrl-C raise KeyboardInterrupt and make SIGTERM and SIGHUP raise SystemExit, whose code is the signal, so
    that unfinished files are removed. If the main thread is too busy to raise it (say, multiplying two large matrices),
    end the process.

    Handlers that the caller has set, as nohup does, are kept; systems other than POSIX keep Python's own.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:  # set by graphdiff/__main__.py during imports
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if os.name != "posix":
        return
    ending = [number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) is signal.SIG_DFL]
    handled: list[int] = []

    def interrupt(number: int, frame: FrameType | None) -> NoReturn:
        handled.append(number)
        raise KeyboardInterrupt

    def terminate(number: int, frame: FrameType | None) -> NoReturn:
        for each in ending:  # a terminal that is closed may send several
            signal.signal(each, signal.SIG_IGN)
        handled.append(number)
        raise SystemExit(signal.Signals(number))

    for number in ending:
        signal.signal(number, terminate)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, interrupt)
    try:
        read_end, write_end = os.pipe()
        start_new_thread(_watch, (read_end, handled))
    except (OSError, RuntimeError):  # the limits on files and threads leave none for this
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # it would send SIGINT to this process
        return
    os.set_blocking(write_end, False)
    signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)


def _watch(read_end: int, handled: list[int]) -> None:
    """Read the numbers of signals, which arrive here even while the main thread is busy."""
    from time import sleep

    while (number := os.read(read_end, 1)[0]) not in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        pass
    sleep(GRACE)
    if handled:
        if number == signal.SIGINT:  # a pager may have it
            return
        sleep(LONGEST_END)  # it has ended by then, unless a callback of a library has discarded the exception
    from graphdiff.batch.atomic import remove_unfinished

    remove_unfinished()
    os._exit(128 + number)  # what shells report of a process that a signal has ended; 130 for Ctrl-C
