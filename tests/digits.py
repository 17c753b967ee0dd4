"""Judge the numbers of random formulas, half of which are built to lose digits, to overflow or to sit on kinks:

python tests/digits.py --count 10000 --seed 1 --processes 2

The judge works in as many digits as it needs to be certain, by arithmetic and derivatives of its own. Each failure is a
line with the formula and the point. The same seed gives the same formulas everywhere. The exit status is 1 if a number
is wrong in silence, if what is said of a number is wrong, or if more than 1 in 100 right numbers are listed as wrong.

Where gmpy2 is installed, mpmath uses it: the judge then takes a third of the time.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from support.digits.second_verdict import judge_second_derivatives
from support.digits.verdict import Verdicts, judge_cases

PIECE = 500
"""How many formulas a process judges at a time."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000, help="how many formulas")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="the number of the first formula")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--second", action="store_true", help="judge a second derivative of each formula")
    parser.add_argument("--undecided", action="store_true", help="list the numbers that the judge could not decide")
    parser.add_argument("--total", type=Path, help="a file that always has the counts so far")
    asked = parser.parse_args()
    pieces = [
        (asked.seed, first, min(first + PIECE, asked.first + asked.count))
        for first in range(asked.first, asked.first + asked.count, PIECE)
    ]
    total = Verdicts()
    judge = judge_second_derivatives if asked.second else judge_cases
    with ProcessPoolExecutor(asked.processes) as processes:
        for (seed, _, end), verdicts in zip(pieces, processes.map(judge, *zip(*pieces, strict=True)), strict=True):
            total.merge(verdicts)
            for line in verdicts.failures + (verdicts.undecided if asked.undecided else []):
                print(line, flush=True)
            summary = "\n".join([f"seed {seed}, formulas {asked.first} to {end - 1}", *lines_of(total)])
            if asked.total:
                asked.total.write_text(summary + "\n", "utf-8")
    print(summary)
    return int(not total.passed)


def lines_of(total: Verdicts) -> Iterator[str]:
    """The counts and the time, a line each."""
    yield from (f"{count:12,}  {kind}" for kind, count in sorted(total.counts.items()))
    yield from (f"{seconds:12,.1f}  s of CPU: {what}" for what, seconds in total.seconds.items())


if __name__ == "__main__":
    sys.exit(main())
