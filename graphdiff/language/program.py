"""A program → its graph: names are resolved, calls become gates, and every node knows its place in the text."""

from __future__ import annotations

from _thread import RLock
from collections.abc import Mapping, Sequence
from functools import lru_cache

from graphdiff.errors import ErrorKind, GraphdiffError, shortened
from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.function import Function
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.language.nodes import Expressions
from graphdiff.language.parser import parse as parse_tree
from graphdiff.language.resources import read_grammar_file
from graphdiff.language.scope import VALUE, Body, Rule, Scope
from graphdiff.language.tree import Assignment, Definition, Result, Statement
from graphdiff.operations.options import Static
from graphdiff.source import PRELUDE, Source, Span

DEEPEST_CALLS = 100
"""How many calls may stand inside one another."""
MOST_OPERATIONS = 1_000_000
"""How many operations all calls together may run; functions of functions multiply."""


class Program:
    """The statements of one source, and the graph that they build one by one."""

    def __init__(self, source: Source, statements: Sequence[Statement] | None = None, is_prelude: bool = False) -> None:
        self.source = source
        self.is_prelude = is_prelude
        self.statements = parse_tree(source) if statements is None else statements
        self.builder = GraphBuilder(source)
        self.expressions = Expressions(self)
        # The prelude's functions are built when a program first calls them, in whichever thread.
        self.lock = RLock()
        # How many terms comprehensions have made.
        self.terms = 0
        self.values: dict[str, Node] = {}
        self.assigned: set[str] = set()
        self.functions: dict[tuple[str, str], Function] = {}
        self.unfinished: list[str] = []
        self.definitions: dict[str, Definition] = {}
        for statement in self.statements:
            if isinstance(statement, Definition):
                name = statement.target.name
                if name in self.definitions:
                    raise self.error("name", f"function '{shortened(name)}' is defined twice", statement.target.span)
                self.definitions[name] = statement

    @property
    def prelude(self) -> Program:
        """The program of the functions that every program may call."""
        return prelude_program()

    def graph(self) -> Graph:
        scope = Scope(self, self.builder, {})
        last = self.statements[-1]
        for statement in self.statements:
            if isinstance(statement, Assignment):
                result = self.assign(statement, scope)
            elif isinstance(statement, Result):
                result = self.expressions.node(statement.body, scope)
            elif statement is last:
                result = self.result_of_definition(statement, scope)
        for definition in self.definitions.values():
            if definition is not last:  # its errors, and its inputs, though nothing calls it
                function = self.defined(definition, definition.target.span)
                for captured in function.captured:
                    scope.global_value(captured, function.place_of(captured) or definition.target.span)
        self.check_operations()
        names = {name: self.values[name].index for name in self.assigned}
        return Graph(self.builder.nodes, self.builder.inputs, [result.index], names, self.source)

    def assign(self, statement: Assignment, scope: Scope) -> Node:
        name, span = statement.target
        if name in self.assigned:
            raise self.error(
                "name", f"'{shortened(name)}' is assigned twice", span, "give the new value a name of its own"
            )
        node = self.expressions.node(statement.body, scope)
        used = self.values.get(name)
        if used is not None:
            raise self.error(
                "name",
                f"'{shortened(name)}' is used before it is assigned",
                used.span or span,
                "give one of the two values another name",
            )
        # The builder's node may have been renamed since.
        node = self.builder.nodes[node.index]
        if node.name is None:
            node = self.builder.rename(node, name)
        self.values[name] = node
        self.assigned.add(name)
        return node

    def result_of_definition(self, definition: Definition, scope: Scope) -> Node:
        """A program that ends in f(x, y) = … is its body, on inputs x and y, which become the scope's parameters."""
        parameters = scope.parameters
        earlier = self.builder.inputs[:]
        for name, span in definition.parameters:
            if name in self.values:
                raise self.error(
                    "name",
                    f"parameter '{shortened(name)}' is also a name of the program",
                    span,
                    "rename the parameter",
                )
            parameters[name] = self.builder.input(name, span)
        if definition.derivatives:
            function = self.defined(definition, definition.target.span)
            captured = [self.value(name, function.place_of(name) or definition.body.span) for name in function.captured]
            result = self.builder.apply(function, [*parameters.values(), *captured], definition.body.span)
        else:
            self.unfinished.append(definition.target.name)
            result = self.expressions.node(definition.body, scope.with_options(definition, {}))
            self.unfinished.pop()
        self.builder.inputs = [
            *(node.index for node in parameters.values()),
            *earlier,
            *self.builder.inputs[len(earlier) + len(parameters) :],
        ]
        return result

    def value(self, name: str, span: Span) -> Node:
        """The program's node of a name: an assigned one, or an input."""
        node = self.values.get(name)
        if node is None:
            node = self.values[name] = self.builder.input(name, span)
        return node

    def defined(
        self,
        definition: Definition,
        span: Span,
        given: Mapping[str, Static] | None = None,
        caller: Program | None = None,
    ) -> Function:
        """The function of a definition with these constants, built when it is first asked for; span is where.

        caller is the program that calls, where the definition is the prelude's.
        """
        with self.lock:
            return self._defined(definition, span, given or {}, caller)

    def _defined(
        self, definition: Definition, span: Span, given: Mapping[str, Static], caller: Program | None
    ) -> Function:
        name = definition.target.name
        key = name, repr(given)  # in which 1 and true are two
        if key in self.functions:
            return self.functions[key]
        if name in self.unfinished:
            raise self.error(
                "name",
                f"function '{shortened(name)}' calls itself",
                span,
                "a formula has no recursion: write the steps out",
            )
        self.unfinished.append(name)
        if len(self.unfinished) > DEEPEST_CALLS:
            raise self.depth_error(span)
        try:
            function = self._function(definition, given)
        except GraphdiffError as error:
            if caller is None or caller is self:
                raise
            raise caller.error(error.kind, f"{name}: {error.message}", span, error.hint) from None
        finally:
            self.unfinished.pop()
        if function.depth > DEEPEST_CALLS:
            raise self.depth_error(span)
        self.functions[key] = function
        return function

    def _function(self, definition: Definition, given: Mapping[str, Static]) -> Function:
        body = Body(self, definition.parameters)
        scope = body.with_options(definition, given)
        node = self.expressions.node(definition.body, scope)
        rules = [Rule(self, definition.parameters) for _ in definition.derivatives]
        roots = [
            self.expressions.node(derivative, rule.with_options(definition, given))
            for rule, derivative in zip(rules, definition.derivatives, strict=True)
        ]
        captured = tuple(dict.fromkeys([name for each in (body, *rules) for name in each.captured]))
        graph = body.graph(node, captured)
        partials = [rule.graph(root, captured) for rule, root in zip(rules, roots, strict=True)]
        for each in (graph, *partials) if partials else ():
            self.check_elementwise(each)
        for partial, derivative in zip(partials, definition.derivatives, strict=True):
            if VALUE in body.captured and partial.needed[partial.inputs[-1]]:
                raise self.error(
                    "name",
                    f"'{VALUE}' is the gate's value here, and in its body a name of the program",
                    derivative.span,
                    "rename the program's, or make it a parameter",
                )
        function = Function(definition.target.name, graph, captured, self.is_prelude, given, partials)
        function.defaults = dict(scope.statics)
        return function

    def check_elementwise(self, graph: Graph) -> None:
        """Raises GraphdiffError("value") where a gate with its own derivative works on whole arrays."""
        node = graph.first_on_arrays
        if node is not None:
            what = "an array" if node.operation is None else node.operation.name
            raise self.error(
                "value",
                f"a gate with its own derivative works entry by entry: {what} has no place in it",
                node.span or (0, 0),
                "without 'with' its derivative is worked out",
            )

    def check_operations(self) -> None:
        """Raises GraphdiffError("limit") where the calls run more operations than a machine has time for."""
        total = 0
        for node in self.builder.nodes:
            if isinstance(node.operation, Function):
                total += node.operation.work
                if total > MOST_OPERATIONS:
                    raise self.error(
                        "limit",
                        f"the calls up to here run {total:.2g} operations; the limit is {MOST_OPERATIONS:,}",
                        node.span or (0, 0),
                        "name a value that is used again instead of calling its function again",
                    )

    def depth_error(self, span: Span) -> GraphdiffError:
        return self.error("limit", f"calls nest deeper than {DEEPEST_CALLS}", span)

    def error(self, kind: ErrorKind, message: str, span: Span, hint: str | None = None) -> GraphdiffError:
        return GraphdiffError(kind, message, self.source, span, hint)


@lru_cache(maxsize=1)
def prelude_program() -> Program:
    """The program of grammar/prelude.gd, whose definitions any program may call."""
    return Program(Source(read_grammar_file(PRELUDE), PRELUDE), is_prelude=True)


@lru_cache(maxsize=1)
def prelude() -> dict[str, Function]:
    """The functions of grammar/prelude.gd, by name."""
    program = prelude_program()
    functions = {}
    for name, definition in program.definitions.items():
        functions[name] = program.defined(definition, definition.target.span)
        above = program.source.text[: definition.target.span[0]].rpartition("\n\n")[2]
        *patterns, doc = [line.removeprefix("#").strip() for line in above.splitlines()]
        functions[name].doc = doc
        functions[name].patterns = tuple([pattern.removeprefix("--fuse: ") for pattern in patterns])
    return functions
