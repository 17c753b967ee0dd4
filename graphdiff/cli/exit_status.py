"""The exit statuses of every command, and what each means."""

from __future__ import annotations

EXIT_CHECK_FAILED = 1
EXIT_WRONG = 2
EXIT_NONFINITE = 3
EXIT_BUG = 70
EXIT_INTERRUPTED = 130

EXIT_STATUSES = {
    0: "done",
    EXIT_CHECK_FAILED: "a check failed, or an answer is wrong",
    EXIT_WRONG: "the command line, the expression or a value is wrong",
    EXIT_NONFINITE: "a number is not finite",
    EXIT_BUG: "a bug in graphdiff",
    EXIT_INTERRUPTED: "interrupted by Ctrl-C",
}
