"""Compare the code of random programs with traces, in each language, and report where it differs:

python tests/random_code.py python,numpy,c,javascript --count 10000 --seed 0
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from resource import RUSAGE_CHILDREN, getrusage
from time import process_time

from support.code_runs import LANGUAGES, run_cases
from support.random_code import Case, Numbers, Tally, expected, random_case

GRAPH = "the graph"
"""What code is generated from, evaluated without code."""


def main() -> int:
    parser = argparse.ArgumentParser(description="Compare the code of random programs with traces.")
    parser.add_argument("languages", help=f"names with commas between them: {', '.join(LANGUAGES)}")
    parser.add_argument("--count", type=int, default=1000, help="how many programs")
    parser.add_argument("--seed", type=int, default=0, help="the seed of the first; each other has the next")
    parser.add_argument("--batch", type=int, default=100, help="how many programs are compiled together")
    options = parser.parse_args()
    names = options.languages.split(",")
    tallies = {name: Tally() for name in (GRAPH, *names)}
    seconds = dict.fromkeys(tallies, 0.0)
    end = options.seed + options.count
    for start in range(options.seed, end, options.batch):
        try:
            _compare_batch(range(start, min(start + options.batch, end)), tallies, seconds)
        except KeyboardInterrupt:
            break
        print(f"{start + options.batch - options.seed:,} programs", end="\r", file=sys.stderr)
    for name, tally in tallies.items():
        print(f"{name}: {tally}; {seconds[name]:.0f} s")
        for message, count in tally.inexpressible.most_common(8):
            print(f"    {count} × {message}")
    return 1 if any(tally.differences for tally in tallies.values()) else 0


def _compare_batch(seeds: Sequence[int], tallies: dict[str, Tally], seconds: dict[str, float]) -> None:
    since = _seconds()
    cases: list[Case] = []
    wanted = []
    for seed in seeds:
        try:
            case = random_case(seed)
            wanted.append(expected(case))
        except Exception as error:
            _report(tallies[GRAPH], f"{seed}: {type(error).__name__}: {error}")
            continue
        cases.append(case)
        numbers, bounds, of_graph = wanted[-1]
        _compare(tallies[GRAPH], case, of_graph, numbers, bounds)
    seconds[GRAPH] += _seconds() - since
    for name in [each for each in tallies if each != GRAPH]:
        since = _seconds()
        try:
            results = run_cases(name, cases, tallies[name])
        except Exception as error:
            _report(tallies[name], f"{name}: {type(error).__name__}: {error}")
            continue
        for place, actual in results.items():
            _compare(tallies[name], cases[place], actual, *wanted[place][:2])
        seconds[name] += _seconds() - since


def _report(tally: Tally, text: str) -> None:
    tally.differences.append(text)
    print(f"--- {text}", flush=True)


def _compare(tally: Tally, case: Case, actual: Numbers, numbers: Numbers, bounds: Numbers) -> None:
    before = len(tally.differences)
    tally.compare(case, actual, numbers, bounds)
    for each in tally.differences[before:]:
        print(f"--- {each}", flush=True)


def _seconds() -> float:
    """The CPU time of this process and of those that it has run."""
    children = getrusage(RUSAGE_CHILDREN)
    return process_time() + children.ru_utime + children.ru_stime


if __name__ == "__main__":
    sys.exit(main())
