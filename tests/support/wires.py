"""Read a drawing from its characters: find the boxes, and follow the lines from each entrance to its source."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.cells import cell_len

UP, RIGHT, DOWN, LEFT = (0, -1), (1, 0), (0, 1), (-1, 0)
ARMS = {
    "─": (LEFT, RIGHT),
    "│": (UP, DOWN),
    "╭": (RIGHT, DOWN),
    "╮": (LEFT, DOWN),
    "╰": (UP, RIGHT),
    "╯": (UP, LEFT),
    "├": (UP, RIGHT, DOWN),
    "┼": (UP, RIGHT, DOWN, LEFT),
    "●": (UP, RIGHT, DOWN, LEFT),
}
BORDERS = {"╭": ("─", "╮", "│", "┤", "├", ("╰", "╯")), "┏": ("━", "┓", "┃", "┨", "┠", ("┗", "┛"))}
Cell = tuple[int, int]


class Box(NamedTuple):
    """A gate: its text, the cells from which wires enter, from the top, and the cell to which its output leaves; all
    cells are outside of the box."""

    symbol: str
    entrances: tuple[Cell, ...]
    leaves: Cell


class Drawing:
    """The characters of a drawing by cell; wide characters take two."""

    def __init__(self, text: str) -> None:
        self.rows: list[str] = []
        for line in text.split("\n"):
            self.rows.append("".join(each + "\0" * (cell_len(each) - 1) for each in line if cell_len(each)))
        self.inside: set[Cell] = set()
        self.boxes = list(self.find_boxes())

    def at(self, cell: Cell) -> str:
        x, y = cell
        return self.rows[y][x] if 0 <= y < len(self.rows) and 0 <= x < len(self.rows[y]) else " "

    def find_boxes(self) -> Iterator[Box]:
        for y, row in enumerate(self.rows):
            for x, each in enumerate(row):
                if each in BORDERS and (box := self.box(x, y)):
                    yield box

    def box(self, left: int, top: int) -> Box | None:
        edge, corner, walls, entrance, leave, floor = BORDERS[self.at((left, top))]
        right = left + 1
        while self.at((right, top)) == edge:
            right += 1
        bottom = top + 1
        while self.at((left, bottom)) in walls + entrance and self.at((right, bottom)) in walls + leave:
            bottom += 1
        corners = self.at((right, top)), self.at((left, bottom)), self.at((right, bottom))
        if corners != (corner, *floor) or bottom - top < 2 or self.rows[bottom][left + 1 : right].strip(edge):
            return None
        self.inside.update((x, y) for x in range(left, right + 1) for y in range(top, bottom + 1))
        inner = range(top + 1, bottom)
        symbol = "".join(self.rows[y][left + 1 : right].strip() for y in inner)
        (leaves,) = [(right + 1, y) for y in inner if self.at((right, y)) == leave]
        return Box(symbol, tuple((left - 1, y) for y in inner if self.at((left, y)) == entrance), leaves)

    def source(self, entrance: Cell) -> Cell:
        """The single cell where the lines that lead to an entrance begin; ┼ is a crossing, everything else a joint."""
        visits: set[tuple[Cell, bool]] = set()
        waiting: list[tuple[Cell, Cell]] = [(entrance, LEFT)]
        begins = set()
        while waiting:
            (x, y), (step_x, step_y) = cell, step = waiting.pop()
            back = (-step_x, -step_y)
            assert cell not in self.inside, f"a line runs into a box at {cell}"
            arms = ARMS.get(self.at(cell), ())
            if back not in arms:  # nothing leads here
                if step == LEFT:
                    begins.add((x + 1, y))
                continue
            if (cell, step_x != 0) in visits:
                continue
            visits.add((cell, step_x != 0))
            if self.at(cell) == "┼":
                onward: Sequence[Cell] = [step]
            elif self.at(cell) == "●":
                onward = [arm for arm in arms if arm != back and self.leads(cell, arm)]
            else:
                onward = [arm for arm in arms if arm != back]
            for arm in onward:
                other = (x + arm[0], y + arm[1])
                if other not in self.inside:
                    waiting.append((other, arm))
                elif arm == LEFT:
                    begins.add(cell)
                else:
                    assert self.at(other) in "┤┨", f"a line ends at a wall at {other}"
        assert len(begins) == 1, "\n".join(self.rows)
        (begin,) = begins
        return begin

    def leads(self, cell: Cell, arm: Cell) -> bool:
        """Whether a line continues from a cell in a direction."""
        other = (cell[0] + arm[0], cell[1] + arm[1])
        return other not in self.inside and (-arm[0], -arm[1]) in ARMS.get(self.at(other), ())

    def text_before(self, cell: Cell) -> str:
        """The text to the left of the cell where a line begins, after any line a space before it."""
        x, y = cell
        return re.split("  |[│╮╯├─●] ", self.rows[y][: x - 1])[-1].strip().replace("\0", "")

    def number(self, cell: Cell, rows: int) -> float:
        """The number so many rows below the cell where a line begins."""
        x, y = cell
        match = re.match(r" *(-?[\d.]+)", self.rows[y + rows][x:])
        assert match
        return float(match[1])
