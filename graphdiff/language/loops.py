"""fold and scan: a comprehension whose terms are computed one after the other, each from the one before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graphdiff.errors import GraphdiffError, shorten
from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.graph import Graph
from graphdiff.graph.loop import WHOLE, Loop, LoopBody
from graphdiff.graph.loop_sequences import with_sequences
from graphdiff.graph.node import Node
from graphdiff.language.scope import Scope
from graphdiff.language.statics import range_of
from graphdiff.language.tree import (
    Call,
    Comprehension,
    Ellipsis,
    Expression,
    Index,
    Keyword,
    Name,
    Number,
    Slice,
    Tuple,
)
from graphdiff.operations.options import Static
from graphdiff.source import Span

MOST_STEPS = 1_000_000
"""The most steps of a loop."""
MOST_LOOP_OPERATIONS = 20_000_000
"""The most operations that all steps of a loop may run, those of loops inside it too."""
DEEPEST_LOOPS = 20
"""How deep loops may be nested."""
_EXAMPLE = "for example: fold(h/2 + x/(2*h) for t in range(5), h=1)"


class LoopScope(Scope):
    """The scope of a loop's body: the counter and the carried values, then what is around the loop, which becomes a
    capture."""

    def __init__(self, outer: Scope, carried: Sequence[Keyword]) -> None:
        """carried are the names of the carried values, with what they start with."""
        builder = GraphBuilder(outer.program.source)
        super().__init__(outer.program, builder, {})
        self.outer = outer
        self.counter = builder.input("", is_constant=True)
        for (name, span), _ in carried:
            self.parameters[name] = builder.input(name, span)
        # What has the shape of a name of the loop, outside.
        self.samples: dict[str, Expression] = {name.name: start for name, start in carried}
        self.statics = {name: value for name, value in outer.statics.items() if name not in self.parameters}
        self.captures: dict[int, tuple[Node, Node]] = {}  # by the index outside: the node outside, the input here

    def value(self, name: str, span: Span) -> Node:
        if name in self.statics or name in self.parameters:
            return super().value(name, span)
        return self._capture(self.outer.value(name, span), name, span)

    def global_value(self, name: str, span: Span) -> Node:
        return self._capture(self.outer.global_value(name, span), name, span)

    def _capture(self, node: Node, name: str, span: Span) -> Node:
        if node.index not in self.captures:
            used = {self.builder.nodes[index].name for index in self.builder.inputs}
            while name in used:  # a function's value of the program, hidden by a name of the loop
                name += "'"
            is_constant = self.outer.builder.is_constant(node)
            self.captures[node.index] = node, self.builder.input(name, span, is_constant)
        return self.captures[node.index][1]

    def outside(self, tree: Expression) -> tuple[Expression, Scope] | None:
        indices: list[Index] = []
        while isinstance(tree, Index):
            indices.append(tree)
            tree = tree.base
        if not isinstance(tree, Name) or (tree.name in self.parameters and tree.name not in self.samples):
            return None
        sample = self.samples.get(tree.name, tree)
        for index in reversed(indices):
            items = [Number(0.0, item.span) if isinstance(item, Name) else item for item in index.items]
            sample = Index(sample, tuple(items), index.span)
        return sample, self.outer

    def constant(self, name: str) -> float | None:
        return None if name in self.parameters else self.outer.constant(name)

    def is_bound(self, name: str) -> bool:
        return name in self.parameters or self.outer.is_bound(name)

    def is_assigned(self, name: str) -> bool:
        return name in self.parameters or self.outer.is_assigned(name)


Loops = dict[tuple[int, int, int], tuple[Expression, Mapping[str, Static], LoopBody, tuple[Node, ...]]]
"""The loops that are built, with their operands, by their body's tree, the builder and the constants around them."""


def build_loop(tree: Comprehension, scope: Scope, loops: Loops) -> tuple[Loop, tuple[Node, ...]]:
    """Build fold(… for t in range(n), h=h0): the operation and its operands, which the values of one loop share.

    Raises GraphdiffError: "syntax", "name" or "value" where this is not a loop, "limit" for too many steps.
    """
    if tree.has_several_values:
        names = shorten(", ".join(keyword.name.name for keyword in tree.keywords))
        message = f"{tree.function} has {len(tree.keywords)} values here"
        raise scope.error("value", message, tree.span, f"name them: {names} = {tree.function}(…)")
    key = id(tree.body), id(scope.builder), id(scope.statics)
    if key not in loops:
        program = scope.program
        if program.loop_depth == DEEPEST_LOOPS:
            raise scope.error("limit", f"loops are nested more than {DEEPEST_LOOPS} deep", tree.span)
        program.loop_depth += 1
        body, nodes = _build_body(tree, scope)
        starts = [program.node_builder.build(keyword.value, scope) for keyword in tree.keywords]
        program.loop_depth -= 1
        loops[key] = tree.body, scope.statics, body, (*starts, *nodes)  # the first two so that their ids stay theirs
    _, _, body, operands = loops[key]
    loop = Loop(body, tree.output or 0, tree.function == "scan")
    if loop.work > MOST_LOOP_OPERATIONS:
        message = f"the steps of this loop run {loop.work:.2g} operations; the limit is {MOST_LOOP_OPERATIONS:,}"
        raise scope.error("limit", message, tree.span)
    return loop, operands


def select_value(tree: Index, scope: Scope) -> Comprehension | Index:
    """The tree of fold((p + v, v - p) for …, p=1, v=0)[1], the second value of a loop, with the rest of the index."""
    loop, first = tree.base, tree.items[0]
    assert isinstance(loop, Comprehension)
    number = None if isinstance(first, (Slice, Ellipsis)) else scope.program.node_builder.read_index(first, scope)
    count = len(loop.keywords)
    if number is None or not -count <= number < count:
        message = f"after a loop of {count} values, the first index selects one of them"
        raise scope.error("value", message, tree.span, f"write [0] to [{count - 1}], or give each a name")
    value = loop._replace(output=number % count)
    return Index(value, tree.items[1:], tree.span) if tree.items[1:] else value


def _build_body(tree: Comprehension, scope: Scope) -> tuple[LoopBody, list[Node]]:
    """The body of a loop, and the nodes of its operands after the first carried values."""
    next_trees = _check(tree, scope)
    clause = tree.clauses[0]
    carried = [keyword.name for keyword in tree.keywords]
    is_range = isinstance(clause.values, Call) and clause.values.function == "range"
    steps = range_of(clause.values, scope) if is_range else range(_length(clause.values, scope))
    if len(steps) > MOST_STEPS:
        raise scope.error("limit", f"a loop can have at most {MOST_STEPS:,} steps, not {len(steps):.3g}", tree.span)
    if not steps and tree.function == "scan":
        raise scope.error("value", "scan needs at least one step", tree.span, "an array needs at least one entry")
    inner = LoopScope(scope, tree.keywords)
    inputs = [inner.counter, *(inner.parameters[name.name] for name in carried)]
    if is_range:
        inner.parameters[clause.variable.name] = inner.counter
    else:
        entry = inner.parameters[clause.variable.name] = inner.builder.input(*clause.variable)
        inner.samples[clause.variable.name] = Index(clause.values, (Number(0.0, clause.values.span),), tree.span)
        inputs.append(entry)
    build = scope.program.node_builder.build
    next_values = [build(each, inner) for each in next_trees]
    captures = [*inner.captures.values()]
    graph = Graph(
        inner.builder.nodes,
        [node.index for node in [*inputs, *(inside for _, inside in captures)]],
        [node.index for node in [*next_values, *inputs[1 : 1 + len(carried)]]],
        source=scope.program.source,
    )
    own = [inner.parameters[name.name].index for name in carried]
    if all(graph.active_slots(own)[node.index] is None for node in next_values):
        name = shorten(carried[0].name)
        raise scope.error("value", f"no step uses '{name}', the value of the step before", tree.body.span, _EXAMPLE)
    names = tuple([name.name for name in carried])
    counter = clause.variable.name if is_range else ""
    body = LoopBody(graph, len(steps), names, () if is_range else (WHOLE,), steps.start, steps.step, counter=counter)
    nodes = [node for node, _ in captures]
    if not is_range:
        nodes.insert(0, build(clause.values, scope))
    return with_sequences(body, nodes)


def _check(tree: Comprehension, scope: Scope) -> Sequence[Expression]:
    """The trees of the next carried values of a loop, as many as it has names for."""
    clause = tree.clauses[0]
    if len(tree.clauses) > 1 or clause.condition is not None:
        place = clause.condition.span if clause.condition is not None else tree.clauses[1].variable.span
        hint = "choose inside with where(…)" if clause.condition is not None else "write one loop inside the other"
        raise scope.error("syntax", f"{tree.function} takes one 'for', without 'if'", place, hint)
    if not tree.keywords:
        raise scope.error("value", f"{tree.function} needs the value that it starts with", tree.span, _EXAMPLE)
    for keyword in tree.keywords:
        if keyword.name.name == clause.variable.name:
            message = f"'{shorten(clause.variable.name)}' is both counted and carried from step to step"
            raise scope.error("name", message, keyword.name.span, "rename one of them")
    next_trees = tree.body.elements if isinstance(tree.body, Tuple) else (tree.body,)
    if len(next_trees) != len(tree.keywords):
        raise scope.error(
            "value",
            f"{len(next_trees)} next value{'s' * (len(next_trees) != 1)} for {len(tree.keywords)} that it starts with",
            tree.body.span,
            "write as many as there are names: fold((p + v, v - p) for t in range(9), p=1, v=0)",
        )
    return next_trees


def _length(values: Expression, scope: Scope) -> int:
    """The number of entries of an array that a loop runs along."""
    axis = Number(0.0, values.span)
    count = Call("count", (values,), values.span, values.span, (Keyword(Name("axis", values.span), axis),))
    try:
        return int(scope.program.size_of_count(count, 0, scope))
    except GraphdiffError as error:
        hint = error.hint or "to repeat the steps so many times, write for t in range(5)"
        raise scope.error(error.kind, error.message, values.span, hint) from None
