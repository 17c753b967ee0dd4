"""A program → its graph: names are resolved, calls become gates, and each node has its place in the text."""

from __future__ import annotations

from _thread import RLock
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, lru_cache

from graphdiff.errors import ErrorKind, GraphdiffError, shorten
from graphdiff.graph.assigned import possible_defaults, with_inputs
from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.function import Function
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.language.nodes import NodeBuilder
from graphdiff.language.parser import parse as parse_tree
from graphdiff.language.resources import read_grammar_file
from graphdiff.language.scope import VALUE, Body, Rule, Scope
from graphdiff.language.statics import is_number, static_value
from graphdiff.language.tree import (
    Assignment,
    Call,
    Definition,
    Expression,
    Name,
    Result,
    Statement,
    Unpacking,
)
from graphdiff.operations.options import Static
from graphdiff.operations.registry import CONSTANTS
from graphdiff.operations.shapes import Shape
from graphdiff.source import PRELUDE, Source, Span

DEEPEST_CALLS = 100
"""How deep calls may be nested."""
MOST_OPERATIONS = 1_000_000
"""The most operations that all calls together may run: functions that call functions multiply them."""


class Program:
    """The statements of one source, and the graph that is built from them one by one."""

    def __init__(
        self,
        source: Source,
        statements: Sequence[Statement] | None = None,
        is_prelude: bool = False,
        notes: Sequence[str] = (),
        shapes: Callable[[], Mapping[str, Shape]] = dict,
    ) -> None:
        """shapes returns the shapes of inputs that are known; it is called if the program depends on a size."""
        self.source = source
        self.is_prelude = is_prelude
        is_own_text = statements is None
        statements = parse_tree(source) if statements is None else statements
        if source.names:
            from graphdiff.language.renaming import rename  # lazy: few formulas have names for their names

            statements = rename(statements, source)
        self.statements = [statement for statement in statements if not isinstance(statement, Unpacking)]
        if len(self.statements) < len(statements):
            from graphdiff.language.unpacking import single_statements  # lazy: few programs need it

            self.statements = single_statements(statements, source)
        self._find_shapes = shapes
        self.builder = GraphBuilder(source)
        self.node_builder = NodeBuilder(self)
        # Functions of the prelude are built at their first call, in any thread.
        self.lock = RLock()
        # How many terms the comprehensions have so far.
        self.terms = 0
        self.values: dict[str, Node] = {}
        self.assigned_names: set[str] = set()
        # The plain numbers and arrays among what is assigned, and the names that axes, shapes and bounds use.
        self.plain_values: dict[str, Static] = {}
        self.static_names: set[str] = set()
        # What is assigned to each name; the shapes of arrays whose sizes are used; how deep names of sizes are nested.
        self.bodies: dict[str, Expression] = {}
        self.known_sizes: dict[int, Shape] = {}
        self.size_depth = 0
        self.loop_depth = 0  # how deep the loop that is being built is nested
        self.notes = [*notes]
        self.is_own_text = is_own_text
        self.functions: dict[tuple[str, str], Function] = {}
        self.unfinished: list[str] = []
        self.definitions: dict[str, Definition] = {}
        for statement in self.statements:
            if isinstance(statement, Definition):
                name = statement.target.name
                if name in self.definitions:
                    raise self.error("name", f"function '{shorten(name)}' is defined twice", statement.target.span)
                self.definitions[name] = statement

    @cached_property
    def shapes(self) -> Mapping[str, Shape]:
        """The shapes of inputs that are known."""
        return self._find_shapes()

    @property
    def prelude(self) -> Program:
        """The program of the functions that every program may call."""
        return prelude_program()

    def graph(self) -> Graph:
        """Build the graph of the program. Without any other input, its inputs are the names that have plain values.

        Raises GraphdiffError, also for definitions that nothing calls.
        """
        scope = Scope(self, self.builder, {})
        last = self.statements[-1]
        for statement in self.statements:
            if isinstance(statement, Assignment):
                result = self.assign(statement, scope)
            elif isinstance(statement, Result):
                result = self.node_builder.build(statement.body, scope)
            elif statement is last:
                result = self.result_of_definition(statement, scope)
        for definition in self.definitions.values():
            if definition is not last:  # for its errors and inputs, even if nothing calls it
                function = self.function_of(definition, definition.target.span)
                for name in function.captures:
                    scope.global_value(name, function.span_of_capture(name) or definition.target.span)
        self.check_operations()
        names = {name: self.values[name].index for name in self.assigned_names}
        assigned = {
            name: value
            for name, value in self.plain_values.items()
            if name not in self.static_names and self.values[name].index != result.index
        }
        nodes = self.builder.nodes
        if self.is_own_text and any(sum(map(str.isalpha, nodes[at].name or "")) > 1 for at in self.builder.inputs):
            from graphdiff.language.notes import notes_of  # lazy: names of one letter mean one thing

            self.notes += notes_of(nodes, self.builder.inputs, self.assigned_names)
        graph = Graph(
            self.builder.nodes,
            self.builder.inputs,
            [result.index],
            names,
            self.source,
            assigned=assigned,
            notes=self.notes,
        )
        return with_inputs(graph, possible_defaults(assigned)) if CONSTANTS.keys() >= set(graph.input_names) else graph

    def assign(self, statement: Assignment, scope: Scope) -> Node:
        name, span = statement.target
        if name in self.assigned_names:
            raise self.error("name", f"'{shorten(name)}' is assigned twice", span, "give the second value another name")
        node = self.node_builder.build(statement.body, scope)
        earlier = self.values.get(name)
        if earlier is not None:
            raise self.error(
                "name",
                f"'{shorten(name)}' is used before it is assigned",
                earlier.span or span,
                "give one of the two values another name",
            )
        # The builder's node may have been renamed since.
        node = self.builder.nodes[node.index]
        if node.name is None:
            node = self.builder.rename(node, name)
        self.values[name] = node
        self.assigned_names.add(name)
        self.bodies[name] = statement.body
        if node.name == name and (node.is_constant or is_number(statement.body, scope)):
            self.plain_values[name] = (
                node.parameters["value"] if node.is_constant else static_value(statement.body, scope)
            )
        return node

    def size_of_count(self, count: Call, axis: int, scope: Scope) -> float:
        """The number of entries that a call of count is about, as language/sizes.py finds it."""
        from graphdiff.language.sizes import size_of_count  # lazy: few formulas name sizes

        return size_of_count(count, axis, scope)

    def size_of_name(self, name: Name, body: Expression, scope: Scope) -> Static:
        """The value of a name that is assigned a size; None of any other name."""
        from graphdiff.language.sizes import is_size  # lazy, too

        if not is_size(body, scope):
            return None
        self.size_depth += 1
        if self.size_depth > DEEPEST_CALLS:
            raise self.error("limit", f"sizes are nested more than {DEEPEST_CALLS} names deep", name.span)
        try:
            return static_value(body, scope)
        finally:
            self.size_depth -= 1

    def result_of_definition(self, definition: Definition, scope: Scope) -> Node:
        """Build the body of a final f(x, y) = …, on inputs x and y, which become the parameters of the scope."""
        parameters = scope.parameters
        earlier = self.builder.inputs[:]
        for name, span in definition.parameters:
            if name in self.values:
                raise self.error(
                    "name",
                    f"parameter '{shorten(name)}' is already the name of a value",
                    span,
                    "rename the parameter",
                )
            parameters[name] = self.builder.input(name, span)
        if definition.derivatives:
            function = self.function_of(definition, definition.target.span)
            captures = [
                self.value(name, function.span_of_capture(name) or definition.body.span) for name in function.captures
            ]
            result = self.builder.apply(function, [*parameters.values(), *captures], definition.body.span)
        else:
            self.unfinished.append(definition.target.name)
            result = self.node_builder.build(definition.body, scope.with_options(definition, {}))
            self.unfinished.pop()
        self.builder.inputs = [
            *(node.index for node in parameters.values()),
            *earlier,
            *self.builder.inputs[len(earlier) + len(parameters) :],
        ]
        return result

    def value(self, name: str, span: Span) -> Node:
        """The node of a name of the program: the assigned one, or an input."""
        node = self.values.get(name)
        if node is None:
            node = self.values[name] = self.builder.input(name, span)
        return node

    def function_of(
        self,
        definition: Definition,
        span: Span,
        options: Mapping[str, Static] | None = None,
        caller: Program | None = None,
    ) -> Function:
        """The function of a definition with these options, built at its first call.

        span is the place of the call; caller is the calling program, if the definition is one of the prelude.
        """
        with self.lock:
            return self._find_function(definition, span, options or {}, caller)

    def _find_function(
        self, definition: Definition, span: Span, options: Mapping[str, Static], caller: Program | None
    ) -> Function:
        name = definition.target.name
        key = name, repr(options)  # in a repr, 1 and true differ
        if key in self.functions:
            return self.functions[key]
        if name in self.unfinished:
            raise self.error(
                "name",
                f"function '{shorten(name)}' calls itself",
                span,
                "recursion is not supported: write out the steps",
            )
        self.unfinished.append(name)
        if len(self.unfinished) > DEEPEST_CALLS:
            raise self.depth_error(span)
        try:
            function = self._build_function(definition, options)
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

    def _build_function(self, definition: Definition, options: Mapping[str, Static]) -> Function:
        body = Body(self, definition.parameters)
        scope = body.with_options(definition, options)
        node = self.node_builder.build(definition.body, scope)
        rules = [Rule(self, definition.parameters) for _ in definition.derivatives]
        roots = [
            self.node_builder.build(derivative, rule.with_options(definition, options))
            for rule, derivative in zip(rules, definition.derivatives, strict=True)
        ]
        captures = tuple(dict.fromkeys([name for each in (body, *rules) for name in each.captures]))
        graph = body.graph(node, captures)
        partials = [rule.graph(root, captures) for rule, root in zip(rules, roots, strict=True)]
        for each in (graph, *partials) if partials else ():
            self.check_elementwise(each)
        for partial, derivative in zip(partials, definition.derivatives, strict=True):
            if VALUE in body.captures and partial.needed[partial.inputs[-1]]:
                raise self.error(
                    "name",
                    f"'{VALUE}' means the gate's value here, but a value of the program in its body",
                    derivative.span,
                    "rename the program's value, or make it a parameter",
                )
        function = Function(definition.target.name, graph, captures, self.is_prelude, options, partials)
        function.option_defaults = dict(scope.statics)
        return function

    def check_elementwise(self, graph: Graph) -> None:
        """Raise GraphdiffError("value") for a gate with its own derivative that is not elementwise."""
        node = graph.first_on_arrays
        if node is not None:
            what = "an array is not allowed" if node.operation is None else f"{node.operation.name} is not"
            raise self.error(
                "value",
                f"a gate with its own derivative must be elementwise: {what}",
                node.span or (0, 0),
                "without 'with', graphdiff computes the derivative",
            )

    def check_operations(self) -> None:
        """Raise GraphdiffError("limit") if the calls together run more than MOST_OPERATIONS."""
        total = 0
        for node in self.builder.nodes:
            if node.operation is not None and node.operation.body is None:  # language/loops.py limits loops
                total += node.operation.work
                if total > MOST_OPERATIONS:
                    raise self.error(
                        "limit",
                        f"the calls up to this point run {total:.2g} operations; the limit is {MOST_OPERATIONS:,}",
                        node.span or (0, 0),
                        "assign the result of a repeated call to a name",
                    )

    def depth_error(self, span: Span) -> GraphdiffError:
        return self.error("limit", f"calls are nested more than {DEEPEST_CALLS} deep", span)

    def error(self, kind: ErrorKind, message: str, span: Span, hint: str | None = None) -> GraphdiffError:
        return GraphdiffError(kind, message, self.source, span, hint)


@lru_cache(maxsize=1)
def prelude_program() -> Program:
    """The program of grammar/prelude.gd, whose functions every program may call."""
    return Program(Source(read_grammar_file(PRELUDE), PRELUDE), is_prelude=True)


@lru_cache(maxsize=1)
def prelude() -> dict[str, Function]:
    """The functions of grammar/prelude.gd, by name."""
    program = prelude_program()
    functions = {}
    for name, definition in program.definitions.items():
        functions[name] = program.function_of(definition, definition.target.span)
        above = program.source.text[: definition.target.span[0]].rpartition("\n\n")[2]
        *patterns, doc = [line.removeprefix("#").strip() for line in above.splitlines()]
        functions[name].doc = doc
        functions[name].fuse_patterns = tuple([pattern.removeprefix("--fuse: ") for pattern in patterns])
    return functions
