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
from graphdiff.textbook.tidy import Tidier

FUNCTIONS, CONSTANTS = "fgh", "cab"
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
    "negative": ("constant multiple", "-f", "-df"),
    "constant multiple": ("constant multiple", "c*f", "c*df"),
    "constant divisor": ("constant multiple", "f/c", "df/c"),
    "product": ("product", "f*g", "df*g + f*dg"),
    "quotient": ("quotient", "f/g", "(df*g - f*dg)/g^2"),
    "reciprocal": ("reciprocal", "1/f", "-df/f^2"),
    "constant quotient": ("reciprocal", "c/f", "-c*df/f^2"),
    "power": ("power", "f^n", "n*f^(n - 1)*df"),
    "reciprocal power": ("power", "1/f^n", "-n*df/f^(n + 1)"),
    "exponential": ("exponential", "a^f", "a^f*log(a)*df"),
    "general power": ("general power", "f^g", "f^g*(dg*log(f) + g*df/f)"),
}
"""name -> (the name that a derivation gives it, formula, derivative)"""
_RULES_OF_OPERATIONS = {
    "where": ("cases", "where(c, f, g)", "where(c, df, dg)"),
    "trace": ("trace", "trace(f)", "trace(df)"),
    "inv": ("inverse", "inv(f)", "-inv(f) @ df @ inv(f)"),
    "det": ("determinant", "det(f)", "det(f)*trace(inv(f) @ df)"),
    "logdet": ("determinant", "logdet(f)", "trace(inv(f) @ df)"),
    "norm": ("norm", "norm(f)", "sum(f*df)/norm(f)"),
    "prod": ("reduction", "prod(f)", "prod(f)*sum(df/f)"),
    "softmax of a vector": ("softmax", "softmax(f)", "softmax(f)*(df - sum(softmax(f)*df))"),
    "log_softmax of a vector": ("log_softmax", "log_softmax(f)", "df - sum(softmax(f)*df)"),
    "logsumexp of a vector": ("logsumexp", "logsumexp(f)", "sum(softmax(f)*df)"),
}
"""The same by the name of an operation, without options."""


@cache
def textbook_rule(name: str) -> Rule:
    """A rule of sums, products and powers."""
    return _read(*_RULES[name])


@cache
def _rule_of_operation(name: str) -> Rule | None:
    return _read(*_RULES_OF_OPERATIONS[name]) if name in _RULES_OF_OPERATIONS else None


def _read(name: str, of: str, gives: str) -> Rule:
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

    Its inputs are named f, g, h for these, c for the others, and df, dg, dh for the derivatives.
    """
    written = _textbook_rule_of(operation, shapes, parameters)
    if written is not None and len(active) == sum(name[0] == "d" for name in written.gives.input_names):
        return written
    names = operand_names(len(shapes), active)
    builder = GraphBuilder()
    operands = [builder.input(name) for name in names]
    node = builder.apply(operation, operands, parameters=parameters)
    of = Graph(builder.nodes, builder.inputs, [node.index])
    named_shapes = dict(zip(names, shapes, strict=True))
    functions = [names[slot] for slot in active]
    if operation.is_elementwise:
        return Rule(operation.title or operation.name, of, _elementwise(of, functions))
    if isinstance(operation, Primitive) and operation.backward_pattern is MATRIX_MULTIPLIER and not operation.by_elimination:
        return Rule("product" if len(active) > 1 else "linear map", of, _multilinear(of, functions))
    return Rule(operation.title or operation.name, of, _on_arrays(of, functions, named_shapes))


def has_textbook_rule(operation: Operation) -> bool:
    """Whether textbooks have a rule for an operation as a whole, which need not be taken apart."""
    return isinstance(operation, Primitive) or (operation.is_prelude and operation.name in _RULES_OF_OPERATIONS)


def _textbook_rule_of(operation: Operation, shapes: Sequence[Shape], parameters: Mapping[str, Any]) -> Rule | None:
    if parameters or not has_textbook_rule(operation):
        return None
    is_vector = len(shapes) == 1 and len(shapes[0]) == 1
    return _rule_of_operation(operation.name) or (
        _rule_of_operation(f"{operation.name} of a vector") if is_vector else None
    )


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
        terms.append(op.mul(factor, op.symbol(f"d{name}")))
    return _graph(op, reduce(op.add, terms))


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
