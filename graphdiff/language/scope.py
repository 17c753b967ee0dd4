"""Where the names of an expression are looked up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from typing import TYPE_CHECKING

from graphdiff.errors import shortened
from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.language.statics import static_value
from graphdiff.language.tree import Definition, Name
from graphdiff.operations.options import Static
from graphdiff.source import Span

if TYPE_CHECKING:
    from graphdiff.language.program import Program


VALUE = "y"
"""What a gate's value is called in its own derivative, unless that is a parameter's name."""


class Scope:
    """Where the names of an expression are looked up: among constants and parameters first, then in the program."""

    def __init__(self, program: Program, builder: GraphBuilder, parameters: dict[str, Node]) -> None:
        self.program = program
        self.builder = builder
        self.parameters = parameters
        self.statics: Mapping[str, Static] = {}
        self.error = program.error

    def within(self, statics: Mapping[str, Static]) -> Scope:
        """The same scope with these constants."""
        inner = copy(self)
        inner.statics = statics
        return inner

    def with_options(self, definition: Definition, given: Mapping[str, Static]) -> Scope:
        """The scope of a definition's body: its options mean what a call gives, or else their defaults."""
        scope = self
        for option, default in definition.options:
            value = given[option.name] if option.name in given else static_value(default, scope)
            scope = scope.within({**scope.statics, option.name: value})
        return scope

    def value(self, name: str, span: Span) -> Node:
        """What a name means in this scope."""
        if name in self.statics:
            value = self.statics[name]
            if not isinstance(value, (float, bool)):
                raise self.error("value", f"'{shortened(name)}' is {value}, which is not a number", span)
            return self.builder.constant(float(value), span)
        return self.parameters.get(name) or self.global_value(name, span)

    def constant(self, name: str) -> float | None:
        """The number that the program has assigned to a name, where it is one."""
        node = None if name in self.parameters else self.program.values.get(name)
        value = node.parameters["value"] if node is not None and node.is_constant else None
        return value if isinstance(value, float) else None

    def is_bound(self, name: str) -> bool:
        """Whether a name means something of the program's."""
        return name in self.parameters or name in self.program.values

    def is_assigned(self, name: str) -> bool:
        """Whether the program gives a name its meaning: pi in `pi*x` is bound, and is pi all the same."""
        return name in self.parameters or name in self.program.assigned

    def global_value(self, name: str, span: Span) -> Node:
        """What a name means in the program, which a function's parameters do not hide."""
        if name in self.parameters:
            raise self.error(
                "name",
                f"'{shortened(name)}' is both a parameter of the output and a value that its functions use",
                span,
                "rename the parameter",
            )
        return self.program.value(name, span)


class Body(Scope):
    """The scope of a function's body, whose graph gets an input for each value of the program that it uses."""

    def __init__(self, program: Program, parameters: tuple[Name, ...]) -> None:
        builder = GraphBuilder(program.source)
        super().__init__(
            program,
            builder,
            {parameter.name: builder.input(parameter.name, parameter.span) for parameter in parameters},
        )
        self.captured: dict[str, Node] = {}

    def graph(self, output: Node, captured: Sequence[str]) -> Graph:
        """The graph of the body, whose inputs are the parameters, then these values of the program, also where the
        body does not use them."""
        for name in captured:
            self.global_value(name, None)
        own = [node.index for node in self.parameters.values()]
        inputs = [*own, *(self.captured[name].index for name in captured)]
        return Graph(self.builder.nodes, inputs, [output.index], source=self.program.source)

    def global_value(self, name: str, span: Span | None) -> Node:
        if name not in self.captured:
            self.captured[name] = self.builder.input(name, span)
        return self.captured[name]


class Rule(Body):
    """The scope of a derivative that stands after `with`: the last input of its graph is the value of the gate."""

    def __init__(self, program: Program, parameters: tuple[Name, ...]) -> None:
        super().__init__(program, parameters)
        self.result = self.builder.input("" if VALUE in self.parameters else VALUE)
        self.parameters.setdefault(VALUE, self.result)

    def graph(self, output: Node, captured: Sequence[str]) -> Graph:
        body = super().graph(output, captured)
        inputs = [index for index in body.inputs if index != self.result.index]
        return Graph(body.nodes, [*inputs, self.result.index], body.outputs, source=body.source)
