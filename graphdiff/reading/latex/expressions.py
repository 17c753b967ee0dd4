"""The tree of a formula → the expression that it means.

Each method reads one kind of tree; it is a step (steps.py), so that formulas may be nested to any depth.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TypeAlias

from graphdiff.errors import GraphdiffError, shorten
from graphdiff.language.hints import DERIVATIVE
from graphdiff.language.tree import Call, Clause, Comprehension, Expression, Name, Number
from graphdiff.operations.literal import is_out_of_range, read_number, size_hint, size_problem
from graphdiff.reading.latex import arrays, entries, products, subscripts
from graphdiff.reading.latex import tree as nodes
from graphdiff.reading.latex.definitions import Definitions
from graphdiff.reading.latex.factors import is_differential, is_head
from graphdiff.reading.latex.indices import Counter, Term, unwrap, whole_of
from graphdiff.reading.latex.scope import Scope
from graphdiff.reading.latex.steps import Step, wait
from graphdiff.reading.latex.values import UNKNOWN, Value, call, elementwise, reduce, span_of
from graphdiff.source import Span

Values: TypeAlias = Step[Value]
HINTS = {
    "partial": DERIVATIVE,
    "nabla": "write only the function: graphdiff computes its gradient",
    "infinity": "a value must be finite",
    "argmax": "an index is not differentiable",
    "argmin": "an index is not differentiable",
}
"""What to write for symbols that are no values, with any subscript."""


class Reader(Scope):
    """Reads the formulas of one text."""

    @cached_property
    def definitions(self) -> Definitions:
        """The functions that the text defines."""
        return Definitions(self)

    def read(self, tree: nodes.Tree) -> Values:
        """Read any tree."""
        tree = unwrap(tree)
        if isinstance(tree, nodes.Product):
            return products.read(self, tree.factors, 0)
        if isinstance(tree, nodes.Sum):
            return self.sum(tree)
        if isinstance(tree, nodes.Numeral):
            return self.numeral(tree)
        if isinstance(tree, (nodes.Symbol, nodes.Scripted)) and not is_head(tree):
            return subscripts.read(self, tree)
        if isinstance(tree, nodes.Group):
            return self.group(tree)
        if isinstance(tree, nodes.Fraction):
            return self.fraction(tree)
        if isinstance(tree, nodes.Root):
            return self.root(tree)
        if isinstance(tree, nodes.Accent):
            return subscripts.accent(self, tree)
        if isinstance(tree, nodes.Postfix):
            return self.postfix(tree)
        if isinstance(tree, nodes.Matrix):
            return arrays.matrix(self, tree)
        if isinstance(tree, nodes.Chain):
            return self.comparison(tree)
        if is_head(tree):
            return products.read_head(self, tree)
        raise self.not_a_value(tree)

    def read_factors(self, factors: Sequence[nodes.Factor], start: int, end: int | None = None) -> Values:
        """Read the product of the factors from start to end."""
        return products.read(self, factors, start, end)

    def not_a_value(self, tree: nodes.Tree) -> GraphdiffError:
        label = shorten(self.text[tree.span[0] : tree.span[1]])
        hint = None
        if isinstance(tree, nodes.Mark) and tree.text == "...":
            hint = r"write the sum or product with \sum or \prod, or all its terms"
        if isinstance(tree, nodes.Text):
            hint = r"write a name as \mathrm{name}"
        return self.error(f"'{label}' is not a value", tree.span, hint)

    # Numbers and names

    def numeral(self, tree: nodes.Numeral) -> Values:
        return Value(self.literal(tree.text, tree.span))
        yield

    def literal(self, text: str, span: Span) -> Number:
        """The number of a decimal."""
        value = read_number(text)
        if not self.source.is_precise and is_out_of_range(value):
            raise self.error(f"{shorten(text)} {size_problem(value)}", span, size_hint(value))
        return Number(value, span)

    def name(self, name: str, span: Span) -> Value:
        """The value of a name: that of an index, or an input or a value of the program."""
        binding = self.bindings.get(name)
        if isinstance(binding, Term):
            return Value(Number(float(binding.number), span))
        if isinstance(binding, Counter):
            return Value(Name(name, span))
        if binding is not None:
            if binding.start is None:
                self.notes.add(f"the index '{name}' counts from {binding.base}")
            return entries.positions(self, binding, span, binding.base)
        self.check_is_value(name, span)
        if name == "i" and name not in self.ranks:
            self.notes.add("'i' is read as a name, not as the imaginary unit")
        unknown = UNKNOWN if name in self.survey.arrays else 0
        return Value(Name(name, span), self.ranks.get(name, unknown))

    def check_is_value(self, name: str, span: Span) -> None:
        """Raise GraphdiffError("syntax") for a symbol such as \\nabla, with or without a subscript."""
        hint = HINTS.get(name.partition("_")[0])
        if hint is not None and name not in self.ranks:
            raise self.error(f"'{self.label(span)}' is not a value", span, hint)

    # Sums and comparisons

    def sum(self, tree: nodes.Sum) -> Values:
        total: Value | None = None
        for sign, term in tree.terms:
            value = yield self.read(term)
            if total is None:
                total = self.negate(value, tree.span[0]) if sign == "-" else value
            else:
                self.check_sum(total, value)
                total = elementwise("-" if sign == "-" else "+", (total, value), span_of(total, value))
        assert total is not None  # a sum has terms
        return total

    def check_sum(self, left: Value, right: Value) -> None:
        """Note where a number is added to an array."""
        if (left.rank == 0) != (right.rank == 0) and not (left.axes or right.axes):
            self.notes.add("a number is added to every entry of an array")

    def negate(self, value: Value, start: int) -> Value:
        """The negative of a value; of a number, the negative number."""
        span = (start, value.span[1])
        if isinstance(value.tree, Number):
            return Value(Number(-value.tree.value, span))
        return value._replace(tree=call("-", value.tree, span=span))

    def comparison(self, tree: nodes.Chain) -> Values:
        """1 where all comparisons of a chain hold, 0 elsewhere."""
        sides: list[Value] = []
        for side in tree.sides:
            sides.append((yield self.read(side)))
        holds: list[Value] = []
        for left, relation, right in zip(sides, tree.relations, sides[1:], strict=False):
            if relation not in ("=", "<", ">", "<=", ">=", "!="):
                hint = "write a function of x as f(x) = …" if relation == "→" else None
                raise self.error(f"'{relation}' has no meaning here", tree.span, hint)
            symbol = "==" if relation == "=" else relation
            holds.append(elementwise(symbol, (left, right), span_of(left, right)))
        result = holds[0]
        for other in holds[1:]:
            result = elementwise("*", (result, other), tree.span)
        return result

    # Brackets, fractions, roots

    def group(self, tree: nodes.Group) -> Values:
        if not tree.items:
            raise self.error("the brackets are empty" if tree.opening else "the braces are empty", tree.span)
        if len(tree.items) > 1 or tree.opening == "⟨":
            return (yield from wait(arrays.read_list(self, tree)))
        item = tree.items[0]
        value: Value = yield self.read(item)
        if tree.opening in ("(", "[", "{", ""):
            return value._replace(tree=value.tree._replace(span=tree.span))
        if tree.opening in ("⌊", "⌈"):
            return elementwise("floor" if tree.opening == "⌊" else "ceil", (value,), tree.span)
        return self.absolute(tree.opening, value, tree.span)

    def absolute(self, bar: str, value: Value, span: Span) -> Value:
        """|x|, ‖x‖: by the rank an absolute value, a length or a determinant."""
        tree = value.tree
        if bar == "‖":
            return elementwise("abs", (value,), span) if value.axes and value.rank == 0 else reduce("norm", value, span)
        if isinstance(tree, Call) and tree.function in ("gamma", "det") and not value.axes:
            return Value(call("abs", tree, span=span))
        if value.rank == 1:
            self.notes.add("'|…|' of a vector is read as its length")
            return reduce("norm", value, span)
        if value.rank == 2 and not value.axes:
            self.notes.add("'|…|' of a matrix is read as its determinant")
            return reduce("det", value, span)
        return elementwise("abs", (value,), span)

    def fraction(self, tree: nodes.Fraction) -> Values:
        if is_differential(self, tree):
            raise self.error(f"'{self.label(tree.span)}' is a derivative", tree.span, DERIVATIVE)
        above = yield self.read(tree.numerator)
        below = yield self.read(tree.denominator)
        if tree.command == "binom":
            return self.binomial(above, below, tree.span)
        return self.divide(above, below, tree.span)

    def divide(self, above: Value, below: Value, span: Span) -> Value:
        if below.rank >= 2:
            self.notes.add("a quotient of arrays is read entry by entry")
        return elementwise("/", (above, below), span)

    def binomial(self, above: Value, below: Value, span: Span) -> Value:
        """n over k, by factorials."""
        n, k = above.tree, below.tree
        if (
            isinstance(n, Number)
            and isinstance(k, Number)
            and 0 <= k.value <= n.value
            and (n.value + k.value).is_integer()
        ):
            from math import comb

            return Value(self.literal(str(comb(int(n.value), int(k.value))), span))
        rest = elementwise("-", (above, below), span)
        factorials = [self.factorial(value, span) for value in (above, below, rest)]
        return elementwise("/", (factorials[0], elementwise("*", factorials[1:], span)), span)

    def root(self, tree: nodes.Root) -> Values:
        radicand = yield self.read(tree.radicand)
        if tree.degree is None or whole_of(tree.degree) == 2:
            return elementwise("sqrt", (radicand,), tree.span)
        if whole_of(tree.degree) == 3:
            return elementwise("cbrt", (radicand,), tree.span)
        degree = yield self.read(tree.degree)
        exponent = elementwise("/", (Value(Number(1.0, degree.span)), degree), degree.span)
        return elementwise("^", (radicand, exponent), tree.span)

    def postfix(self, tree: nodes.Postfix) -> Values:
        if tree.sign != "!":
            return (yield from wait(subscripts.read_prime(self, tree)))
        base = unwrap(tree.base)
        if isinstance(tree.base, nodes.Postfix) and tree.base.sign == "!":
            self.notes.add("'!!' is read as the factorial of a factorial")
        if isinstance(base, nodes.Numeral) and base.text.isdecimal() and int(base.text) <= 170:
            from math import factorial

            return Value(Number(float(factorial(int(base.text))), tree.span))
        value = yield self.read(tree.base)
        return self.factorial(value, tree.span)

    def factorial(self, value: Value, span: Span) -> Value:
        """n!; of an index that a sum counts, the product 1·2·…·n."""
        tree = value.tree
        if isinstance(tree, Number) and tree.value.is_integer() and 0 <= tree.value <= 170:
            from math import factorial

            return Value(Number(float(factorial(int(tree.value))), span))
        names = self.counted_names(tree)
        if names and not value.axes:
            variable = Name(f"{names[0].name}_factor", span)
            stop = call("+", tree, Number(1.0, span), span=span)
            values = call("range", Number(1.0, span), stop, span=span)
            return Value(Comprehension("prod", variable, (Clause(variable, values, None),), span, span))
        return elementwise("factorial", (value,), span)

    def counted_names(self, tree: Expression) -> list[Name]:
        """The names in an expression, if all of them are indices that a sum counts; none otherwise."""
        names: list[Name] = []
        stack = [tree]
        counted = {name for name, binding in self.bindings.items() if isinstance(binding, Counter)} - self.loop_names
        while stack:
            part = stack.pop()
            if isinstance(part, Call) and part.function in "+-*":
                stack.extend(part.arguments)
            elif isinstance(part, Name) and part.name in counted:
                names.append(part)
            elif not isinstance(part, Number):
                return []
        return names

    # Powers

    def power(self, base: Value, exponent: Value, span: Span) -> Value:
        """A power: of a square matrix the matrix power, of other arrays entry by entry; -1 is for the inverse."""
        tree = exponent.tree
        if (base.rank == UNKNOWN or base.rank >= 2) and isinstance(tree, Number) and not base.axes:
            if tree.value == -1:
                return Value(call("inv", base.tree, span=span), max(base.rank, 2))
            if base.rank == 2 and tree.value.is_integer() and 2 <= tree.value <= 10:
                self.notes.add("a power of a matrix is read as the product of matrices")
                product = base.tree
                for _ in range(int(tree.value) - 1):
                    product = call("@", product, base.tree, span=span)
                return Value(product, 2)
        if base.rank and not (isinstance(base.tree, Call) and base.tree.function == "norm"):
            self.notes.add("a power of an array is read entry by entry")
        return elementwise("^", (base, exponent), span)

    # Helpers

    def is_constant_e(self, tree: nodes.Tree) -> bool:
        """Whether a tree is e, the base of the natural logarithm."""
        tree = unwrap(tree)
        return (
            isinstance(tree, nodes.Symbol) and tree.name == "e" and "e" not in self.ranks and "e" not in self.assigned
        )
