"""Scopes, in which the names of an expression are looked up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from typing import TYPE_CHECKING

from graphdiff.errors import shorten
from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.language.statics import static_value
from graphdiff.language.tree import Definition, Expression, Name
from graphdiff.operations.options import Static
from graphdiff.source import Span
from graphdiff.writing.spelling import static_text

if TYPE_CHECKING:
    from graphdiff.language.program import Program


VALUE = "y"
"""The name of a gate's value in its own derivative, unless a parameter has this name."""


class Scope:
    """Looks up names: first among constants (statics) and parameters, then in the program."""

    def __init__(self, program: Program, builder: GraphBuilder, parameters: dict[str, Node]) -> None:
        self.program = program
        self.builder = builder
        self.parameters = parameters
        self.statics: Mapping[str, Static] = {}
        self.error = program.error

    def within(self, statics: Mapping[str, Static]) -> Scope:
        """The same scope with other constants."""
        inner = copy(self)
        inner.statics = statics
        return inner

    def with_options(self, definition: Definition, options: Mapping[str, Static]) -> Scope:
        """The scope of a definition's body, in which its options have the values of a call, or their defaults."""
        scope = self
        for option, default in definition.options:
            value = options[option.name] if option.name in options else static_value(default, scope)
            scope = scope.within({**scope.statics, option.name: value})
        return scope

    def value(self, name: str, span: Span) -> Node:
        """The node of a name in this scope."""
        if name in self.statics:
            value = self.statics[name]
            if not isinstance(value, (float, bool)):
                raise self.error("value", f"'{shorten(name)}' is {static_text(value)}, which is not a number", span)
            return self.builder.constant(value if isinstance(value, float) else float(value), span)
        return self.parameters.get(name) or self.global_value(name, span)

    def outside(self, tree: Expression) -> tuple[Expression, Scope] | None:
        """In a loop, what has the shape of a tree outside of it, and the scope there; None where there is nothing."""
        return None

    def constant(self, name: str) -> float | None:
        """The number that the program assigns to a name, if it is one."""
        node = None if name in self.parameters else self.program.values.get(name)
        value = node.parameters["value"] if node is not None and node.is_constant else None
        return value if isinstance(value, float) else None

    def is_bound(self, name: str) -> bool:
        """Whether a name is a parameter or a value of the program."""
        return name in self.parameters or name in self.program.values

    def is_assigned(self, name: str) -> bool:
        """Whether a name is a parameter or assigned; in `pi*x`, pi is bound, but it is still the constant."""
        return name in self.parameters or name in self.program.assigned_names

    def global_value(self, name: str, span: Span) -> Node:
        """The node of a name of the program, not hidden by parameters of functions."""
        if name in self.parameters:
            raise self.error(
                "name",
                f"'{shorten(name)}' is both a parameter of the output and a value that its functions use",
                span,
                "rename the parameter",
            )
        return self.program.value(name, span)


class Body(Scope):
    """The scope of a function's body; its graph has an input for each value of the program that the body uses."""

    def __init__(self, program: Program, parameters: tuple[Name, ...]) -> None:
        builder = GraphBuilder(program.source)
        super().__init__(
            program,
            builder,
            {parameter.name: builder.input(parameter.name, parameter.span) for parameter in parameters},
        )
        self.captures: dict[str, Node] = {}

    def graph(self, output: Node, captures: Sequence[str]) -> Graph:
        """The graph of the body; its inputs are the parameters, then these values of the program, used or not."""
        for name in captures:
            self.global_value(name, None)
        own = [node.index for node in self.parameters.values()]
        inputs = [*own, *(self.captures[name].index for name in captures)]
        return Graph(self.builder.nodes, inputs, [output.index], source=self.program.source)

    def global_value(self, name: str, span: Span | None) -> Node:
        if name not in self.captures:
            self.captures[name] = self.builder.input(name, span)
        return self.captures[name]


class Rule(Body):
    """The scope of a derivative after `with`; the last input of its graph is the value of the gate."""

    def __init__(self, program: Program, parameters: tuple[Name, ...]) -> None:
        super().__init__(program, parameters)
        self.result = self.builder.input("" if VALUE in self.parameters else VALUE)
        self.parameters.setdefault(VALUE, self.result)

    def graph(self, output: Node, captures: Sequence[str]) -> Graph:
        body = super().graph(output, captures)
        inputs = [index for index in body.inputs if index != self.result.index]
        return Graph(body.nodes, [*inputs, self.result.index], body.outputs, source=body.source)
