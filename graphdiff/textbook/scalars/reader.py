"""Graph → formulas in normal form; guards of single points are left out."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from graphdiff.algebra.constants import number_of
from graphdiff.algebra.simplify import ADD, DIV, MUL, NEG, POW, SUB
from graphdiff.graph.function import Function, Operation
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.textbook.scalars.algebra import Algebra
from graphdiff.textbook.scalars.expressions import ONE, Kind, Number, Product, Sum, has_kinks, quotient
from graphdiff.textbook.scalars.identities import WRITTEN_OUT, reduce_choice
from graphdiff.textbook.scalars.shortest import Shortest

EQ, NE, WHERE = (PRIMITIVES[name] for name in ("eq", "ne", "where"))


class Reader:
    """Reads some graphs.

    With keeps_names, named nodes are bases by themselves, with their own lines in the text. With shortens, factors are
    in their shortest forms, as arguments of functions are in any case.
    """

    def __init__(self, graphs: Sequence[Graph], keeps_names: bool = False, shortens: bool = True) -> None:
        self.keeps_names = keeps_names
        self.shortens = shortens
        self.algebra = Algebra(uses_decimals=any(map(_has_decimals, graphs)))
        self.shortest = Shortest(self.algebra)

    def read(self, graph: Graph) -> tuple[list[Sum], list[Sum]]:
        """A graph's outputs in normal form, and what is 0 at the points of the guards that they are without."""
        sums: list[Sum | None] = [None] * len(graph.nodes)
        guards: dict[Sum, None] = {}
        for node in graph.nodes:
            if graph.needed[node.index]:
                operands = [total for index in node.operands if (total := sums[index]) is not None]
                generic = self._generic(operands, guards) if node.operation is WHERE else None
                total = self._read_node(node, operands) if generic is None else generic
                is_named = self.keeps_names and node.name and node.operation is not None and total.number is None
                sums[node.index] = self.algebra.named(node.name or "", self.shortest.form(total)) if is_named else total
        outputs = [total for index in graph.outputs if (total := sums[index]) is not None]
        return outputs, list(guards)

    def _generic(self, operands: Sequence[Sum], guards: dict[Sum, None]) -> Sum | None:
        """The value of a choice at all but single points, or everywhere, if its condition is that numbers are equal."""
        condition, chosen, other = operands
        for comparison in [base for product in condition.terms for base, _ in product.powers]:
            if comparison.operation not in (EQ, NE) or condition.single is None:
                continue
            difference = self.algebra.add([(1, comparison.arguments[0]), (-1, comparison.arguments[1])])
            if difference.number is not None:
                return chosen if (comparison.operation is EQ) == (difference.number == 0) else other
            if has_kinks(difference):
                return None  # max(x, 0) is 0 at more than single points
            if not is_positive(difference):
                guards[difference] = None
            if comparison.operation is EQ:
                return other
            if len(condition.single[1].powers) == 1:
                return chosen
        return None

    def _read_node(self, node: Node, operands: Sequence[Sum]) -> Sum:
        algebra, operation = self.algebra, node.operation
        if node.is_input:
            return algebra.input(node.name or "")
        if operation is None:
            return self._constant(node)
        if operation is ADD:
            return algebra.add([(1, operands[0]), (1, operands[1])])
        if operation is SUB:
            return algebra.add([(1, operands[0]), (-1, operands[1])])
        if operation is NEG:
            return algebra.scale(-1, operands[0])
        is_arithmetic = operation in (MUL, DIV, POW)
        forms = [
            each if is_arithmetic and not self._is_shortened(each) else self.shortest.form(each) for each in operands
        ]
        for form in forms:
            self.shortest.cost(form)  # costs of parts are known before those of what consists of them
        if operation is MUL:
            return algebra.multiply(*forms)
        if operation is DIV:
            return algebra.divide(*forms)
        if operation is POW:
            return self._power(operation, operands[1], forms)
        if operation is WHERE:
            return self._choice(operation, forms)
        if isinstance(operation, Function) and operation.is_prelude and operation.name in WRITTEN_OUT:
            return self._read_body(operation.graph, forms)
        return algebra.call(operation, forms, node.parameters)

    def _is_shortened(self, factor: Sum) -> bool:
        """Whether a factor is brought into its shortest form: a sum, as a product is a part of the whole product."""
        return self.shortens and factor.single is None

    def _power(self, operation: Operation, exponent: Sum, forms: Sequence[Sum]) -> Sum:
        algebra = self.algebra
        number = exponent.number
        if number is None and not forms[0].terms:
            return algebra.plain_call(operation, forms)
        if number is None:
            return algebra.symbolic_power(forms[0], exponent)
        return algebra.power(forms[0], number)

    def _choice(self, operation: Operation, forms: Sequence[Sum]) -> Sum:
        condition, chosen, other = forms
        number = condition.number
        if number is not None:
            return chosen if number else other
        if chosen is other:
            return chosen
        return reduce_choice(condition, chosen, other) or self.algebra.plain_call(operation, forms)

    def _read_body(self, body: Graph, arguments: Sequence[Sum]) -> Sum:
        """The value of a function in terms of its arguments."""
        sums = dict(zip(body.inputs, arguments, strict=True))
        for node in body.nodes:
            if node.index not in sums:
                sums[node.index] = self._read_node(node, [sums[operand] for operand in node.operands])
        return sums[body.output]

    def _constant(self, node: Node) -> Sum:
        value = node.parameters["value"]
        number = number_of(node)
        if number is None or not abs(number) < float("inf"):
            return self.algebra.constant(value)
        return self.algebra.number(int(number) if number.is_integer() else Fraction(repr(float(number))))


def _has_decimals(graph: Graph) -> bool:
    """Whether a graph has numbers that are not whole."""
    numbers = [number_of(node) for node in graph.nodes if graph.needed[node.index]]
    return any([number is not None and abs(number) < float("inf") and not number.is_integer() for number in numbers])


def as_condition(algebra: Algebra, difference: Sum) -> tuple[Sum, Number]:
    """The condition that a sum is 0 as a sum without a number, and the number that it is: x is 1, or 0 for x^2."""
    number = difference.terms.get(ONE, 0)
    rest = algebra.add([(1, difference), (-1, algebra.number(number))])
    if rest.single is None:
        return rest, -number
    coefficient, product = rest.single
    return algebra.sum({product: 1}) if number else _without_power(algebra, product), quotient(-number, coefficient)


def _without_power(algebra: Algebra, product: Product) -> Sum:
    """What a product is a power of."""
    if len(product.powers) != 1:
        return algebra.sum({product: 1})
    ((base, _),) = product.powers
    return base.content if base.kind is Kind.SUM else algebra.of_base(base)


def is_positive(total: Sum) -> bool:
    """Whether a sum is known to be positive everywhere: 1 + x^2."""
    signs = []
    for product, coefficient in total.terms.items():
        if coefficient <= 0:
            return False
        signs.append(
            all(
                [base.kind is Kind.EXP or (base.is_constant and base.kind is Kind.NUMBER) for base, _ in product.powers]
            )
        )
        for (base, _), power in product.powers.items():
            if base.kind is Kind.EXP or base.kind is Kind.NUMBER:
                continue
            if isinstance(power, int) and power % 2 == 0:
                continue
            if base.kind is Kind.SUM and is_positive(base.content):
                signs[-1] = signs[-1] or len(product.powers) == 1
                continue
            return False
    return any(signs)
