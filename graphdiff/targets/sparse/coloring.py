"""Colours for the columns of a sparse matrix: the columns of a colour are computed together.

See A. H. Gebremedhin, F. Manne and A. Pothen, "What color is your Jacobian? Graph coloring for computing derivatives",
SIAM Review 47 (2005).
"""

from __future__ import annotations

from collections.abc import Sequence


def transpose(rows: Sequence[Sequence[int]], count: int) -> list[list[int]]:
    """The rows of each of so many columns, given the columns of each row that are not 0."""
    columns: list[list[int]] = [[] for _ in range(count)]
    for row, own in enumerate(rows):
        for column in own:
            columns[column].append(row)
    return columns


def color_columns(rows: Sequence[Sequence[int]], count: int) -> list[int]:
    """A colour, from 0, for each of so many columns: no two in the same row have the same. rows has the columns of each
    row that are not 0."""
    colors = [-1] * count
    for column, own in enumerate(transpose(rows, count)):
        colors[column] = _first_free({colors[other] for row in own for other in rows[row]})
    return colors


def star_coloring(rows: Sequence[Sequence[int]]) -> list[int]:
    """A colour for each column of a symmetric matrix, from which every entry can be read in its row or in its column:
    neighbours differ, and so do some two of any four in a path."""
    colors = [-1] * len(rows)
    for vertex, neighbors in enumerate(rows):
        taken: set[int] = set()
        for neighbor in neighbors:
            if neighbor == vertex:
                continue
            taken.add(colors[neighbor])
            for second in rows[neighbor]:
                if second in (vertex, neighbor) or colors[second] < 0:
                    continue
                is_path = colors[neighbor] >= 0 and any(
                    third != neighbor and third != second and colors[third] == colors[neighbor]
                    for third in rows[second]
                )
                if colors[neighbor] < 0 or is_path:
                    taken.add(colors[second])
        colors[vertex] = _first_free(taken)
    return colors


def _first_free(taken: set[int]) -> int:
    color = 0
    while color in taken:
        color += 1
    return color
