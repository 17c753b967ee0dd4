"""The command graphdiff, and python -m graphdiff."""

import signal

if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C during imports ends the process without a traceback

from graphdiff.cli.main import main

if __name__ == "__main__":
    main()
