"""How many wrong derivatives of gates `graphdiff check` calls right, and how many right ones it calls wrong.

python tests/wrong_derivatives.py [COUNT] [SEED]
"""

from __future__ import annotations

import sys
import time
from collections import Counter

from graphdiff import check
from support.wrong_derivatives import MISTAKES, RIGHT, Case, cases, is_called_right

COUNT = 10_000
SEED = 1


def main(count: int, seed: int) -> int:
    """Print the counts and the CPU time; 1 if a wrong derivative is called right, or a right one wrong."""
    start = time.process_time()
    failures: list[Case] = []
    for case in cases(count, seed, MISTAKES):
        if is_called_right(case):
            failures.append(case)
            print("called right:", case)
    print(f"{len(failures)} of {count:,} wrong derivatives were called right (seed {seed})")
    verdicts: Counter[str] = Counter()
    for case in cases(count // 10, seed, (RIGHT,)):
        for row in check(case.text, x=case.x, allow_nonfinite=True).rows:
            verdicts[row.verdict] += 1
            if row.verdict == "differs":
                failures.append(case)
                print("called wrong:", case)
    print(f"right derivatives: {dict(verdicts)}")
    print(f"{time.process_time() - start:.0f} s of CPU time")
    return bool(failures)


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    sys.exit(main(*numbers, *(COUNT, SEED)[len(numbers) :]))
