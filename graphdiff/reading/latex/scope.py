"""The indices that are bound at a place, and the lengths of the axes that they run over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from graphdiff.errors import ErrorKind, GraphdiffError, shorten
from graphdiff.language.tree import Assignment, Expression, Name, Number
from graphdiff.reading.latex import symbols
from graphdiff.reading.latex.indices import Binding, Shifted, letter_of, script_items, shifted_letter, walk, whole_of
from graphdiff.reading.latex.names import Names
from graphdiff.reading.latex.notes import Notes
from graphdiff.reading.latex.survey import Survey
from graphdiff.reading.latex.tree import Scripted, Tree
from graphdiff.reading.latex.values import call
from graphdiff.source import Source, Span


class Example(NamedTuple):
    """An array that an index runs over, and along which of its axes."""

    tree: Name
    axis: int
    rank: int


class Scope:
    """What is known where a text is read.

    given holds the ranks of inputs that the point gives, ranks those of all names so far; numbers are the names that
    the text gives a number, point those that the point gives a whole one, fixed those of them that are constants, and
    bounds all names that bounds of sums depend on; arguments are those of functions that are given by their entries;
    loop_names are the counters, the entries and the carried values of the loops around the present place.
    before collects assignments that the present formula needs before it.
    """

    def __init__(
        self,
        source: Source,
        given: Mapping[str, int],
        survey: Survey,
        names: Names,
        notes: Notes,
        point: Mapping[str, float],
    ) -> None:
        self.source = source
        self.text = source.text
        self.given = given
        self.ranks = dict(given)
        self.survey = survey
        self.names = names
        self.notes = notes
        self.values = survey.values
        self.bindings: dict[str, Binding] = {}
        self.order = 0
        self.terms = 0
        self.numbers: dict[str, float] = {}
        self.point = point
        self.fixed: dict[str, Number] = {}
        self.bounds: set[str] = set()
        self.assigned: set[str] = set()
        self.targets: frozenset[str] = frozenset()  # what formulas of the text define
        self.before: list[Assignment] = []
        self.lengths: dict[str, Expression] = {}
        self.arguments: dict[str, str] = {}
        self.in_function = False
        self.parameters: frozenset[str] = frozenset()
        self.loop_names: frozenset[str] = frozenset()
        self.place: Span = (0, 0)

    def example(self, letter: str, span: Span) -> Example:
        """An array that has this letter as an index."""
        for tree in self.survey.examples.get(letter, []):
            example = self._example(letter, tree)
            if example is not None:
                return example
        raise self.error(f"'{shorten(letter)}' is an index of nothing that has a name", span)

    def _example(self, letter: str, tree: Scripted) -> Example | None:
        if symbols.letter_name(tree.base) is None or tree.subscript is None:
            return None
        name = symbols.base_name(self, tree.base, tree).name
        items = script_items(tree.subscript)
        letters = [item.letter if (item := shifted_letter(each)) is not None else None for each in items]
        rank = max(self.ranks.get(name, 0), len(items))
        return Example(Name(name, tree.base.span), letters.index(letter), rank)

    def has_example(self, letter: str) -> bool:
        """Whether a name has this letter as an index."""
        return any(symbols.letter_name(tree.base) is not None for tree in self.survey.examples.get(letter, []))

    def first_index(self, array: str, base: int) -> int:
        """What the first entry of an array is called where an index counts from base: 0 if the text has its entry 0."""
        return 0 if array in self.survey.zeros else base

    def is_value(self, name: str | None) -> bool:
        """Whether a name has a value: at the point, as a parameter, or by a formula before."""
        return name in self.ranks or name in self.assigned

    def is_subscript(self, letter: str) -> bool:
        """Whether anything has this letter as an index."""
        return letter in self.survey.examples

    def depends(self, letter: str) -> bool:
        """Whether a letter stands somewhere as a value."""
        return letter in self.values

    def is_written_out(self, letter: str, start: int) -> bool:
        """Whether the terms of a sum are over names, x_1 + x_2 + …, rather than over entries of arrays."""
        for tree in self.survey.examples.get(letter, []):
            if symbols.letter_name(tree.base) is None or tree.subscript is None:
                return False
            base = symbols.base_name(self, tree.base, tree)
            if self.ranks.get(base.name, 0) > 0:
                return False
            first = symbols.term_name(self, base.name, script_items(tree.subscript), {letter: start})
            if first in self.ranks or (base.name not in self.ranks and letter_of(tree.base) in self.survey.literals):
                return True
        return False

    def whole(self, tree: Tree | None) -> int | None:
        """A whole number, or a name that the text gives one, with what is added to it."""
        number = whole_of(tree)
        shifted = shifted_letter(tree) if tree is not None else None
        if number is None and shifted is not None and shifted.letter in self.numbers:
            value = self.numbers[shifted.letter]
            self.bounds.add(shifted.letter)
            return int(value) + shifted.shift if value.is_integer() else None
        return number

    def fix_names(self, tree: Tree) -> None:
        """Make constants of the names in a bound of a sum to which the point gives whole numbers."""
        for name in filter(None, map(letter_of, walk(tree))):
            if name in self.point and not {*self.bindings, *self.assigned, *self.parameters} & {name}:
                self.fix(name)

    def fix(self, name: str) -> None:
        """Make a constant of a name to which the point gives a whole number."""
        self.fixed[name] = Number(self.point[name], self.place)
        self.numbers[name] = self.point[name]
        self.bounds.add(name)
        self.assigned.add(name)

    def note_length(self, letter: str, upper: Shifted, base: int) -> None:
        """Take the upper bound of a sum for the length of the arrays, or the last index where the first is 0."""
        name = upper.letter
        if name in self.lengths or not self.has_example(letter):
            return
        example = self.example(letter, self.place)
        base = self.first_index(example.tree.name, base)
        span = self.place
        length: Expression = call("count", example.tree, span=span, axis=Number(float(example.axis), span))
        if example.rank == 1:
            length = call("count", example.tree, span=span)
        what = "length" if example.rank == 1 else "number of entries along an axis"
        if base == 0 and upper.shift == 0:
            length, what = call("-", length, Number(1.0, span), span=span), "last index"
        self.lengths[name] = length
        self.notes.add(f"'{name}' is read as the {what} of '{example.tree.name}'")
        if name not in self.ranks and name not in self.assigned and name in self.values and not self.in_function:
            self.before.append(Assignment(Name(name, span), length))
            self.assigned.add(name)

    def error(self, message: str, span: Span, hint: str | None = None, kind: ErrorKind = "syntax") -> GraphdiffError:
        """An error at a place in the text."""
        return GraphdiffError(kind, message, self.source, span, hint)

    def label(self, span: Span) -> str:
        """The text at a place, for a note or an error."""
        return shorten(" ".join(self.text[span[0] : span[1]].split()))
