"""Compare the code of random programs with traces, in each language, and report where it differs:

python tests/random_code.py python,numpy,c,javascript --count 10000 --seed 0
"""

from __future__ import annotations

import argparse
import sys
from resource import RUSAGE_CHILDREN, getrusage
from time import process_time

from support.code_runs import LANGUAGES, run_cases
from support.random_code import Case, Numbers, Tally, expected, random_case


def main() -> int:
    parser = argparse.ArgumentParser(description="Compare the code of random programs with traces.")
    parser.add_argument("languages", help=f"names with commas between them: {', '.join(LANGUAGES)}")
    parser.add_argument("--count", type=int, default=1000, help="how many programs")
    parser.add_argument("--seed", type=int, default=0, help="the seed of the first; each other has the next")
    parser.add_argument("--batch", type=int, default=100, help="how many programs are compiled together")
    options = parser.parse_args()
    names = options.languages.split(",")
    tallies = {name: Tally() for name in ("the graph", *names)}
    seconds = dict.fromkeys(tallies, 0.0)
    for start in range(options.seed, options.seed + options.count, options.batch):
        since = _seconds()
        cases = [random_case(seed) for seed in range(start, min(start + options.batch, options.seed + options.count))]
        wanted = [expected(case) for case in cases]
        for case, (numbers, bounds, of_graph) in zip(cases, wanted, strict=True):
            _compare(tallies["the graph"], case, of_graph, numbers, bounds)
        seconds["the graph"] += _seconds() - since
        for name in names:
            since = _seconds()
            try:
                results = run_cases(name, cases, tallies[name])
            except Exception as error:
                print(f"--- {name}, {start}: {type(error).__name__}: {error}", flush=True)
                continue
            for place, actual in results.items():
                _compare(tallies[name], cases[place], actual, *wanted[place][:2])
            seconds[name] += _seconds() - since
    for name, tally in tallies.items():
        print(f"{name}: {tally}; {seconds[name]:.0f} s")
        for message, count in tally.inexpressible.most_common(8):
            print(f"    {count} × {message}")
    return 1 if any(tally.differences for tally in tallies.values()) else 0


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
