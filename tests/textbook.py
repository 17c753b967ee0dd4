"""List the formulas of which the printed derivative is longer than a person's, or wrong in another way:

python tests/textbook.py [--all]

With --all, list all formulas. With --orders, print the length and the time of derivatives of order 12 beside SymPy's.
With --page, measure those of formulas.tsv beside SymPy and write docs/explanation/derivatives.md; that takes some
minutes.
"""

from __future__ import annotations

import argparse
import platform
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from statistics import median
from typing import NamedTuple

import sympy

from graphdiff.errors import GraphdiffError
from support.textbook.comparison import ROUNDS, Measurement, measure_graphdiff, measure_sympy
from support.textbook.corpus import ALL_ROWS, ROWS, Row
from support.textbook.cost import cost
from support.textbook.high_orders import HIGH_ORDERS
from support.textbook.printed import is_longer, judge

PAGE = Path(__file__).parent.parent / "docs" / "explanation" / "derivatives.md"
LONGEST = 60
"""Characters of SymPy's text in the table of those that cannot be used."""


class Comparison(NamedTuple):
    """A row with both measurements, and a second one of graphdiff's time."""

    row: Row
    ours: Measurement
    sympys: Measurement
    again: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true", help="list all formulas")
    parser.add_argument("--orders", action="store_true", help="print the table of derivatives of order 12")
    parser.add_argument("--page", action="store_true", help="write the page of the documentation")
    arguments = parser.parse_args()
    if arguments.page:
        write_page()
    elif arguments.orders:
        print("\n".join(high_order_lines()))
    else:
        print_list(arguments.all)


def print_list(lists_all: bool) -> None:
    """Print a paragraph for each formula, and how many there are."""
    counts: Counter[str] = Counter()
    for row in ALL_ROWS:
        judgement = judge(row)
        counts.update(judgement.faults or ["as a person writes it"])
        if judgement.faults or lists_all:
            print(f"{row.name}: {', '.join(judgement.faults) or 'as a person writes it'}")
            print(f"  formula  {' '.join(row.command()[1:])}")
            print(f"  person   {row.person}  [{cost(row.person)}]")
            print(f"  printed  {judgement.text}  [{judgement.cost}]".replace("\n", "\n           "), end="\n\n")
    print(f"{len(ALL_ROWS)} formulas; " + "; ".join(f"{fault}: {count}" for fault, count in counts.most_common()))


def write_page() -> None:
    """Measure all rows and write the page."""
    comparisons = [compare(row) for row in ROWS]
    noise = median(abs(each.again / each.ours.milliseconds - 1) for each in comparisons)
    template = Path(__file__).with_suffix(".md").read_text("utf-8")
    text = template.format(
        machine=f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        rows=len(ROWS),
        version=sympy.__version__,
        rounds=ROUNDS,
        noise=f"{noise:.0%}",
        summary="\n".join(summary(comparisons)),
        short=sum(not is_longer(cost(each.ours.text), each.row) for each in comparisons),
        functions=len(HIGH_ORDERS),
        orders="\n".join(high_order_lines()),
        unusable="\n".join(unusable_line(each) for each in comparisons if each.sympys.outcome),
        tables="\n\n".join(section_table(*group) for group in groupby(comparisons, lambda each: each.row.section)),
    )
    PAGE.write_text(text, "utf-8")


def compare(row: Row) -> Comparison:
    return Comparison(row, measure_graphdiff(row), measure_sympy(row), measure_graphdiff(row).milliseconds)


def length(text: str) -> int:
    """Without spaces, but for the breaks between lines, and without comments."""
    return len(re.sub(r"#.*| ", "", text))


def code(text: str) -> str:
    """In a cell of a table."""
    return "`" + text.replace("|", "\\|") + "`"


def line(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def summary(comparisons: Sequence[Comparison]) -> Iterator[str]:
    """A line for each section, and one for all."""
    for section, group in groupby(comparisons, lambda each: each.row.section):
        yield summary_line(section, list(group))
    yield summary_line("all", comparisons)


def summary_line(title: str, comparisons: Sequence[Comparison]) -> str:
    right = [each for each in comparisons if not each.sympys.outcome]
    lengths = [
        median(length(text) for text in texts)
        for texts in zip(*((each.ours.text, each.sympys.text, each.row.person) for each in right), strict=True)
    ]
    times = [median(each.ours.milliseconds for each in right), median(each.sympys.milliseconds for each in right)]
    return line(title, len(comparisons), len(right), *map("{:.0f}".format, lengths), *map("{:.1f}".format, times))


def high_order_lines() -> Iterator[str]:
    yield line("formula", "characters: graphdiff", "SymPy", "ms: graphdiff", "SymPy")
    yield line(*["---"] * 5)
    yield from map(high_order_line, HIGH_ORDERS)


def high_order_line(row: Row) -> str:
    sympys = measure_sympy(row)
    theirs = f"{length(sympys.text):,}", f"{sympys.milliseconds:.0f}"
    try:
        ours = measure_graphdiff(row)
    except GraphdiffError:
        return line(code(row.formula), "refused", theirs[0], "", theirs[1])
    return line(code(row.formula), f"{length(ours.text):,}", theirs[0], f"{ours.milliseconds:.0f}", theirs[1])


def unusable_line(comparison: Comparison) -> str:
    row, outcome, text = comparison.row, comparison.sympys.outcome, comparison.sympys.text
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}…"
    return line(code(row.formula), by(row), f"{outcome}: {code(text)}" if text else outcome)


def by(row: Row) -> str:
    """The input, and how often or in what shape."""
    kind = f"order {row.order}" if row.order > 1 else row.kind.capitalize() if row.kind != "derivative" else ""
    return f"`{row.by}`, {kind}" if kind else f"`{row.by}`"


def section_table(section: str, comparisons: Iterable[Comparison]) -> str:
    """The heading of a section and its table."""
    head = line("formula", "by", "operations: graphdiff", "person", "characters: graphdiff", "SymPy", "ms", "SymPy")
    lines = [f"### {section}", "", head, line(*["---"] * 8)]
    for row, ours, sympys, _ in comparisons:
        theirs = (sympys.outcome, "") if sympys.outcome else (length(sympys.text), f"{sympys.milliseconds:.1f}")
        operations = cost(ours.text), cost(row.person)
        shown = length(ours.text), theirs[0], f"{ours.milliseconds:.1f}", theirs[1]
        lines.append(line(code(row.formula), by(row), *operations, *shown))
    return "\n".join(lines)


if __name__ == "__main__":
    main()
