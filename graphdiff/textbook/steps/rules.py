"""The rules of differentiation as textbooks write them, for derivations; what is computed comes from the records.

In a rule f, g and h are functions of the variable, and df, dg and dh their derivatives; c, n and a do not depend on it.
A rule of an operation that is not listed here is written as the record of the operation gives it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, reduce
from typing import Any, NamedTuple

from graphdiff.algebra.node_interpreter import NodeInterpreter
from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.function import Operation
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.operations.primitive import MATRIX_MULTIPLIER, Primitive
from graphdiff.operations.shapes import Shape
from graphdiff.passes.derivative import derivative
from graphdiff.passes.derivative_builder import DerivativeBuilder
from graphdiff.passes.forward import forward
from graphdiff.passes.tangent import tangent_along
from graphdiff.reading.parse import read
from graphdiff.textbook.form import textbook_form
from graphdiff.textbook.steps.tidy import Tidier
from graphdiff.writing.spelling import options_of, static_text

FUNCTIONS, CONSTANTS = "fghpqrs", "cabk"
"""The names of operands in rules, that depend on the variable or do not; "d" before a name is a derivative."""


class Rule(NamedTuple):
    """A rule of differentiation: its name, and two graphs, of a formula and of its derivative."""

    name: str
    of: Graph
    gives: Graph


_RULES = {
    "sum": ("sum", "f + g", "df + dg"),
    "difference": ("difference", "f - g", "df - dg"),
    "constant term": ("sum", "f + c", "df"),
    "constant difference": ("difference", "f - c", "df"),
    "constant minus": ("difference", "c - f", "-df"),
    "negative": ("constant multiple", "-f", "-df"),
    "constant multiple": ("constant multiple", "c*f", "c*df"),
    "constant divisor": ("constant multiple", "f/c", "df/c"),
    "product": ("product", "f*g", "df*g + f*dg"),
    "quotient": ("quotient", "f/g", "(df*g - f*dg)/g^2"),
    "reciprocal": ("reciprocal", "1/f", "-df/f^2"),
    "constant quotient": ("reciprocal", "c/f", "-c*df/f^2"),
    "power": ("power", "f^n", "n*f^(n - 1)*df"),
    "reciprocal power": ("power", "1/f^n", "-n*df/f^(n + 1)"),
    "multiple of a power": ("power", "c*f^n", "c*n*f^(n - 1)*df"),
    "multiple of a reciprocal power": ("power", "c/f^n", "-c*n*df/f^(n + 1)"),
    "exponential": ("exponential", "a^f", "a^f*log(a)*df"),
    "gradient": ("gradient", "f", "sum(G*dx)"),
    "Jacobian": ("Jacobian", "f", "J @ dx"),
    "general power": ("general power", "f^g", "f^g*(dg*log(f) + g*df/f)"),
}
"""name -> (the name that a derivation gives it, formula, derivative); G is a gradient, J a Jacobian."""
_RULES_OF_OPERATIONS = {
    "where": ("cases", "where(c, f, g)", "where(c, df, dg)"),
    "max": ("maximum", "max(f, g)", "where(f >= g, df, dg)"),
    "min": ("minimum", "min(f, g)", "where(f <= g, df, dg)"),
    "trace": ("trace", "trace(f)", "trace(df)"),
    "inv": ("inverse", "inv(f)", "-inv(f) @ df @ inv(f)"),
    "det": ("determinant", "det(f)", "det(f)*trace(inv(f) @ df)"),
    "logdet": ("determinant", "logdet(f)", "trace(inv(f) @ df)"),
    "norm": ("norm", "norm(f{options})", "sum(f*df{options})/norm(f{options})"),
    "prod": ("reduction", "prod(f{options})", "prod(f{options})*sum(df/f{options})"),
    "amax": ("maximum", "max(f{options})", "sum(where(f == max(f{kept}), df, 0){options})"),
    "amin": ("minimum", "min(f{options})", "sum(where(f == min(f{kept}), df, 0){options})"),
    "logsumexp": ("logsumexp", "logsumexp(f{options})", "sum(softmax(f{along})*df{options})"),
    "softmax": ("softmax", "softmax(f{options})", "softmax(f{options})*(df - sum(softmax(f{options})*df{kept}))"),
    "log_softmax": ("log_softmax", "log_softmax(f{options})", "df - sum(softmax(f{along})*df{kept})"),
}
"""The same by the name of an operation, with places for its options; for the axis of a reduction that is to broadcast
again, where there are others; and for the axis of a softmax along the same axis."""


@cache
def textbook_rule(name: str) -> Rule:
    """A rule of sums, products and powers."""
    name, of, gives = _RULES[name]
    return Rule(name, read(of), read(gives))


@cache
def rule_of_variable(name: str) -> Rule:
    """A rule for a function of one operand, the variable x itself."""
    rule = textbook_rule(name)
    op = NodeInterpreter(GraphBuilder())
    symbols = {each: op.symbol({"f": "x"}.get(each, each)) for each in rule.of.input_names}
    symbols["df"] = op.constant(1.0)
    of, gives = (forward(graph, [symbols[each] for each in graph.input_names], op)[graph.output] for graph in rule[1:])
    return Rule(rule.name, _graph(op, of), _graph(op, gives))


def rule_of(
    operation: Operation, shapes: Sequence[Shape], active: Sequence[int], parameters: Mapping[str, Any]
) -> Rule:
    """The rule of an operation on operands of these shapes, of which those in the active slots depend on the variable.

    Its inputs are named f, g, h, … for these, c, a, b, … for the others, and df, dg, … for the derivatives.
    """
    names = operand_names(len(shapes), active)
    if has_textbook_rule(operation):
        rule = _rule_of_operation(operation, shapes, parameters)
        if list(rule.of.input_names) == names:
            return rule
    builder = GraphBuilder()
    operands = [builder.input(name) for name in names]
    node = builder.apply(operation, operands, parameters=parameters)
    of = Graph(builder.nodes, builder.inputs, [node.index])
    name, functions = operation.title or operation.name, [names[slot] for slot in active]
    if operation.is_elementwise:
        return Rule(name, of, _elementwise(of, functions))
    if operation.moves:
        return Rule(name, of, _linear(of, functions, dict(zip(names, shapes, strict=True))))
    if isinstance(operation, Primitive) and _is_multilinear(operation):
        return Rule("product" if len(active) > 1 else "linear map", of, _multilinear(of, functions))
    return Rule(name, of, _on_arrays(of, functions, dict(zip(names, shapes, strict=True))))


def _is_multilinear(operation: Primitive) -> bool:
    """Whether an operation is linear in each operand, as products are that do not multiply one by itself."""
    is_product = operation.backward_pattern is MATRIX_MULTIPLIER and not operation.by_elimination
    return is_product and (len(operation.inputs) > 1 or operation.n_ary)


def has_textbook_rule(operation: Operation) -> bool:
    """Whether textbooks have a rule for an operation as a whole."""
    return operation.name in _RULES_OF_OPERATIONS and (isinstance(operation, Primitive) or operation.is_prelude)


def _rule_of_operation(operation: Operation, shapes: Sequence[Shape], parameters: Mapping[str, Any]) -> Rule:
    title, *texts = _RULES_OF_OPERATIONS[operation.name]
    defaults = {option.name: option.default for option in operation.options}
    axis = parameters.get("axis", defaults.get("axis"))
    is_vector = len(shapes[0]) == 1
    places = {
        "options": "".join(f", {name}={text}" for name, text in options_of(operation, parameters)),
        "kept": "" if is_vector or axis is None else f", axis={static_text(axis)}, keepdims=true",
        "along": "" if is_vector or axis == -1 else f", axis={static_text(axis)}",
    }
    of, gives = (read(text.format(**places)) for text in texts)
    return Rule(title, of, gives)


def operand_names(count: int, active: Sequence[int]) -> list[str]:
    """The names of operands in a rule."""
    functions = iter([*FUNCTIONS, *(f"f{number}" for number in range(count))])
    constants = iter([*CONSTANTS, *(f"c{number}" for number in range(count))])
    return [next(functions if slot in active else constants) for slot in range(count)]


def _elementwise(of: Graph, functions: Sequence[str]) -> Graph:
    """The sum of local derivative times df, over these operands."""
    op = NodeInterpreter(GraphBuilder(), keeps_gates=True)
    symbols = {name: op.symbol(name) for name in of.input_names}
    terms: list[Node] = []
    for name in functions:
        local = textbook_form([derivative(of, name)], {}).graph
        factor = forward(local, [symbols[each] for each in local.input_names], op)[local.output]
        symbol = op.symbol(f"d{name}")
        is_choice = op.simplifier.is_binary(op.lift(factor))
        terms.append(op.where(factor, symbol, 0.0) if is_choice else op.mul(factor, symbol))
    return _graph(op, reduce(op.add, terms))


def _linear(of: Graph, functions: Sequence[str], shapes: Mapping[str, Shape]) -> Graph:
    """The derivative of an operation that only moves, copies and adds entries: it does the same to their derivatives,
    which are 0 for what does not depend on the variable."""
    op = NodeInterpreter(GraphBuilder())
    node = of.nodes[of.output]
    assert node.operation is not None
    operands = []
    for slot, name in enumerate(of.input_names):
        if name in functions:
            operands.append(op.symbol(f"d{name}"))
        elif not node.operation.passes_to(slot):
            operands.append(op.symbol(name))
        else:
            operands.append(op.zeros(shape=shapes[name]) if shapes[name] else op.constant(0.0))
    return _graph(op, op.simplifier.intern(node.operation, operands, node.parameters))


def _multilinear(of: Graph, functions: Sequence[str]) -> Graph:
    """The derivative of an operation that is linear in each operand: the sum of it with one of them in turn replaced
    by its derivative."""
    op = NodeInterpreter(GraphBuilder())
    symbols = {name: op.symbol(name) for name in of.input_names}
    terms = [forward(of, list({**symbols, name: op.symbol(f"d{name}")}.values()), op)[of.output] for name in functions]
    return _graph(op, reduce(op.add, terms))


def _on_arrays(of: Graph, functions: Sequence[str], shapes: Mapping[str, Shape]) -> Graph:
    """The tangent of an operation, from the rule of its record."""
    builder = DerivativeBuilder(of, shapes)
    tangents: dict[int, Node] = {}
    for name in functions:
        index = of.input_indices[name]
        tangents[index] = builder.op.symbol(f"d{name}", shapes[name])
        builder.inputs.append(tangents[index])
    graph = builder.result([tangent_along(builder, tangents)])
    return textbook_form([graph], {**shapes, **{f"d{name}": shapes[name] for name in functions}}).graph


def _graph(op: NodeInterpreter, output: Node) -> Graph:
    """The graph of a formula, as it is written down."""
    output = Tidier(op, 0).tidy(output)
    return Graph(op.builder.nodes, op.builder.inputs, [output.index])
