"""A trace as a LaTeX document that compiles as it stands: the formula, each node with its numbers, the chain rule for
each input, the gradients."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from graphdiff.graph.graph import Graph
from graphdiff.operations.primitive import PRODUCT
from graphdiff.operations.shapes import size_of
from graphdiff.passes.paths import ChainRule, Path, chain_rules
from graphdiff.passes.steps import BackwardStep
from graphdiff.passes.trace import Trace
from graphdiff.passes.values import shape_of
from graphdiff.report.accumulation import LEGEND as OF_SUMS
from graphdiff.report.accumulation import are_shorter, arrivals, sums
from graphdiff.report.accuracy import notes
from graphdiff.report.explain import (
    CONVENTION,
    LEGEND,
    MOST_STEPS,
    PATHS,
    PathPrefixes,
    elide,
    kinks_of,
    more_inputs_text,
    more_paths_text,
    more_steps_text,
    new_steps,
    no_path_text,
    notes_of,
)
from graphdiff.report.latex_document import END, PREAMBLE, calculation, formula_latex, omission_text, paragraph
from graphdiff.report.latex_steps import Steps, Symbols, parenthesize_latex
from graphdiff.report.latex_uncertainty import uncertainty_latex
from graphdiff.report.numbers import LARGEST_SUBSTITUTED
from graphdiff.writing.latex import derivative_latex
from graphdiff.writing.latex_names import text_latex

if TYPE_CHECKING:
    from graphdiff.accuracy.inaccuracy import Inaccuracy

MOST_OF_ARRAYS = 4
"""A gradient over more paths of arrays is shown as its result, with the backward pass edge by edge below."""
LONGEST_LINE = 8
"""Edges of several paths that share one line."""


def trace_latex(trace: Trace, accuracy: Sequence[Inaccuracy], digits: int, limit: int) -> Iterator[str]:
    """The lines of a LaTeX document with at most limit nodes, edges and gradients (0: all)."""
    steps = Steps(trace, digits)
    rules = list(chain_rules(trace, min(limit or PATHS, PATHS)))
    accumulates = not trace.has_arrays and are_shorter(rules)
    yield PREAMBLE
    yield from _formula(trace, accumulates)
    yield from _forward(trace, steps, limit)
    yield from omission_text(len(trace.forward), limit, "nodes")
    if accumulates:
        yield from _sums(trace, steps, limit)
    else:
        yield from _chain_rules(trace, rules, steps, lists_all=False)
        if any(rule.rest is not None or _is_long(rule) for rule in rules):
            yield from _backward(trace, steps, limit)
        yield from _gradients(trace, steps, limit)
    yield from uncertainty_latex(trace, digits)
    for line in notes(trace, accuracy):
        yield paragraph(line)
    yield END


def explanation_latex(
    trace: Trace, accuracy: Sequence[Inaccuracy], digits: int, limit: int, accumulates: bool = False
) -> Iterator[str]:
    """The lines of a LaTeX document of the chain rule alone, with at most limit paths of an input (0: all), or with the
    gradient by each node as the sum over its edges."""
    steps = Steps(trace, digits)
    yield PREAMBLE
    yield from _formula(trace, accumulates)
    yield from _forward(trace, steps, MOST_STEPS)
    yield from map(paragraph, more_steps_text(len(trace.forward)))
    if accumulates:
        yield from _sums(trace, steps, 0)
    else:
        yield from _chain_rules(trace, list(chain_rules(trace, limit)), steps, lists_all=True)
    yield from uncertainty_latex(trace, digits)
    for line in notes(trace, accuracy):
        yield paragraph(line)
    yield END


def _chain_rules(trace: Trace, rules: Sequence[ChainRule], steps: Steps, lists_all: bool) -> Iterator[str]:
    """The gradient by each input; unless it lists all paths of arrays, only the sum where there are many."""
    yield r"\section*{Chain rule}"
    if trace.has_arrays:
        yield paragraph(LEGEND)
    prefixes: PathPrefixes = {}
    for rule in rules:
        yield from _rule(trace.graph, rule, steps, prefixes, lists_all or not _is_long(rule))
    if more := more_inputs_text(len(trace.gradients) - len(rules)):
        yield paragraph(more)


def _sums(trace: Trace, steps: Steps, limit: int) -> Iterator[str]:
    """The gradient by each node as the sum over its edges."""
    yield r"\section*{Backward pass}"
    yield paragraph(OF_SUMS)
    yield r"\begingroup \smallskipamount=0pt"
    nodes = list(arrivals(trace))
    for label, edges, gradient in nodes[: limit or None]:
        stages = sums(edges, lambda step: steps.edge(step)[1:-1], steps.number, parenthesize_latex)
        yield calculation([steps.upstream(label), *stages, steps.number(gradient) + _convention(trace, label)])
    yield r"\endgroup"
    yield from omission_text(len(nodes), limit, "nodes")
    yield from _kinks(trace.backward, steps)
    if limit and len(nodes) > limit:
        yield from _gradients(trace, steps, limit)


def _formula(trace: Trace, is_brief: bool) -> Iterator[str]:
    """The whole formula; a brief document of a collapsed trace has it in the forward pass alone."""
    if is_brief and trace.whole is not None:
        return
    yield r"\section*{Formula}"
    graph = (trace.whole or trace).graph
    name = graph.nodes[graph.output].name or graph.labels[graph.output]
    formula = formula_latex(graph, lambda: derivative_latex(graph, [()], name, shapes=trace.shapes))
    if formula is None:
        yield paragraph("The formula is too long, or too deeply nested, to be written out here.")
    else:
        yield rf"\calculation{{\fit{{{formula}}}}}"


def _forward(trace: Trace, steps: Steps, limit: int) -> Iterator[str]:
    forward = trace.forward
    if forward:
        yield r"\section*{Forward pass}"
    for step in forward[: limit or None]:
        yield calculation(steps.forward(step))


def _rule(graph: Graph, rule: ChainRule, steps: Steps, prefixes: PathPrefixes, lists_paths: bool) -> Iterator[str]:
    """The lines of the gradient by one input, path by path."""
    output = graph.labels[graph.output]
    whole = steps.partial(output, rule.name)
    total = steps.number(rule.total) + _convention(steps.trace, rule.name)
    seed = ""
    if shape_of(rule.seed) or rule.seed != 1:
        seed = steps.upstream(output) if shape_of(rule.seed) else steps.number(rule.seed)
        whole = rf"{seed} \cdot {whole}"
    yield r"\medskip"
    if rule.path_count == 0:
        if rule.gradient is not None:
            yield calculation([whole, total])
        yield paragraph(f"{no_path_text(graph, rule.name)}.")
        return
    if not lists_paths:
        yield calculation([whole, total])
        yield rf"\par The sum over {_paths_text(rule)}, edge by edge below."
    elif rule.rest is None and _is_line(rule.paths):
        yield from _products(rule, whole, seed, total, steps)
    else:
        yield from _along(rule, whole, seed, total, steps, prefixes)
    yield from _kinks((step for path in rule.paths for step in path.steps), steps)


def _convention(trace: Trace, name: str) -> str:
    """What follows a gradient that is a limit."""
    return rf"\text{{{CONVENTION}}}" if name in trace.limits else ""


def _kinks(backward: Iterable[BackwardStep], steps: Steps) -> Iterator[str]:
    for label, kink in kinks_of(backward):
        yield rf"\par ${steps.names(label)}$ has a kink here: {text_latex(kink)}."


def _is_long(rule: ChainRule) -> bool:
    """Whether there are too many paths of arrays to list."""
    is_scalar = all(path.is_scalar for path in rule.paths)
    return not is_scalar and (rule.rest is not None or len(rule.paths) > MOST_OF_ARRAYS)


def _is_line(paths: Sequence[Path]) -> bool:
    """Whether all paths fit one line."""
    is_short = len(paths) == 1 or sum(len(path.steps) for path in paths) <= LONGEST_LINE
    return is_short and all(path.is_scalar for path in paths)


def _products(rule: ChainRule, whole: str, seed: str, total: str, steps: Steps) -> Iterator[str]:
    """All paths in one line: the sum of their products as symbols, formulas and numbers."""
    products = [_product(path, seed, steps) for path in rule.paths]
    stages = [" + ".join(stage) for stage in zip(*products, strict=True)]
    yield calculation([whole, *stages, *_values(rule, steps), total])
    notes = [notes_of(path.steps) or "the others" for path in rule.paths]
    if len(set(notes)) > 1 and set(notes) != {"directly", "the others"}:
        yield paragraph(f"In this order: {'; '.join(notes)}.")


def _along(rule: ChainRule, whole: str, seed: str, total: str, steps: Steps, prefixes: PathPrefixes) -> Iterator[str]:
    """Each path on lines of its own, and their sum."""
    is_only = len(rule.paths) == 1 and rule.rest is None
    if not is_only:
        yield rf"\par\smallskip $\displaystyle {whole}$ is the sum over {_paths_text(rule)}:"
    for path in rule.paths:
        if path.is_scalar:
            yield calculation([*_product(path, seed, steps), steps.number(path.value)])
            if notes := notes_of(path.steps):
                yield paragraph(f"({notes})")
            continue
        before = rf"$\displaystyle {whole}$ along" if is_only else "Along"
        yield rf"\par\smallskip {before} ${way_latex(path.labels, steps)}$:"
        new = new_steps(path.steps, prefixes)
        above = r"\quad\text{(as above)}" if len(new) < len(path.steps) else ""
        yield calculation([steps.upstream(new[0].label), steps.number(new[0].upstream) + above])
        first, left_out, last = elide(new)
        for number, step in enumerate([*first, *last]):
            if left_out and number == len(first):
                yield paragraph(f"… {left_out:,} more …")
            is_end = is_only and step is new[-1]
            yield calculation([*([whole] if is_end else []), *steps.edge(step)])
    if rule.rest is not None:
        yield calculation([rf"\text{{{text_latex(more_paths_text(rule))}, in total}}", steps.number(rule.rest)])
    if not is_only:
        yield calculation([whole, *_values(rule, steps), total])


def _values(rule: ChainRule, steps: Steps) -> list[str]:
    """The terms of several paths as a sum of numbers; empty where there is one path or an array is large."""
    values = [path.value for path in rule.paths] + ([] if rule.rest is None else [rule.rest])
    if len(values) == 1 or any(size_of(shape_of(value)) > LARGEST_SUBSTITUTED for value in values):
        return []
    first, *others = map(steps.number, values)
    return [" + ".join([first, *map(parenthesize_latex, others)])]


def _paths_text(rule: ChainRule) -> str:
    return text_latex(more_paths_text(rule._replace(paths=())))


def _product(path: Path, seed: str, steps: Steps) -> list[str]:
    """The product along a path of numbers in three forms: symbols, formulas, numbers; empty for a path without
    edges."""
    first, left_out, last = elide(path.steps)
    stages: list[list[str]] = [[seed] if seed else [] for _ in range(3)]
    for number, step in enumerate([*first, *last]):
        (edge,) = step.edges
        if left_out and number == len(first):
            for stage in stages:
                stage.append(rf"\ldots\,\text{{({left_out:,} more)}}\,\ldots")
        local = steps.local(step, PRODUCT if len(path.steps) > 1 else 0)
        value = steps.number(edge.local.values)
        factors = [steps.partial(step.label, edge.operand), local, value]
        for stage, factor in zip(stages, factors, strict=True):
            stage.append(parenthesize_latex(factor) if stage else factor)
    return [r" \cdot ".join(stage) for stage in stages if stage]


def _backward(trace: Trace, steps: Steps, limit: int) -> Iterator[str]:
    """The backward pass edge by edge, where not all paths are listed."""
    yield r"\section*{Backward pass}"
    yield paragraph("There are more paths than are listed above; edge by edge, upstream times local is downstream:")
    edges = (step.only(slot) for step in trace.backward for _, slot in step.sources)
    for step in islice(edges, limit or None):
        yield calculation(_downstream(step, steps))
    yield from omission_text(sum(len(step.sources) for step in trace.backward), limit, "edges")


def _downstream(step: BackwardStep, steps: Steps) -> Sequence[str]:
    stages = steps.edge(step)
    return [rf"{steps.names(step.label)} \to {steps.names(step.operand)}\colon\quad {stages[1]}", *stages[2:]]


def _gradients(trace: Trace, steps: Steps, limit: int) -> Iterator[str]:
    yield r"\section*{Gradients}"
    output = trace.graph.labels[trace.graph.output]
    yield calculation([steps.names(output), steps.number(trace.value)])
    for name, gradient in list(trace.gradients.items())[: limit or None]:
        yield calculation([steps.partial(output, name), steps.number(gradient)])
    yield from omission_text(len(trace.gradients), limit, "gradients")


def way_latex(labels: Sequence[str], symbols: Symbols) -> str:
    """The nodes along a path."""
    first, left_out, last = elide(labels[1:])
    names = [*map(symbols.names, [labels[0], *first]), *([r"\ldots"] if left_out else []), *map(symbols.names, last)]
    return r" \leftarrow ".join(names)
