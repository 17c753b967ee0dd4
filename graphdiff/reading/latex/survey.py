"""A first look at all formulas of a text: which letters are indices, values, functions, or marks of names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from graphdiff.language.hints import LOOPS
from graphdiff.reading.latex.commands import BOLD, PLAIN_STYLES, STYLES
from graphdiff.reading.latex.indices import (
    bounds_of,
    children,
    letter_of,
    script_items,
    shifted_letter,
    unwrap,
    walk,
    whole_of,
)
from graphdiff.reading.latex.tree import (
    Accent,
    BigOperator,
    Chain,
    Group,
    Numeral,
    Product,
    Scripted,
    Symbol,
    Tree,
    Word,
)

_ZERO = re.compile(r"_\s*(?:\{\s*)?0(?![\d.])")
MOST_EXAMPLES = 8


class Survey:
    """What a text says about its letters, wherever it does: trees are its formulas, bodies those that are no target.

    examples    for each letter in subscripts, the first symbols that it is an index of
    literals    the names that have numbers as subscripts
    zeros       the names that have the number 0 as a subscript
    bound       the letters that sums bind
    labels      the letters in superscripts that are part of names, as in `a^{l-1}_k`
    base        what the first entry of an array is called where an index is a number
    values      the names that stand somewhere else than before a bracket or in a subscript
    called      the names that stand before a bracket
    summed      the names that have a letter that a sum binds as an index
    both        the letters that stand in bold type and in plain type
    plain       the letters that stand in plain type somewhere
    arrays      the names that must be arrays, in a text with transposes
    """

    def __init__(
        self, trees: Sequence[Tree], bodies: Sequence[Tree], targets: Iterable[Tree], text: str, known: Iterable[str]
    ) -> None:
        self.examples: dict[str, list[Scripted]] = {}
        self.literals: set[str] = set()
        self.zeros: set[str] = set()
        self.bound: set[str] = set()
        self.labels: set[str] = set()
        self.values: set[str] = set()
        self.called: set[str] = set()
        self.summed: set[str] = set()
        self.plain: set[str] = set()
        self.arrays: set[str] = set()
        bold: set[str] = set()
        counts_from_one = False
        for tree in walk(*trees):
            if isinstance(tree, Accent) and isinstance(letter := unwrap(tree.body), Symbol):
                bold |= {letter.name} if tree.command in BOLD else set()
            elif isinstance(tree, Scripted) and letter_of(tree.superscript) in ("T", "top"):
                self.arrays |= {letter_of(tree.base) or "T"}
            if isinstance(tree, Scripted) and isinstance(tree.base, (BigOperator, Word)) and tree.subscript is not None:
                script = unwrap(tree.subscript)
                counts_entries = not isinstance(tree.base, Word) or tree.base.name not in LOOPS
                for each in script.items if isinstance(script, Group) and len(script.items) > 1 else [script]:
                    bounds = bounds_of(each) if isinstance(each, Chain) else None
                    if isinstance(each, Chain) and (bounds is not None or each.relations == ["="]):
                        start = each.sides[-1] if bounds is None else bounds.start
                        counts_from_one = counts_from_one or (counts_entries and whole_of(start) == 1)
                    first = each.sides[0] if isinstance(each, Chain) else each
                    indices = script_items(first) if bounds is None else bounds.indices
                    self.bound |= {name for item in indices if (name := letter_of(item)) is not None}
            elif isinstance(tree, Scripted) and tree.subscript is not None:
                self._note_subscript(tree, tree.subscript)
        for index in self.bound:
            self.summed |= {letter_of(example.base) or "" for example in self.examples.get(index, [])}
        for name in known:
            if (match := re.fullmatch(r"[^^]+\^\{?([A-Za-z])(?:[-+]\d+)?\}?(?:_.*)?", name)) is not None:
                self.labels.add(match[1])
        for target in targets:
            if isinstance(target, Scripted) and target.superscript is not None:
                self._note_label(target.superscript)
        self.base = int(counts_from_one and not _ZERO.search(text))
        self._note_values(bodies)
        self.both = sorted(bold & self._note_plain(trees))
        if self.arrays:
            self.arrays |= bold | {name for name in self.values if len(name) == 1 and name.isupper()}

    def _note_subscript(self, tree: Scripted, subscript: Tree) -> None:
        base = letter_of(tree.base)
        items = script_items(subscript)
        letters = [shifted.letter for item in items if (shifted := shifted_letter(item)) is not None]
        for letter in letters:
            examples = self.examples.setdefault(letter, [])
            if len(examples) < MOST_EXAMPLES:
                examples.append(tree)
        if base is not None and any(isinstance(item, Numeral) for item in items):
            self.literals.add(base)
            self.zeros |= {base} if any(whole_of(item) == 0 for item in items) else set()
        if base is not None and base != "e" and letters and tree.superscript is not None and tree.superscript_first:
            self._note_label(tree.superscript)

    def _note_label(self, script: Tree) -> None:
        shifted = shifted_letter(script)
        if shifted is not None and shifted.letter not in ("T", "top", "prime", "dagger", "circ"):
            self.labels.add(shifted.letter)

    def _note_transposes(self, product: Product) -> None:
        """Beside a transpose stands an array: after it or, where nothing does, before it."""
        trees = [factor.tree for factor in product.factors]
        for place, tree in enumerate(trees):
            if isinstance(tree, Scripted) and letter_of(tree.superscript) in ("T", "top"):
                beside = trees[place + 1] if place + 1 < len(trees) else trees[place - 1]
                name = letter_of(beside.base if isinstance(beside, Scripted) else beside)
                self.arrays |= {name} if name is not None else set()

    def _note_plain(self, trees: Sequence[Tree]) -> set[str]:
        """Note plain letters; return those that are not even bold."""
        unstyled: set[str] = set()
        stack = list(trees)
        while stack:
            tree = stack.pop()
            if isinstance(tree, Symbol):
                self.plain.add(tree.name)
                unstyled.add(tree.name)
            elif isinstance(tree, Accent) and tree.command in BOLD and isinstance(inner := unwrap(tree.body), Symbol):
                self.plain.add(inner.name)
            elif not isinstance(tree, Accent) or tree.command not in STYLES - PLAIN_STYLES:
                stack.extend(children(tree))
        return unstyled

    def _note_values(self, trees: Sequence[Tree]) -> None:
        stack = list(trees)
        while stack:
            tree = stack.pop()
            if isinstance(tree, Symbol):
                self.values.add(tree.name)
            elif isinstance(tree, Scripted):
                if not isinstance(tree.base, (BigOperator, Word)):
                    stack += [tree.base] if tree.superscript is None else [tree.base, tree.superscript]
            elif isinstance(tree, Product):
                self._note_transposes(tree)
                for place, factor in enumerate(tree.factors):
                    following = tree.factors[place + 1] if place + 1 < len(tree.factors) else None
                    name = letter_of(factor.tree.base if isinstance(factor.tree, Scripted) else factor.tree)
                    after = following.tree if following is not None and not following.operator else None
                    bracket = after.base if isinstance(after, Scripted) else after
                    if name is not None and isinstance(bracket, Group) and bracket.opening == "(":
                        self.called.add(name)
                    else:
                        stack.append(factor.tree)
            else:
                stack.extend(children(tree))
