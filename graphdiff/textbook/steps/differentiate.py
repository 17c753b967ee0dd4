"""One step of a derivation: the rule that applies to a node, and what it gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import NamedTuple

from graphdiff.algebra.constants import number_of
from graphdiff.graph.function import Function
from graphdiff.graph.node import Node
from graphdiff.operations.registry import PRIMITIVES
from graphdiff.textbook.steps.rules import (
    Rule,
    has_textbook_rule,
    operand_names,
    rule_of,
    rule_of_variable,
    textbook_rule,
)
from graphdiff.textbook.steps.sheet import Sheet

ADD, SUB, MUL, DIV, NEG, POW, ONES = (PRIMITIVES[name] for name in ("add", "sub", "mul", "div", "neg", "pow", "ones"))


class Application(NamedTuple):
    """A rule as it applies to a node.

    Attributes:
        name: The name of the rule.
        gives: The derivative, with symbols for the derivatives of parts.
        rule: The rule in general; None where what it gives says as much.
        chain: The functions that the chain rule takes it apart into.
    """

    name: str
    gives: Node
    rule: Rule | None = None
    chain: Chain | None = None


class Chain(NamedTuple):
    """An outer function of an inner one.

    Attributes:
        letter: What the inner function is called.
        inner: The inner function.
        symbol: The symbol of the derivative of the outer function, by the letter.
        outer: The rule that gives this derivative.
        value: This derivative at the inner function.
    """

    letter: str
    inner: Node
    symbol: Node
    outer: Application
    value: Node


class Product(NamedTuple):
    """A product and quotient: sign, and factors above and below the line, constant and not."""

    sign: int
    constants_above: list[Node]
    constants_below: list[Node]
    above: list[Node]
    below: list[Node]

    @property
    def has_constant(self) -> bool:
        """Whether there is a sign, or a constant factor."""
        return self.sign < 0 or bool(self.constants_above or self.constants_below)


def differentiate(sheet: Sheet, node: Node) -> Application:
    """The rule that applies to a node."""
    application = _apply(sheet, node)
    shape, own = sheet.op.shape(node), sheet.op.shape(application.gives)
    if shape and own != shape:
        ones = sheet.op.apply(ONES, shape=shape)
        return Application("broadcasting", sheet.op.mul(application.gives, ones))
    return application


def _apply(sheet: Sheet, node: Node) -> Application:
    operation = node.operation
    if node.index == sheet.variable_index:
        return Application("identity", sheet.seed)
    if not sheet.depends(node):
        return Application("constant", sheet.zero)
    if node.index in sheet.definitions:
        return Application("definition", sheet.derivative_symbol(sheet.node(sheet.definitions[node.index])))
    assert operation is not None
    if operation in (ADD, SUB):
        return _sum(sheet, node)
    if operation in (MUL, DIV, NEG):
        return _product(sheet, _factors(sheet, node))
    if operation is POW:
        return _power(sheet, node)
    if isinstance(operation, Function) and not operation.partials and not has_textbook_rule(operation):
        body = sheet.tidier.tidy(sheet.insert(operation.graph, sheet.operands(node)))
        return Application("definition", sheet.derivative_symbol(body))
    return _operation(sheet, node)


def derivative_of(sheet: Sheet, node: Node) -> Node:
    """The derivative of a part: written at once for a constant, the variable, and a multiple of the variable; else a
    symbol for what is still to be taken."""
    if not sheet.depends(node):
        return sheet.zero
    if node.index == sheet.variable_index:
        return sheet.seed
    if node.operation in (MUL, DIV, NEG) and sheet.op.shape(node) == sheet.op.shape(sheet.seed):
        product = _factors(sheet, node)
        if not product.below and [each.index for each in product.above] == [sheet.variable_index]:
            return _times_constant(sheet, product, sheet.seed)
    return sheet.derivative_symbol(node)


def _sum(sheet: Sheet, node: Node) -> Application:
    """The sum rule for all terms of a sum at once."""
    terms: list[tuple[int, Node]] = []
    pending = [(1, node)]
    while pending:
        sign, each = pending.pop()
        if each.operation in (ADD, SUB):
            left, right = sheet.operands(each)
            pending += [(sign if each.operation is ADD else -sign, right), (sign, left)]
        else:
            terms.append((sign, each))
    active = [(sign, derivative_of(sheet, each)) for sign, each in terms if sheet.depends(each)]
    first, *rest = active
    gives = first[1] if first[0] > 0 else sheet.op.neg(first[1])
    for sign, each in rest:
        gives = sheet.op.add(gives, each) if sign > 0 else sheet.op.sub(gives, each)
    if rest:
        return _written("sum" if any(sign > 0 for sign, _ in rest) else "difference", gives)
    if first[0] < 0:
        return _written("constant minus", gives)
    return _written("constant term" if any(sign > 0 for sign, _ in terms[1:]) else "constant difference", gives)


def _written(name: str, gives: Node) -> Application:
    """A written rule, and what it gives."""
    rule = textbook_rule(name)
    return Application(rule.name, gives, rule)


def _apply_rule(sheet: Sheet, name: str, operands: Mapping[str, Node]) -> Application:
    """A written rule on these operands."""
    rule = textbook_rule(name)
    return Application(rule.name, _insert(sheet, rule, operands), rule)


def _factors(sheet: Sheet, node: Node) -> Product:
    """The factors of a product, a quotient or a negative."""
    product = Product(1, [], [], [], [])
    sign = 1
    pending = [(True, node)]
    while pending:
        is_above, each = pending.pop()
        if not sheet.depends(each):
            (product.constants_above if is_above else product.constants_below).append(each)
        elif each.operation is MUL:
            left, right = sheet.operands(each)
            pending += [(is_above, right), (is_above, left)]
        elif each.operation is DIV:
            left, right = sheet.operands(each)
            pending += [(not is_above, right), (is_above, left)]
        elif each.operation is NEG:
            sign = -sign
            pending.append((is_above, sheet.operands(each)[0]))
        else:
            (product.above if is_above else product.below).append(each)
    product.constants_above[:] = [each for each in product.constants_above if number_of(each) != 1]
    return product._replace(sign=sign)


def _times(sheet: Sheet, factors: Sequence[Node]) -> Node:
    """A product, as it is."""
    return reduce(lambda left, right: sheet.op.simplifier.intern(MUL, (left, right)), factors)


def _times_constant(sheet: Sheet, product: Product, node: Node) -> Node:
    """The sign and the constant factors of a product times a node."""
    for each in reversed(product.constants_above):
        node = sheet.op.mul(each, node)
    if product.constants_below:
        node = sheet.op.div(node, _times(sheet, product.constants_below))
    return node if product.sign > 0 else sheet.op.neg(node)


def _product(sheet: Sheet, product: Product) -> Application:
    """The rules of constant multiples, products, quotients and reciprocals."""
    above, below = product.above, product.below
    if below and not above:
        return _reciprocal(sheet, product, _times(sheet, below))
    if product.has_constant:
        rest = _times(sheet, above)
        if below:
            rest = sheet.op.simplifier.intern(DIV, (rest, _times(sheet, below)))
        return _multiple(sheet, product, rest)
    if below:
        name, f, g = "quotient", _times(sheet, above), _times(sheet, below)
    elif len(above) > 1:
        name, f, g = "product", above[0], _times(sheet, above[1:])
    else:  # 1*f, -(-f)
        return Application("constant multiple", derivative_of(sheet, above[0]))
    return _apply_rule(sheet, name, {"f": f, "g": g})


def _insert(sheet: Sheet, rule: Rule, operands: Mapping[str, Node]) -> Node:
    """What a rule gives for these operands."""
    values = [
        operands[name] if name in operands else derivative_of(sheet, operands[name[1:]])
        for name in rule.gives.input_names
    ]
    return sheet.insert(rule.gives, values)


def _multiple(sheet: Sheet, product: Product, rest: Node) -> Application:
    """A constant multiple; that of a power of the variable in one step."""
    power = sheet.operands(rest)[1] if rest.operation is DIV else rest
    if power.operation is POW and sheet.is_number(power) and power.operands[0] == sheet.variable_index:
        application = differentiate(sheet, rest)
        if application.name == "power":
            rule = rule_of_variable("multiple of a power" if power is rest else "multiple of a reciprocal power")
            return Application("power", _times_constant(sheet, product, application.gives), rule)
    name = "constant multiple" if product.constants_above else "constant divisor"
    name = name if product.constants_above or product.constants_below else "negative"
    return _written(name, _times_constant(sheet, product, derivative_of(sheet, rest)))


def _reciprocal(sheet: Sheet, product: Product, below: Node) -> Application:
    """c/f; where f is a power, -n is its exponent."""
    if below.operation is POW and not sheet.depends(sheet.operands(below)[1]):
        one = sheet.op.simplifier.intern(DIV, (sheet.op.constant(1.0), below))
        if product.has_constant:
            return _multiple(sheet, product, one)
        base, exponent = sheet.operands(below)
        return _through(sheet, one, "reciprocal power", {"f": base, "n": exponent})
    constants = _times_constant(sheet, product, sheet.op.constant(1.0))
    name = "constant quotient" if product.has_constant else "reciprocal"
    return _apply_rule(sheet, name, {"c": constants, "f": below})


def _power(sheet: Sheet, node: Node) -> Application:
    base, exponent = sheet.operands(node)
    if not sheet.depends(exponent):
        return _through(sheet, node, "power", {"f": base, "n": exponent})
    if not sheet.depends(base):
        return _through(sheet, node, "exponential", {"a": base, "f": exponent})
    return _apply_rule(sheet, "general power", {"f": base, "g": exponent})


def _operation(sheet: Sheet, node: Node) -> Application:
    """The rule of the operation's record."""
    assert node.operation is not None
    operands = sheet.operands(node)
    active = [slot for slot, operand in enumerate(operands) if sheet.depends(operand)]
    active = node.operation.differentiable_slots(active)
    rule = rule_of(node.operation, [sheet.op.shape(each) or () for each in operands], active, node.parameters)
    values = dict(zip(operand_names(len(operands), active), operands, strict=True))
    is_smooth = node.operation.is_elementwise and not node.operation.backward_pattern.selects
    if is_smooth and len(active) == 1:
        return _through(sheet, node, rule, values)
    inputs = [
        values[each] if each in values else derivative_of(sheet, values[each[1:]]) for each in rule.gives.input_names
    ]
    return Application(rule.name, sheet.insert(rule.gives, inputs), rule)


def _through(sheet: Sheet, node: Node, rule: Rule | str, values: Mapping[str, Node]) -> Application:
    """A rule for a function of one operand f: as it stands for the variable itself, else with the chain rule."""
    of_variable: Rule | None = None
    if isinstance(rule, str):
        rule, of_variable = textbook_rule(rule), rule_of_variable(rule)
    f, one = values["f"], sheet.op.constant(1.0)

    def give(operand: Node, derivative: Node) -> Node:
        symbols = {**values, "f": operand, "df": derivative}
        return sheet.insert(rule.gives, [symbols[name] for name in rule.gives.input_names])

    if not (sheet.is_number(node) and sheet.is_number(f)):
        return Application(rule.name, give(f, derivative_of(sheet, f)), rule)
    if f.index == sheet.variable_index:
        return Application(rule.name, give(f, one), of_variable)
    u = sheet.inner_function(f)
    letter = u.name or ""
    symbols = {**values, "f": u}
    of = sheet.insert(rule.of, [symbols[name] for name in rule.of.input_names], simplifies=False)
    symbol = sheet.derivative_symbol(of, letter)
    gives = sheet.op.simplifier.intern(MUL, (symbol, sheet.derivative_symbol(f)))
    outer = Application(rule.name, give(u, one), of_variable)
    return Application("chain", gives, None, Chain(letter, f, symbol, outer, give(f, one)))
