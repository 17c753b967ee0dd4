"""Graph → graph: names to which a program assigns a plain value, as inputs with that default or as constants."""

from __future__ import annotations

import math
from collections.abc import Collection, Container, Iterable, Mapping
from typing import Any

from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.operations.registry import CONSTANTS
from graphdiff.operations.shapes import Shape


def possible_defaults(values: Mapping[str, Any]) -> list[str]:
    """The names of the values that can be defaults: text has no numbers for infinity and NaN."""
    return [name for name, value in values.items() if not isinstance(value, float) or math.isfinite(value)]


def with_inputs(graph: Graph, names: Iterable[str]) -> Graph:
    """Make inputs of the names to which the program assigns a plain value; other names are left as they are."""
    opened = [name for name in names if name in graph.assigned and name not in graph.input_indices]
    return assign(graph, {name: graph.assigned[name] for name in opened}, opened) if opened else graph


def assign(graph: Graph, values: Mapping[str, Any], inputs: Container[str]) -> Graph:
    """Give values to names of a graph: as defaults to those that are to be inputs, as constants to the others."""
    indices = {graph.input_indices.get(name, graph.names.get(name)): name for name in values}
    builder = GraphBuilder(graph.source)
    for node in graph.nodes:
        name = indices.get(node.index)
        if name is not None and name in inputs:
            fixed = {key: value for key, value in node.parameters.items() if key == "shape"}
            builder.input(node.name or name, node.span, parameters={**fixed, "default": values[name]})
            continue
        if name is not None:
            copy = builder.constant(values[name], node.span)
        else:
            copy = builder.copy(node, [builder.nodes[operand] for operand in node.operands], node.span, node.parameters)
        if node.name is not None and copy.name is None:
            builder.rename(copy, node.name)
    return Graph(
        builder.nodes,
        _in_order(graph.inputs, builder.inputs),
        graph.outputs,
        {**graph.names, **{name: index for index, name in indices.items() if index is not None}},
        graph.source,
        assigned={**graph.assigned, **values},
        notes=graph.notes,
        equalities=graph.equalities,
    )


def for_shapes(graph: Graph, shapes: Mapping[str, Shape]) -> Graph:
    """A graph that requires these shapes of its inputs, by name."""
    if not shapes:
        return graph
    nodes = list(graph.nodes)
    for index in graph.inputs:
        shape = shapes.get(nodes[index].name or "")
        if shape is not None:
            nodes[index] = nodes[index]._replace(parameters={**nodes[index].parameters, "shape": shape})
    fields = graph.names, graph.source, None, graph.assigned, graph.notes, graph.equalities
    return Graph(nodes, graph.inputs, graph.outputs, *fields)


def with_unused_inputs(graph: Graph, inputs: Iterable[Node]) -> Graph:
    """The graph with those of these inputs that it lacks; no output needs them."""
    nodes, known = list(graph.nodes), {*graph.input_indices, *graph.names, *CONSTANTS}
    for node in inputs:
        if node.name not in known:
            known.add(node.name or "")
            nodes.append(node._replace(index=len(nodes)))
    added = range(len(graph.nodes), len(nodes))
    fields = graph.names, graph.source, None, graph.assigned, graph.notes, graph.equalities
    return Graph(nodes, [*graph.inputs, *added], graph.outputs, *fields) if added else graph


def _in_order(earlier: Collection[int], inputs: Collection[int]) -> list[int]:
    """The inputs in the order of the program, unless the earlier ones are in another: that of parameters."""
    kept = [index for index in earlier if index in inputs]
    return sorted(inputs) if kept == sorted(kept) else [*kept, *(index for index in inputs if index not in kept)]
