"""A grid of terminal cells that raises an error where a text or line would overwrite another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

from graphdiff.display import escape_character, text_width

UP, RIGHT, DOWN, LEFT = 1, 2, 4, 8
ARMS = " ╵╶╰╷│╭├╴╯─┴╮┤┬┼"
"""The box-drawing character for each combination of the bits above."""
ACROSS, UPRIGHT = LEFT | RIGHT, UP | DOWN


class Span(NamedTuple):
    """A piece of a line and its kind: "value", "gradient", "wire", …; "" for blanks."""

    text: str
    kind: str


class _Stroke(NamedTuple):
    """A line's part in a cell: the bits of its arms and its kind."""

    owner: int
    arms: int
    kind: str


class Canvas:
    """Texts and lines by row and column, from the top left."""

    def __init__(self) -> None:
        self.texts: dict[int, dict[int, Span]] = defaultdict(dict)
        self.strokes: dict[int, dict[int, list[_Stroke]]] = defaultdict(dict)

    def write(self, x: int, y: int, text: str, kind: str) -> None:
        """Write a text from a cell to the right, with unprintable characters escaped.

        Raises ValueError where a cell is taken.
        """
        row = self.texts[y]
        for character in text:
            for glyph in character if character.isprintable() else escape_character(character):
                width = text_width(glyph)
                if width == 0 and x - 1 in row:  # a combining character joins the one before
                    row[x - 1] = Span(row[x - 1].text + glyph, kind)
                for place in range(width):
                    if x in row or x in self.strokes[y]:
                        raise ValueError(f"({x}, {y}) is taken")
                    row[x] = Span("" if place else glyph, kind)
                    x += 1

    def dot(self, x: int, y: int) -> None:
        """Replace a line's cell by a dot, which marks a branch: a copy gate."""
        (stroke,) = self.strokes[y].pop(x)
        self.texts[y][x] = Span("●", stroke.kind)

    def line(self, points: Sequence[tuple[int, int]], owner: int, kind: str, is_strong: bool) -> None:
        """Draw a line from the left edge of its first cell through all points to the right edge of the last.

        Lines of one owner join, those of different owners cross. Where lines of one owner share a cell, the kind of a
        strong line wins.
        Raises ValueError where a cell has a text.
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
        """The rows from the top, without trailing blanks.

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
    """The cells of a line, each with the line's arms in it."""
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
