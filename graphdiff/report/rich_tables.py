"""The tables of a trace and of a check for a terminal, by Rich. Texts are data and never read as markup."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from io import StringIO
from itertools import accumulate, zip_longest
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.control import strip_control_codes
from rich.segment import Segment
from rich.text import Text

from graphdiff.passes.trace import Trace
from graphdiff.report.lines import wrap_list
from graphdiff.report.numbers import DIGITS, LARGEST_SHOWN
from graphdiff.report.trace_tables import FULL, Room, Section, heading, omission, sections

if TYPE_CHECKING:
    from graphdiff.accuracy.inaccuracy import Inaccuracy
    from graphdiff.checking.check import Check
    from graphdiff.exercises.grade_class import ClassGrade
    from graphdiff.exercises.grade_result import Grade
    from graphdiff.fitting.result import Fit
    from graphdiff.report.operations import Subject

STYLES = {"value": "green", "gradient": "red", "upstream": "red", "downstream": "red", "kink": "yellow"}
"""Values green, gradients red, as on the board."""
GAP = 2
ROOMS = (FULL, Room(LARGEST_SHOWN, 0), Room(12, 0), Room(4, 0), Room(0, 0))
"""Tried in order until the tables fit the window."""
SHORTENED = "arrays are shown as their shapes; a wider window, a pipe or --json shows their entries"
TEXT_WIDTH, PRINTED_ROWS = 120, 30
"""Of text that is not printed by the command line."""
NARROWEST = 12
"""The least width of a folded column; a narrower window wraps the lines itself."""
LEGIBLE = 30
"""The width of a folded column in which most formulas stay on one line."""


def trace_table(
    trace: Trace, expression: str, accuracy: Sequence[Inaccuracy], digits: int, limit: int, jacobian: bool
) -> Iterator[RenderableType]:
    """The output of `eval`."""
    yield _Heading(lambda width: heading(trace, expression, digits, width))
    yield _Tables(trace, digits, limit, jacobian)
    if accuracy or trace.differentiable is not None or trace.uncertainty is not None:
        from graphdiff.report.accuracy import notes  # lazy: most tables have none

        for number, line in enumerate(notes(trace, accuracy)):
            if number == 0:
                yield Text()
            yield Text(line, style="yellow")


def check_table(check: Check, expression: str, digits: int, limit: int) -> Iterator[RenderableType]:
    """The output of `check`."""
    from graphdiff.report.check import check_heading, check_section, summary_lines

    yield _Heading(lambda width: check_heading(check, expression, digits, width))
    yield Text()
    yield SectionTable(check_section(check, digits, limit))
    yield Text()
    for line in summary_lines(check):
        yield Text(line)


def grade_table(result: Grade | ClassGrade, expression: str, digits: int, limit: int) -> Iterator[RenderableType]:
    """The output of `grade`."""
    from graphdiff.report.grade import grade_heading, grade_sections, points_line

    yield _Heading(lambda width: grade_heading(result, expression, digits, width))
    for section in grade_sections(result, digits, limit):
        yield Text()
        yield SectionTable(section)
    yield Text()
    yield Text(points_line(result))


def fit_table(fit: Fit, digits: int, limit: int) -> Iterator[RenderableType]:
    """The output of `fit`."""
    from graphdiff.report.fit import fit_heading, fit_sections, summary_lines

    yield _Heading(lambda width: fit_heading(fit, width))
    for section in fit_sections(fit, digits, limit):
        yield Text()
        yield SectionTable(section)
    yield Text()
    yield from map(Text, summary_lines(fit, digits))


def fit_text(fit: Fit) -> str:
    """The output of `fit` as plain text, as print() shows it."""
    console = Console(file=StringIO(), width=TEXT_WIDTH, color_system=None)
    with console.capture() as capture:
        for table in fit_table(fit, DIGITS, PRINTED_ROWS):
            console.print(table, crop=False)
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


def subject_table(subject: Subject) -> Iterator[RenderableType]:
    """What `ops` prints: an operation or a term, or all of them."""
    yield _Subject(subject)


class _Heading:
    """The expression, whose lines are shortened where the window is narrow, and the line with the value."""

    def __init__(self, lines: Callable[[int], tuple[list[str], str]]) -> None:
        self.lines = lines

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        program, result = self.lines(options.max_width)
        yield Text("\n".join(program), style="bold")
        yield from map(Text, wrap_list(result, options.max_width))


class _Tables:
    """The tables of a trace, in which arrays are written out where the window is wide enough."""

    def __init__(self, trace: Trace, digits: int, limit: int, jacobian: bool) -> None:
        self.trace, self.digits, self.limit, self.jacobian = trace, digits, limit, jacobian

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        tables: list[SectionTable] = []
        for room in ROOMS if self.trace.has_arrays else ROOMS[:1]:
            candidates = [
                SectionTable(section, room)
                for section in sections(self.trace, self.digits, self.limit, self.jacobian, room)
            ]
            tables = [
                table if table.fits(options.max_width) else smaller
                for table, smaller in zip(tables or candidates, candidates, strict=True)
            ]
            if all(table.fits(options.max_width) for table in tables):
                break
        for table in tables:
            yield Text()
            yield table
            if table.room == ROOMS[-1]:
                yield Text(SHORTENED, style="dim")


class _Subject:
    """What `ops` prints, in fewer columns where those of a wide window would be too narrow to read."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from graphdiff.report.operations import subject_section

        wide = SectionTable(subject_section(self.subject))
        is_narrow = not wide.fits(options.max_width, LEGIBLE)
        yield SectionTable(subject_section(self.subject, is_narrow)) if is_narrow else wide


class SectionTable:
    """One table under its title. Where the window is narrow, columns of formulas fold, and spare ones are left out if
    the table fits then; else the terminal wraps the lines of the whole table."""

    def __init__(self, section: Section, room: Room = FULL) -> None:
        self.section = section
        self.room = room

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        narrower = self._without_spare_columns(options.max_width)
        if narrower is not self:
            yield narrower
            return
        section = self.section
        yield Text(section.title, style="bold cyan")
        yield from self._lines(console, self._widths(options.max_width))
        if section.omitted_rows:
            yield Text(omission(section), style="dim")

    def _lines(self, console: Console, widths: Sequence[int]) -> Iterator[Segment]:
        """The header, if a column has a name, and the rows: rich.table would take four times as long."""
        columns, rows = self.section.columns, self.section.rows
        is_right = [
            column.is_number and not any("\n" in row[place] for row in rows)  # arrays are aligned left, row by row
            for place, column in enumerate(columns)
        ]
        styles = [console.get_style(STYLES.get(column.name, "none")) for column in columns]
        header = [console.get_style("dim")] * len(columns)
        names = [column.name for column in columns]
        for number, row in enumerate([names, *rows] if any(names) else rows):
            cells = [_fold(cell, width, console) for cell, width in zip(row, widths, strict=True)]
            for line in zip_longest(*cells, fillvalue=""):
                for place, text in enumerate(line):
                    room = " " * (widths[place] - cell_len(text))
                    gap = " " * GAP if place < len(line) - 1 else ""
                    style = header[place] if row is names and number == 0 else styles[place]
                    yield Segment(f"{room}{text}{gap}" if is_right[place] else f"{text}{room}{gap}", style)
                yield Segment.line()

    def fits(self, available: int, least: int = NARROWEST) -> bool:
        """Whether all lines fit so many characters, where folded columns have at least so many. A single column, such
        as sums of arrays, has to fit as a whole."""
        widths = self._widths(available, available + 1 if len(self.section.columns) == 1 else least)
        return sum(widths) + GAP * (len(widths) - 1) <= available

    def _without_spare_columns(self, available: int) -> SectionTable:
        """The table without as few of its spare columns, the last one first, as make it fit; itself if it cannot."""
        spare = [place for place, column in enumerate(self.section.columns) if column.is_spare]
        tables = accumulate(
            reversed(spare),
            lambda table, place: SectionTable(_without_column(table.section, place), self.room),
            initial=self,
        )
        return next((table for table in tables if table.fits(available)), self)

    def _widths(self, available: int, least: int = NARROWEST) -> list[int]:
        """The width of each column: that of its widest cell, less where folded columns shrink, the widest first."""
        columns = zip(*([column.name for column in self.section.columns], *self.section.rows), strict=True)
        widths = [max(cell_len(line) for cell in cells for line in cell.split("\n")) for cells in columns]
        folding = [index for index, column in enumerate(self.section.columns) if column.is_folded]
        while (excess := sum(widths) + GAP * (len(widths) - 1) - available) > 0:
            widest = max(folding, key=lambda index: widths[index], default=None)
            if widest is None or widths[widest] <= least:
                break
            second = max((widths[index] for index in folding if index != widest), default=least)
            lowest = max(least, min(second, widths[widest] - 1))
            widths[widest] = max(lowest, widths[widest] - excess)
        return widths


def _fold(cell: str, width: int, console: Console) -> list[str]:
    """The lines of a cell, none of them wider than its column."""
    if all(cell_len(line) <= width for line in cell.split("\n")):
        return strip_control_codes(cell).split("\n")
    return [line.plain for line in Text(cell).wrap(console, width, overflow="fold")]


def _without_column(section: Section, place: int) -> Section:
    """A table without one of its columns."""
    columns = [*section.columns[:place], *section.columns[place + 1 :]]
    return section._replace(columns=columns, rows=[[*row[:place], *row[place + 1 :]] for row in section.rows])
