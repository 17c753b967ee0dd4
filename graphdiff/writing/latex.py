"""Graph → LaTeX in mathematical notation, which requires the package amsmath."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graphdiff.graph.function import Function, Operation
from graphdiff.graph.graph import Graph
from graphdiff.graph.loop import Loop
from graphdiff.graph.node import Node
from graphdiff.graph.output import OUTPUT
from graphdiff.graph.shapes import infer_shapes, input_shapes, step_shapes
from graphdiff.operations.shapes import Shape
from graphdiff.writing.latex_names import Names
from graphdiff.writing.latex_operations import names_of
from graphdiff.writing.latex_writer import Writer
from graphdiff.writing.loops import names_in_loops
from graphdiff.writing.text import aliases_of, define_functions, functions_in, shared_nodes

_OUTPUTS = (OUTPUT, "F", "g", "G", "f_1", "f_2", "f_out", "output")
NO_SHAPES: Mapping[str, Shape] = {}
"""The shapes of inputs that may be numbers or arrays."""


def derivative_latex(
    graph: Graph,
    by: Sequence[Sequence[str]] | None,
    whole: str | None = None,
    shares: bool = True,
    shapes: Mapping[str, Shape] = NO_SHAPES,
    notes: Sequence[Sequence[str]] = (),
) -> str:
    """Write the graph of some derivatives: ∂f/∂x = …, where whole is f [default: OUTPUT, or another letter where that
    is the name of something else]. The notes on each are comments after it.

    by lists, for each output, the names to differentiate by, none for f itself; if by is None, formulas have no left
    side. shares and shapes are as in graph_latex.
    """
    names = names_of(graph, (name for each in by or () for name in each))
    taken = {*graph.names_in_use, *names_in_loops(graph), *(function.name for function in functions_in(graph))}
    function_names = names(whole or next((name for name in _OUTPUTS if name not in taken), OUTPUT))
    heads = [_partial(function_names, each, names) for each in by or ()]
    lines = [graph_latex(graph, heads, shares, shapes)]
    for head, own_notes in zip(heads or [""], notes, strict=False):
        lines += [f"% {head}{': ' if head else ''}{note}" for note in own_notes]
    return "\n".join(lines)


def _partial(whole: str, by: Sequence[str], names: Names) -> str:
    """∂f/∂x, ∂²f/∂x∂y; f if by is empty."""
    if not by:
        return whole
    order = f"^{{{len(by)}}}" if len(by) > 1 else ""
    powers = [(name, by.count(name)) for name in dict.fromkeys(by)]
    below = " ".join(rf"\partial {names(name)}" + (f"^{{{count}}}" if count > 1 else "") for name, count in powers)
    return rf"\frac{{\partial{order} {whole}}}{{{below}}}"


def graph_latex(
    graph: Graph, heads: Sequence[str] = (), shares: bool = True, shapes: Mapping[str, Shape] = NO_SHAPES
) -> str:
    """Write all outputs as LaTeX for math mode, several lines as an `aligned` environment.

    There is a line for each function, for each named or shared node, then for each output in order, except for a single
    output that is named. heads are the left sides of the outputs; with shares=False, each output is one formula of the
    inputs. shapes are those of the inputs that are arrays, if known: then elementwise products of arrays have a sign.

    Raises GraphdiffError if the shapes do not fit.
    """
    functions = functions_in(graph)
    definitions = [function for function in functions if not function.is_prelude]
    function_names, _ = define_functions(definitions)
    ranks = ranks_in(graph, shapes)
    inner = ranks_in_functions(graph, shapes) if ranks else {}
    lines = list(
        {
            function_names[function]: _definition(function, function_names, inner.get(function, {}))
            for function in definitions
        }.values()
    )
    writer = Writer(graph, function_names, ranks=ranks, inner=inner)
    labels, names, shared, aliases = (
        graph.labels,
        writer.names,
        shared_nodes(graph) if shares else set(),
        aliases_of(graph),
    )

    def alias_lines(index: int) -> list[tuple[str, str]]:
        return [(names(alias), names(labels[index])) for alias in aliases.get(index, [])]

    def text_of(index: int) -> str:
        def name_of(other: Node) -> str | None:
            return labels[other.index] if other.is_input or (other.index != index and other.index in shared) else None

        return writer.write(index, name_of)

    for index in graph.inputs:
        lines += alias_lines(index)
    for index in sorted(shared):
        lines += [(names(labels[index]), text_of(index)), *alias_lines(index)]
    if len(graph.outputs) > 1 or graph.output not in shared:
        left_sides = heads or [""] * len(graph.outputs)
        for head, index in zip(left_sides, graph.outputs, strict=True):
            if not heads or index not in shared or head != names(labels[index]):
                text = names(labels[index]) if index in shared else text_of(index)
                # After a line, a minus would continue it.
                lines.append((head, rf"\left({text}\right)" if lines and not head and text[0] == "-" else text))
    if len(lines) == 1:
        return " = ".join(filter(None, lines[0]))
    aligned = " \\\\\n".join([f"{left} &= {right}" if left else f"& {right}" for left, right in lines])
    return f"\\begin{{aligned}}\n{aligned}\n\\end{{aligned}}"


def ranks_in(graph: Graph, shapes: Mapping[str, Shape]) -> dict[int, int]:
    """The nodes that are arrays if inputs have these shapes, with their numbers of axes; inputs without a shape are
    numbers.

    Raises GraphdiffError if the shapes do not fit.
    """
    has_arrays = any(shapes.values()) or ((shapes or not graph.inputs) and graph.first_on_arrays is not None)
    return _ranks(_node_shapes(graph, shapes)) if has_arrays else {}


def _node_shapes(graph: Graph, shapes: Mapping[str, Shape]) -> list[Shape | None]:
    return infer_shapes(graph, input_shapes(graph, shapes))


def _ranks(shapes: Sequence[Shape | None]) -> dict[int, int]:
    return {index: len(shape) for index, shape in enumerate(shapes) if shape}


def ranks_in_functions(graph: Graph, shapes: Mapping[str, Shape]) -> dict[Function, dict[int, int]]:
    """The arrays among the nodes of each function, as it is first called, and of the body of each loop."""
    ranks: dict[Function, dict[int, int]] = {}
    bodies = [(graph, _node_shapes(graph, shapes))]
    for body, node_shapes in bodies:
        for node in body.nodes:
            function = node.operation
            is_written = isinstance(function, Function) and not function.is_prelude and body.needed[node.index]
            if isinstance(function, Function) and is_written and function not in ranks:
                operands = [node_shapes[operand] or () for operand in node.operands]
                inner = function.graph
                if isinstance(function, Loop):
                    inner, operands = function.body.graph, step_shapes(function, operands)
                inner_shapes = infer_shapes(inner, operands)
                ranks[function] = _ranks(inner_shapes)
                bodies.append((inner, inner_shapes))
    return ranks


def _definition(
    function: Function, function_names: Mapping[Operation, str], ranks: Mapping[int, int]
) -> tuple[str, str]:
    """Both sides of a function's definition; the right side includes the function's own derivatives."""
    writer = Writer(function.graph, function_names, ranks=ranks)
    name = writer.operator_name(function)
    inputs = [writer.names(each) for each in function.inputs]
    whole = rf"{name}\left({', '.join(inputs)}\right)"
    right_sides = [_body(writer)]
    for variable, partial in zip(inputs, function.partials, strict=False):
        rule = Writer(partial, function_names)
        value = partial.nodes[partial.inputs[-1]].name
        if value:
            rule.names.define(value, whole)
        right_sides.append(rf"\frac{{\partial {name}}}{{\partial {variable}}} = {_body(rule)}")
    return whole, r", \quad ".join(right_sides)


def _body(writer: Writer) -> str:
    return writer.write(writer.graph.output, lambda node: node.name if node.is_input else None)
