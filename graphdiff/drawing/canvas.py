"""Cells of a terminal: each has one owner, and what would overwrite another's raises an error."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

from graphdiff.display import escaped, text_width

UP, RIGHT, DOWN, LEFT = 1, 2, 4, 8
ARMS = " ╵╶╰╷│╭├╴╯─┴╮┤┬┼"
"""The line whose arms are these bits."""
ACROSS, UPRIGHT = LEFT | RIGHT, UP | DOWN


class Span(NamedTuple):
    """A part of a line, and what it is: "value", "gradient", "wire", …; empty for blanks."""

    text: str
    kind: str


class _Stroke(NamedTuple):
    """A line in a cell."""

    owner: int
    arms: int
    kind: str


class Canvas:
    """Texts and lines by rows and columns, from the top left."""

    def __init__(self) -> None:
        self.texts: dict[int, dict[int, Span]] = defaultdict(dict)
        self.strokes: dict[int, dict[int, list[_Stroke]]] = defaultdict(dict)

    def write(self, x: int, y: int, text: str, kind: str) -> None:
        """A text from a cell to the right; characters that cannot be shown are escaped.

        Raises ValueError where a cell is another's.
        """
        row = self.texts[y]
        for character in text:
            for shown in character if character.isprintable() else escaped(character):
                width = text_width(shown)
                if width == 0 and x - 1 in row:  # it stands on the character before
                    row[x - 1] = Span(row[x - 1].text + shown, kind)
                for place in range(width):
                    if x in row or x in self.strokes[y]:
                        raise ValueError(f"({x}, {y}) is taken")
                    row[x] = Span("" if place else shown, kind)
                    x += 1

    def dot(self, x: int, y: int) -> None:
        """Where a line branches: a copy gate."""
        (stroke,) = self.strokes[y].pop(x)
        self.texts[y][x] = Span("●", stroke.kind)

    def line(self, points: Sequence[tuple[int, int]], owner: int, kind: str, is_strong: bool) -> None:
        """A line from the left edge of its first cell through all others to the right edge of the last; lines of one
        owner join, those of others cross it. One that is strong has the kind of all that it runs along.

        Raises ValueError where a cell is a text's.
        """
        for x, y, arms in _path(points):
            self._stroke(x, y, arms, owner, kind, is_strong)

    def _stroke(self, x: int, y: int, arms: int, owner: int, kind: str, is_strong: bool) -> None:
        if x in self.texts[y]:
            raise ValueError(f"({x}, {y}) is taken")
        strokes = self.strokes[y].setdefault(x, [])
        for place, stroke in enumerate(strokes):
            if stroke.owner == owner:
                strokes[place] = _Stroke(owner, stroke.arms | arms, kind if is_strong else stroke.kind)
                break
        else:
            strokes.append(_Stroke(owner, arms, kind))

    @property
    def height(self) -> int:
        """The number of rows."""
        return max([*self.texts, *self.strokes], default=-1) + 1

    def lines(self) -> Iterator[list[Span]]:
        """The rows from the top, without blanks at their ends.

        Raises ValueError where lines of two owners do not cross at right angles, or one crosses itself without a dot.
        """
        for y in range(self.height):
            row = dict(self.texts[y])
            for x, strokes in self.strokes[y].items():
                row[x] = self._crossing(strokes, x, y)
            spans = []
            end = 0
            for x in sorted(row):
                spans += [Span(" " * (x - end), ""), row[x]] if x > end else [row[x]]
                end = x + 1
            yield [
                Span("".join(span.text for span in part), kind)
                for kind, part in groupby(spans, key=lambda span: span.kind)
            ]

    def _crossing(self, strokes: Sequence[_Stroke], x: int, y: int) -> Span:
        arms = sorted(stroke.arms for stroke in strokes)
        if arms != [UPRIGHT, ACROSS] and (len(arms) > 1 or arms == [UPRIGHT | ACROSS]):
            raise ValueError(f"lines touch at ({x}, {y})")
        return Span(ARMS[sum(arms)], strokes[-1].kind)


def _path(points: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    """The cells of a line and its arms there."""
    arms = LEFT
    for (x, y), (other_x, other_y) in pairwise(points):
        if other_x > x:
            yield x, y, arms | RIGHT
            for place in range(x + 1, other_x):
                yield place, y, ACROSS
            arms = LEFT
        elif other_y != y:
            step, onward, back = (1, DOWN, UP) if other_y > y else (-1, UP, DOWN)
            yield x, y, arms | onward
            for place in range(y + step, other_y, step):
                yield x, place, UPRIGHT
            arms = back
    yield *points[-1], arms | RIGHT
