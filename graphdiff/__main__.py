"""The command graphdiff, and python -m graphdiff."""

from __future__ import annotations

import gc
import sys

from graphdiff.cli.guard import guard

NEW_OBJECTS = 10_000
"""After how many new objects Python looks for unused cycles. By default it is after 700, though imports and graphs make
many objects, and hardly one that is unused."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn


def main(words: Sequence[str] | None = None) -> NoReturn:
    """Run one command line, by default that of this process, and end the process with one of EXIT_STATUSES."""
    words = sys.argv[1:] if words is None else words
    guard(_run, words)


def _run(words: Sequence[str]) -> int:
    import signal

    gc.set_threshold(NEW_OBJECTS)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C during imports ends the process without a traceback
    from graphdiff.cli.interrupt import handle_interrupts
    from graphdiff.cli.main import as_utf8, run
    from graphdiff.cli.system_limits import handle_system_limits

    handle_system_limits()
    handle_interrupts()
    return run([as_utf8(word) for word in words])


if __name__ == "__main__":
    main()
