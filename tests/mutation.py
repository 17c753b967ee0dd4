"""Write docs/explanation/mutation-testing.md, which mutants of the rules and kernels the tests detect:

python tests/mutation.py [--outcomes FILE]

It takes hours. A run that was stopped goes on with the same FILE, which keeps what became of each mutant; remove it
when rules, kernels or tests have changed.

Each mutant runs in a process of its own, forked after all tests have been collected: the tests of the mutated
operations and those of no single operation, until one fails; first those that have found most mutants of the same
function, then of the same file, then the shortest.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import os
import signal
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from _pytest.outcomes import Failed, Skipped
from _pytest.runner import runtestprotocol
from _pytest.warnings import catch_warnings_for_item

from graphdiff.algebra.patterns import Pattern
from graphdiff.graph.function import Function
from graphdiff.operations.primitive import Primitive
from support.mutants import DERIVATIVES, KINKS, VALUES, Mutant, equivalents, every_mutant, targets
from support.mutants import mutants as all_of

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "explanation" / "mutation-testing.md"
SUITE = (
    "operations",
    "test_accuracy.py",
    "targets/test_special.py::test_on_floats",
    "targets/test_special.py::test_on_arrays",
    "targets/test_special.py::test_on_columns",
    "targets/test_special.py::test_digamma_beside_its_zero",
    "targets/test_special.py::test_an_order_is_a_whole_number",
    "algebra/test_fuse_patterns.py",
    "passes/test_complements.py",
    "passes/test_arrays.py",
)
"""The tests that guard rules and kernels, in the order that they run in; more would find no other mutants."""
CHECK = ("checking/test_operations.py",)
"""The tests that `graphdiff check` agrees with each operation."""
OWN, OTHERS = "own", "others"
COMPARISONS = (AssertionError.__name__, Failed.__name__)
"""The exceptions of tests themselves."""
SECONDS = 300
"""For one mutant: one that takes longer counts as found, since the tests would hang."""
LABELS = {
    "derivatives": (DERIVATIVES,),
    "values": (VALUES,),
    "kinks, reflections": (KINKS,),
    "all": (DERIVATIVES, VALUES, KINKS),
}
"""The rows of the table: what is told of which purposes."""


class Outcome(NamedTuple):
    """What became of a mutant: the test that found it, if one did, whether that is OWN or of OTHERS, and the
    exception by which it did."""

    mutant: Mutant
    test: str = ""
    whose: str = ""
    exception: str = ""


def operations_of(item: pytest.Item) -> frozenset[str]:
    """The names of the operations that a test is run for: those of its parameters, and of its mark."""
    names = {name for mark in item.iter_markers("operations") for name in mark.args}
    given = getattr(item, "callspec", None)
    for value in given.params.values() if given else ():
        if isinstance(value, (Primitive, Function)):
            names.add(value.name)
        if isinstance(value, Pattern):
            names.update(node.operation.name for node in value.replacement.nodes if node.operation is not None)
    return frozenset(names)


def guards_of(items: Sequence[pytest.Item], mutant: Mutant) -> Iterator[tuple[pytest.Item, str]]:
    """The tests of the mutant's operations, and those that are not of any single operation."""
    for item in items:
        names = operations_of(item)
        if names & mutant.target.users or not names:
            yield item, OWN if names else OTHERS


def run_test(item: pytest.Item) -> Sequence[pytest.TestReport]:
    """The reports of a test, with the filters of warnings that it is marked with."""
    with catch_warnings_for_item(item.config, item.ihook, "runtest", item):
        return runtestprotocol(item, log=False)


def outcome(mutant: Mutant, items: Sequence[pytest.Item]) -> Outcome:
    """Runs the tests on a mutant in a fork of this process, in this order, until one fails."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        signal.alarm(SECONDS)
        with mutant.alive(), os.fdopen(writer, "w", encoding="utf-8") as pipe:
            for item, whose in guards_of(items, mutant):
                failed = [report for report in run_test(item) if report.failed]
                if failed:
                    pipe.write(f"{item.nodeid}\n{whose}\n{failed[0].longrepr}")
                    break
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as pipe:
        text = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return Outcome(mutant, "no test", OTHERS, signal.Signals(os.WTERMSIG(status)).name)
    return Outcome(mutant, *text.split("\n")) if text else Outcome(mutant)


def seconds_of(items: Sequence[pytest.Item]) -> dict[str, float]:
    """How long each test takes without any change, in a fork of this process: filled caches would hide mutants."""
    reader, writer = os.pipe()
    if not os.fork():
        seconds: dict[str, float] = {}
        for item in items:
            begun = time.perf_counter()
            passes = not any(report.failed for report in run_test(item))
            seconds[item.nodeid] = time.perf_counter() - begun if passes else math.nan
        with os.fdopen(writer, "w", encoding="utf-8") as pipe:
            json.dump(seconds, pipe)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as pipe:
        known: dict[str, float] = json.load(pipe)
    os.wait()
    failures = [test for test, duration in known.items() if math.isnan(duration)]
    assert not failures, f"without any change these fail: {failures}"
    return known


class Log:
    """What became of mutants, a line each in a file, if there is one, so that a run that was stopped can go on."""

    def __init__(self, path: Path | None, suffix: str) -> None:
        """The suffix tells the tests."""
        self._path = path and path.with_name(path.name + suffix)
        lines = self._path.read_text("utf-8").splitlines() if self._path and self._path.exists() else []
        self._known = {name: rest for name, *rest in map(json.loads, lines)}

    def outcome(self, mutant: Mutant) -> Outcome | None:
        """What became of a mutant, if it is known."""
        return Outcome(mutant, *self._known[mutant.name]) if mutant.name in self._known else None

    def add(self, outcome: Outcome) -> None:
        """Keep what became of a mutant."""
        if self._path and outcome.mutant.name not in self._known:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps([outcome.mutant.name, *outcome[1:]]) + "\n")


class Mutation:
    """A plugin of pytest that runs the collected tests on mutants."""

    def __init__(self, mutants: Iterable[Mutant], log: Log) -> None:
        self.mutants = mutants
        self.log = log
        self.outcomes: list[Outcome] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport:
        """Whether the test failed, and by which exception; to tell where would take most of the time."""
        error = call.excinfo
        when: Any = call.when
        is_good = error is None or isinstance(error.value, Skipped)
        exception = None if error is None else error.typename
        return pytest.TestReport(item.nodeid, item.location, {}, "passed" if is_good else "failed", exception, when)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        gc.freeze()  # so that the forks share their memory
        seconds = seconds_of(session.items)
        by_function: defaultdict[str, Counter[str]] = defaultdict(Counter)
        by_file: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for mutant in self.mutants:
            counters = by_function[mutant.target.name], by_file[mutant.code.co_filename]
            items = sorted(
                session.items, key=lambda item: (*(-each[item.nodeid] for each in counters), seconds[item.nodeid])
            )
            result = self.log.outcome(mutant) or outcome(mutant, items)
            self.log.add(result)
            self.outcomes.append(result)
            for each in counters:
                each[result.test] += 1
            print(".", end="" if len(self.outcomes) % 100 else "\n", flush=True)
        return True


def outcomes(mutants: Iterable[Mutant], tests: Sequence[str], log: Log) -> list[Outcome]:
    """What becomes of mutants under the tests of these files and folders."""
    plugin = Mutation(mutants, log)
    words = ["-n", "0", "-q", "--ignore", str(TESTS / "operations" / "test_mutants.py")]
    pytest.main([*words, *(str(TESTS / name) for name in tests)], plugins=[plugin])
    return plugin.outcomes


def is_error(found: Outcome) -> bool:
    """Whether the mutant stops by itself, so that a test needs to compare nothing."""
    return bool(found.test) and found.exception not in COMPARISONS


def row(label: str, found: Sequence[Outcome], same: int) -> str:
    """A row of the table: how many mutants there are, and what became of them."""
    survivors = sum(not each.test for each in found)
    counts = [len(found) + same, *(sum(each.whose == whose for each in found) for whose in (OWN, OTHERS))]
    return f"| {label} | {' | '.join(map(str, [*counts, same, survivors]))} |"


def write_page(log: Path | None) -> None:
    """Run the tests on all mutants and write the page."""
    same, mutants = equivalents(), every_mutant()
    of_suite = outcomes(mutants, SUITE, Log(log, ".suite"))
    everything = [mutant for target in targets() for mutant in all_of(target)]
    purposes = {mutant.name: mutant.target.purpose for mutant in everything}
    files = Counter(Path(mutant.target.function.__code__.co_filename).name for mutant in everything)
    table = [
        row(
            label,
            [each for each in of_suite if each.mutant.target.purpose in chosen],
            sum(purposes[name] in chosen for name in same),
        )
        for label, chosen in LABELS.items()
    ]
    of_check = outcomes(
        (mutant for mutant in mutants if mutant.target.purpose == DERIVATIVES), CHECK, Log(log, ".check")
    )
    unseen = Counter(each.mutant.target.name for each in of_check if not each.test)
    reasons = [
        f"- {reason[:-1]}: {sum(each == reason for each in same.values())}" for reason in dict.fromkeys(same.values())
    ]
    text = (
        TESTS.joinpath("mutation.md")
        .read_text("utf-8")
        .format(
            changed=len(of_suite),
            found=sum(bool(each.test) for each in of_suite),
            errors=sum(is_error(each) for each in of_suite),
            table="\n".join(table),
            files="\n".join(f"- `{name}`: {count}" for name, count in sorted(files.items())),
            reasons="\n".join(reasons),
            survivors="\n".join(f"- `{each.mutant.name}`" for each in of_suite if not each.test) or "None.",
            check_all=len(of_check),
            check_error=sum(map(is_error, of_check)),
            check_differs=sum(bool(each.test) and not is_error(each) for each in of_check),
            unseen="\n".join(f"- `{name}`: {count}" for name, count in unseen.most_common()),
        )
    )
    PAGE.write_text(text, "utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--outcomes", type=Path, metavar="FILE", help="keeps what became of each mutant")
    write_page(parser.parse_args().outcomes)
