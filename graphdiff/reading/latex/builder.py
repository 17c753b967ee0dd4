"""Tree building: one method for each name after "->" in grammar/latex.lark.

A method takes the span of each token, and of everything else what another method returned.
"""

from __future__ import annotations

import re
from typing import TypeVar

from graphdiff.errors import GraphdiffError, Hint, shorten
from graphdiff.language.hints import nearest
from graphdiff.reading.latex import commands, functions
from graphdiff.reading.latex import tree as nodes
from graphdiff.reading.latex.indices import unwrap
from graphdiff.reading.latex.names import name_in, symbol_of
from graphdiff.reading.latex.words import content_of
from graphdiff.source import Source, Span

T = TypeVar("T")

_BOUND = re.compile(r"\\(?:sum|prod)\s*(?:\\limits\s*)?_\s*\{?\s*([A-Za-z])(?![A-Za-z])")
"""The index of a sum."""

POINT = Hint("pass the point as values: x=3", "point")
UNKNOWN = {
    "\\partial": "graphdiff computes the derivative itself: leave it out",
    "\\|": r"write \lVert x \rVert",
    "\\%": "write 0.05 for 5 %",
    "\\pmod": r"write a \bmod b",
    "\\underset": r"write \max_x",
}


class TreeBuilder:
    """Builds the tree of one text, bottom up, as the parser reduces by its rules."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        self.bound = frozenset(_BOUND.findall(source.text))

    # Lists

    def list_of_one(self, item: T) -> list[T]:
        return [item]

    def list_and_one(self, items: list[T], _separator: Span, item: T) -> list[T]:
        items.append(item)
        return items

    def list_and_item(self, items: list[nodes.Tree | str], separator: Span, item: nodes.Tree) -> list[nodes.Tree | str]:
        """Items with the separators between them."""
        text = self._text(separator)
        items += [commands.CONNECTIVES.get(text) or self._connective(text), item]
        return items

    def nothing(self) -> None:
        return None

    # Sums, products, relations

    def relation(self, left: nodes.Tree, relation: Span, right: nodes.Tree) -> nodes.Tree:
        text = self._text(relation)
        symbol = "=" if text.startswith((r"\overset", r"\stackrel")) else commands.RELATIONS.get(text)
        if symbol is None:
            raise self.error(f"'{shorten(text)}' has no meaning here", relation)
        if isinstance(left, nodes.Chain):
            left.sides.append(right)
            left.relations.append(symbol)
            return left._replace(span=(left.span[0], right.span[1]))
        return nodes.Chain([left, right], [symbol], (left.span[0], right.span[1]))

    def signed_term(self, sign: Span, term: nodes.Tree) -> nodes.Tree:
        return nodes.Sum([nodes.Term(self._sign(sign), term)], (sign[0], term.span[1]))

    def next_term(self, left: nodes.Tree, sign: Span, term: nodes.Tree) -> nodes.Tree:
        total = left if isinstance(left, nodes.Sum) else nodes.Sum([nodes.Term("", left)], left.span)
        total.terms.append(nodes.Term(self._sign(sign), term))
        return total._replace(span=(total.span[0], term.span[1]))

    def juxtaposition(self, left: nodes.Tree, right: nodes.Tree) -> nodes.Tree:
        return self._times(left, "", "", right)

    def operation(self, left: nodes.Tree, operator: Span, right: nodes.Tree) -> nodes.Tree:
        return self._times(left, commands.OPERATORS[self._text(operator)], "", right)

    def signed_operation(self, left: nodes.Tree, operator: Span, sign: Span, right: nodes.Tree) -> nodes.Tree:
        return self._times(left, commands.OPERATORS[self._text(operator)], self._sign(sign), right)

    def _times(self, left: nodes.Tree, operator: str, sign: str, right: nodes.Tree) -> nodes.Tree:
        product = left if isinstance(left, nodes.Product) else nodes.Product([nodes.Factor("", "", left)], left.span)
        product.factors.append(nodes.Factor(operator, sign, right))
        return product._replace(span=(product.span[0], right.span[1]))

    def _sign(self, span: Span) -> str:
        sign = commands.SIGNS[self._text(span)]
        if sign not in ("+", "-"):
            raise self.error(
                f"'{self._text(span)}' has two meanings", span, "write two formulas, one with + and one with -"
            )
        return sign

    # Scripts

    def subscript(self, base: nodes.Tree, sign: Span, script: nodes.Tree) -> nodes.Tree:
        span = (base.span[0], script.span[1])
        if isinstance(base, nodes.Scripted) and base.subscript is None:
            return base._replace(subscript=script, superscript_first=True, span=span)
        if isinstance(base, nodes.Scripted):
            raise self.error("a second subscript", (sign[0], script.span[1]), "use braces: {x_1}_2")
        return nodes.Scripted(base, script, None, False, span)

    def superscript(self, base: nodes.Tree, sign: Span, script: nodes.Tree) -> nodes.Tree:
        span = (base.span[0], script.span[1])
        index = self._sample(script)
        if index is not None and not isinstance(base, nodes.Scripted):
            return nodes.Scripted(base, index, None, False, span)
        if (
            index is not None
            and isinstance(base, nodes.Scripted)
            and base.superscript is None
            and base.subscript is not None
        ):
            both = nodes.Group("", [index, base.subscript], [","], (base.subscript.span[0], script.span[1]))
            return base._replace(subscript=both, span=span)
        if isinstance(base, nodes.Scripted) and base.superscript is None:
            return base._replace(superscript=script, span=span)
        if isinstance(base, nodes.Scripted):
            raise self.error("a second superscript", (sign[0], script.span[1]), "use braces: x^{y^z}, {x^y}^z")
        return nodes.Scripted(base, None, script, False, span)

    def _sample(self, script: nodes.Tree) -> nodes.Tree | None:
        """The index i of `x^{(i)}`, if a sum binds it."""
        script = unwrap(script)
        item = unwrap(script.items[0]) if isinstance(script, nodes.Group) and len(script.items) == 1 else None
        if not isinstance(item, nodes.Symbol) or item.name not in self.bound:
            return None
        return item if isinstance(script, nodes.Group) and script.opening == "(" else None

    def prime(self, base: nodes.Tree, primes: Span) -> nodes.Tree:
        return nodes.Postfix(base, "'" * (primes[1] - primes[0]), (base.span[0], primes[1]))

    def factorial(self, base: nodes.Tree, sign: Span) -> nodes.Tree:
        return nodes.Postfix(base, "!", (base.span[0], sign[1]))

    def mark(self, opening: Span, sign: Span, closing: Span) -> nodes.Tree:
        return nodes.Mark(self._text(sign), (opening[0], closing[1]))

    def bare_mark(self, sign: Span) -> nodes.Tree:
        if commands.OPERATORS[self._text(sign)] != commands.STAR:
            raise self.error(f"expected a script, not '{self._text(sign)}'", sign)
        return nodes.Mark(self._text(sign), sign)

    # Atoms

    def number(self, span: Span) -> nodes.Tree:
        return nodes.Numeral(self._text(span).replace("{,}", "").replace("\\,", ""), span)

    def letter(self, span: Span) -> nodes.Tree:
        return nodes.Symbol(self._text(span), span)

    def symbol(self, span: Span) -> nodes.Tree:
        return nodes.Symbol(commands.LETTERS.get(self._text(span), self._text(span)), span)

    def word(self, span: Span) -> nodes.Tree:
        text = self._text(span)
        return symbol_of(text, span) if text.startswith("\\") else nodes.Symbol(text, span)

    def words(self, span: Span) -> nodes.Tree:
        return nodes.Text(content_of(self._text(span))[1].strip(), span)

    def function(self, span: Span) -> nodes.Tree:
        text = self._text(span)
        content = content_of(text)[1] if "{" in text else text.removeprefix("\\")
        return nodes.Word(name_in(content), span)

    def dots(self, span: Span) -> nodes.Tree:
        return nodes.Mark("...", span)

    def big_operator(self, span: Span) -> nodes.Tree:
        return nodes.BigOperator(commands.BIG[self._text(span)], span)

    def fraction(self, command: Span, numerator: nodes.Tree, denominator: nodes.Tree) -> nodes.Tree:
        kind = "binom" if self._text(command).endswith("binom") else "frac"
        return nodes.Fraction(kind, numerator, denominator, (command[0], denominator.span[1]))

    def over(
        self, opening: Span, above: list[nodes.Tree | str], sign: Span, below: list[nodes.Tree | str], closing: Span
    ) -> nodes.Tree:
        kind = "binom" if self._text(sign) == r"\choose" else "frac"
        parts = [self._list("", items, sign) for items in (above, below)]
        return nodes.Fraction(kind, parts[0], parts[1], (opening[0], closing[1]))

    def root(self, command: Span, radicand: nodes.Tree) -> nodes.Tree:
        return nodes.Root(None, radicand, (command[0], radicand.span[1]))

    def root_of_degree(
        self, command: Span, opening: Span, degree: list[nodes.Tree | str], closing: Span, radicand: nodes.Tree
    ) -> nodes.Tree:
        return nodes.Root(self._list("", degree, (opening[0], closing[1])), radicand, (command[0], radicand.span[1]))

    def accent(self, command: Span, body: nodes.Tree) -> nodes.Tree:
        return nodes.Accent(self._text(command), body, (command[0], body.span[1]))

    def unknown_command(self, span: Span) -> nodes.Tree:
        text = self._text(span)
        known = [*commands.LETTERS, *functions.COMMANDS, *commands.RELATIONS, *commands.FRACTIONS, r"\sqrt"]
        hint = UNKNOWN.get(text) or (nearest(text, known) if len(text) > 3 else None)
        raise self.error(f"unknown command '{shorten(text)}'", span, hint)

    # Brackets

    def empty_group(self, opening: Span, closing: Span) -> nodes.Tree:
        return nodes.Group("", [], [], (opening[0], closing[1]))

    def braces(self, opening: Span, items: list[nodes.Tree | str], closing: Span) -> nodes.Tree:
        return self._list("", items, (opening[0], closing[1]))

    def brackets(self, opening: Span, items: list[nodes.Tree | str], closing: Span) -> nodes.Tree:
        left, right = self._text(opening), self._text(closing)
        span = (opening[0], closing[1])
        kind = commands.OPENING.get(left) or commands.BARS.get(left) or {"<": "⟨"}.get(left, left)
        closes = commands.CLOSING.get(right) or commands.BARS.get(right) or {">": "⟨"}.get(right, right)
        if kind == "{" and closes == "." and len(items) == 1 and isinstance(matrix := items[0], nodes.Matrix):
            return matrix._replace(environment="cases", span=span)
        if kind != closes:
            hint = POINT if kind == "." and closes == "|" else None
            raise self.error(f"'{shorten(right)}' does not match '{shorten(left)}'", closing, hint)
        return self._list(kind, items, span)

    def _list(self, opening: str, items: list[nodes.Tree | str], span: Span) -> nodes.Group:
        trees = [item for item in items if not isinstance(item, str)]
        return nodes.Group(opening, trees, [item for item in items if isinstance(item, str)], span)

    def slice(
        self,
        start: nodes.Tree | None,
        colon: Span,
        stop: nodes.Tree | None,
        second: Span | None = None,
        step: nodes.Tree | None = None,
    ) -> nodes.Tree:
        begin = start.span[0] if start is not None else colon[0]
        end = next((bound.span[1] for bound in (step, stop) if bound is not None), (second or colon)[1])
        return nodes.Slice((start, stop, step), (begin, end))

    def matrix(self, begin: Span, rows: list[list[list[nodes.Tree | str] | None]], end: Span) -> nodes.Tree:
        name = self._text(begin).partition("{")[2].partition("}")[0]
        if len(rows) > 1 and rows[-1] == [None]:  # after a last \\
            rows.pop()
        cells = [[None if cell is None else self._cell(cell) for cell in row] for row in rows]
        return nodes.Matrix(name, cells, (begin[0], end[1]))

    def _cell(self, items: list[nodes.Tree | str]) -> nodes.Tree:
        first = items[0]
        assert not isinstance(first, str)  # a list begins with an item
        last = items[-1]
        assert not isinstance(last, str)
        return first if len(items) == 1 else self._list("", items, (first.span[0], last.span[1]))

    # Helpers

    def _connective(self, text: str) -> str:
        is_comma = text in (",", ";", *commands.BARS) or text.startswith("\\\\")
        return "," if is_comma else content_of(text)[1].strip(" .,;:").lower()

    def _text(self, span: Span) -> str:
        return self.text[span[0] : span[1]]

    def error(self, message: str, span: Span, hint: str | None = None) -> GraphdiffError:
        return GraphdiffError("syntax", message, self.source, span, hint)
