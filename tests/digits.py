"""Judge the numbers of random formulas, half of which are built to lose digits, to overflow or to sit on kinks:

python tests/digits.py --count 10000 --seed 1 --processes 2

The judge works in as many digits as it needs to be certain, by arithmetic and derivatives of its own. Each failure is a
line with the formula and the point. The same seed gives the same formulas everywhere. The exit status is 1 if a number
is wrong in silence, if what is said of a number is wrong, or if more than 1 in 100 right numbers are listed as wrong.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor

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
    asked = parser.parse_args()
    pieces = [
        (asked.seed, first, min(first + PIECE, asked.first + asked.count))
        for first in range(asked.first, asked.first + asked.count, PIECE)
    ]
    total = Verdicts()
    with ProcessPoolExecutor(asked.processes) as processes:
        for piece in processes.map(
            judge_second_derivatives if asked.second else judge_cases, *zip(*pieces, strict=True)
        ):
            total.merge(piece)
            for line in piece.failures + (piece.undecided if asked.undecided else []):
                print(line, flush=True)
    print(f"seed {asked.seed}, formulas {asked.first} to {asked.first + asked.count - 1}")
    for kind, count in sorted(total.counts.items()):
        print(f"{count:12,}  {kind}")
    for what, seconds in total.seconds.items():
        print(f"{seconds:12,.1f}  s of CPU: {what}")
    return int(not total.passed)


if __name__ == "__main__":
    sys.exit(main())
