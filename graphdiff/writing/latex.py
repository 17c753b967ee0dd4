"""Graph → LaTeX as mathematicians write it; of packages it needs amsmath."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graphdiff.graph.function import Function, Operation
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.graph.output import OUTPUT
from graphdiff.graph.shapes import shapes as shapes_of
from graphdiff.operations.shapes import Shape
from graphdiff.writing.latex_names import Names
from graphdiff.writing.latex_writer import Writer
from graphdiff.writing.text import aliases_of, definitions_of, functions_of, shared_nodes

NO_SHAPES: Mapping[str, Shape] = {}
"""Of inputs that may be numbers or arrays."""


def derivative_latex(
    graph: Graph,
    by: Sequence[Sequence[str]] | None,
    whole: str | None = None,
    shares: bool = True,
    shapes: Mapping[str, Shape] = NO_SHAPES,
) -> str:
    """The LaTeX of a graph of derivatives of what is called whole, or OUTPUT: ∂f/∂x = … where by has x, of none
    f itself; without by formulas alone."""
    names = Names([*graph.names_in_use, *(name for each in by or () for name in each)])
    called = names(whole or OUTPUT)
    return graph_latex(graph, [_partial(called, each, names) for each in by or ()], shares, shapes)


def _partial(whole: str, by: Sequence[str], names: Names) -> str:
    """∂f/∂x, ∂²f/∂x∂y; by nothing f."""
    if not by:
        return whole
    order = f"^{{{len(by)}}}" if len(by) > 1 else ""
    powers = [(name, by.count(name)) for name in dict.fromkeys(by)]
    below = " ".join(rf"\partial {names(name)}" + (f"^{{{count}}}" if count > 1 else "") for name, count in powers)
    return rf"\frac{{\partial{order} {whole}}}{{{below}}}"


def graph_latex(
    graph: Graph, heads: Sequence[str] = (), shares: bool = True, shapes: Mapping[str, Shape] = NO_SHAPES
) -> str:
    """The LaTeX of all outputs: a line for each function, each named or shared node, then for each output in order,
    but for the only one where it is named. heads are the left sides of the outputs; unless it shares, each output is
    one formula of the inputs. shapes are those of the inputs that are arrays, where they are known: then a product of
    arrays has a sign.

    Several lines are one `aligned` environment, which stands in math mode as an expression does.
    """
    functions = functions_of(graph)
    defined = [function for function in functions if not function.is_prelude]
    called, _ = definitions_of(defined)
    lines = list({called[function]: _definition(function, called) for function in defined}.values())
    writer = Writer(graph, called, arrays=arrays_in(graph, shapes))
    labels, names, shared, aliases = (
        graph.labels,
        writer.names,
        shared_nodes(graph) if shares else set(),
        aliases_of(graph, functions),
    )

    def aliased(index: int) -> list[tuple[str, str]]:
        return [(names(alias), names(labels[index])) for alias in aliases.get(index, [])]

    def text_of(index: int) -> str:
        def named(other: Node) -> str | None:
            return labels[other.index] if other.is_input or (other.index != index and other.index in shared) else None

        return writer.written(index, named)

    for index in graph.inputs:
        lines += aliased(index)
    for index in sorted(shared):
        lines += [(names(labels[index]), text_of(index)), *aliased(index)]
    if len(graph.outputs) > 1 or graph.output not in shared:
        left = heads or [""] * len(graph.outputs)
        for head, index in zip(left, graph.outputs, strict=True):
            if not heads or index not in shared or head != names(labels[index]):
                lines.append((head, names(labels[index]) if index in shared else text_of(index)))
    if len(lines) == 1:
        return " = ".join(filter(None, lines[0]))
    aligned = " \\\\\n".join([f"{left} &= {right}" if left else f"& {right}" for left, right in lines])
    return f"\\begin{{aligned}}\n{aligned}\n\\end{{aligned}}"


def arrays_in(graph: Graph, shapes: Mapping[str, Shape]) -> set[int]:
    """The nodes that are arrays, where inputs have these shapes; others are numbers.

    Raises GraphdiffError where the shapes do not fit.
    """
    if not any(shapes.values()):
        return set()
    found = shapes_of(graph, [shapes.get(name, ()) for name in graph.input_names])
    return {index for index, shape in enumerate(found) if shape}


def _definition(function: Function, called: Mapping[Operation, str]) -> tuple[str, str]:
    """Both sides of a function's definition; on the right its own derivatives too, where it has them."""
    writer = Writer(function.graph, called)
    name = writer.operator_name(function)
    inputs = [writer.names(each) for each in function.inputs]
    whole = rf"{name}\left({', '.join(inputs)}\right)"
    written = [_body(writer)]
    for variable, partial in zip(inputs, function.partials, strict=False):
        rule = Writer(partial, called)
        value = partial.nodes[partial.inputs[-1]].name
        if value:
            rule.names.define(value, whole)
        written.append(rf"\frac{{\partial {name}}}{{\partial {variable}}} = {_body(rule)}")
    return whole, r", \quad ".join(written)


def _body(writer: Writer) -> str:
    return writer.written(writer.graph.output, lambda node: node.name if node.is_input else None)
