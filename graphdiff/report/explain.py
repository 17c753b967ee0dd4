"""The chain rule for each input as text, path by path: ∂f/∂x = ∂f/∂q · ∂q/∂x = z · 1 = -4 · 1 = -4."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from graphdiff.errors import shortened
from graphdiff.graph.graph import Graph
from graphdiff.operations.primitive import PRODUCT
from graphdiff.operations.shapes import shape_text, size_of
from graphdiff.passes.formula import barred
from graphdiff.passes.paths import MOST_COUNTED, ChainRule, Path, chain_rules
from graphdiff.passes.steps import BackwardStep, ForwardStep
from graphdiff.passes.trace import Trace
from graphdiff.passes.values import Value, shape_of
from graphdiff.report.lines import INDENT
from graphdiff.report.numbers import LARGEST_SUBSTITUTED, bracketed, one_line, shown, substituted
from graphdiff.report.trace_tables import heading
from graphdiff.writing.text import operation_of

PATHS = 12
"""Paths to an input that are told one by one."""
LONGEST_PATH = 16
"""A longer path is told by this many of its edges."""
MOST_STEPS = 100
"""Nodes whose values are told before the gradients."""
LEGEND = "A bar marks what arrives at a node along the path."
Told: TypeAlias = dict[tuple[int, int, int], int]
"""The beginnings of paths that have been told: the number of each by that of the one before, its last node and slot."""


def trace_explained(trace: Trace, expression: str, digits: int, limit: int) -> Iterator[str]:
    """The lines of a text: the value of each node, then each gradient, with at most limit paths (0: all)."""
    lines, result = heading(trace, expression, digits)
    yield from lines
    yield result
    forward = trace.forward
    if forward:
        yield ""
    for step in forward[:MOST_STEPS]:
        yield forward_text(trace, step, digits)
    if len(forward) > MOST_STEPS:
        yield f"… {len(forward) - MOST_STEPS:,} more nodes; graphdiff eval tells all of them"
    if trace.has_arrays:
        yield ""
        yield LEGEND
    left = len(trace.gradients)
    told: Told = {}
    for rule in chain_rules(trace, limit):
        left -= 1
        yield ""
        yield from _rule_lines(trace, rule, digits, told)
    if left:
        yield ""
        yield more_inputs(left)


def forward_text(trace: Trace, step: ForwardStep, digits: int) -> str:
    """`q = x + y = (-2) + 5 = 3`"""
    value = one_line(shown(step.value, digits))
    numbers = substituted(step.node, trace.values, digits)
    return _chain([shortened(step.label), operation_of(trace.graph, step.node), numbers, value])


def unreached(graph: Graph, rule: ChainRule) -> str:
    """Why there is no path to an input."""
    output, name = shortened(graph.labels[graph.output]), shortened(rule.name)
    if rule.gradient is None:
        return f"{name} is an index: nothing is differentiated by it"
    if not graph.needed[graph.input_indices[rule.name]]:
        return f"no path leads from {output} to {name}"
    return f"no path from {output} to {name} has a derivative"


def remaining(rule: ChainRule) -> str:
    """What is said of the paths that are not told one by one."""
    if rule.path_count is None:
        return f"more than {MOST_COUNTED:,} paths"
    more = rule.path_count - len(rule.paths)
    return f"{more:,} {'more ' if rule.paths else ''}path{'s' if more != 1 else ''}"


def more_inputs(count: int) -> str:
    """What is said of inputs that are not explained."""
    return f"… {count:,} more input{'s' if count != 1 else ''}; --wrt names those to explain"


def kinks_of(paths: Iterable[Path]) -> list[tuple[str, str]]:
    """The kinks on the way: each node that has one, and what was chosen there."""
    steps = {step.node.index: step for path in paths for step in path.steps}
    return [(step.label, kink) for step in steps.values() if (kink := step.kink)]


def notes_of(path: Path) -> str:
    """What tells one of several paths from others with the same symbols: which of several edges between two nodes it
    takes, or that it is one edge, whose symbol is that of the whole."""
    notes = []
    for step in elided(path.steps)[0]:
        (edge,) = step.edges
        if step.node.operands.count(edge.source) > 1:
            notes.append(f"{shortened(edge.operand)} as operand {edge.slot + 1} of {shortened(step.label)}")
    return ", ".join(notes or ["directly"] * (len(path.steps) == 1))


def elided(steps: Sequence[BackwardStep]) -> tuple[Sequence[BackwardStep], int, Sequence[BackwardStep]]:
    """A path's first steps, how many are left out, and its last."""
    if len(steps) <= LONGEST_PATH:
        return steps, 0, ()
    half = LONGEST_PATH // 2
    return steps[:half], len(steps) - 2 * half, steps[-half:]


def _rule_lines(trace: Trace, rule: ChainRule, digits: int, told: Told) -> Iterator[str]:
    graph = trace.graph
    output, name = shortened(graph.labels[graph.output]), shortened(rule.name)
    whole = f"∂{output}/∂{name}"
    seed = _seed_text(rule, barred(output), digits)
    if seed:
        whole = f"{seed} · {whole}"
    total = one_line(shown(rule.gradient, digits))
    if rule.path_count == 0:
        yield unreached(graph, rule) if rule.gradient is None else f"{whole} = {total}: {unreached(graph, rule)}"
        return
    if len(rule.paths) == 1 and rule.rest is None:
        yield from _only_path(trace, rule.paths[0], whole, seed, total, digits, told)
    else:
        yield f"{whole}, the sum over {remaining(rule._replace(paths=()))}:"
        for path in rule.paths:
            yield from _path_lines(trace, path, seed, digits, told)
        if rule.rest is not None:
            yield f"{INDENT}{'and ' if rule.paths else ''}{remaining(rule)}: {_text(rule.rest, digits)} together"
        yield _total(whole, rule, total, digits)
    for label, kink in kinks_of(rule.paths):
        yield f"{INDENT}{shortened(label)} has a kink here: {kink}"


def _only_path(trace: Trace, path: Path, whole: str, seed: str, total: str, digits: int, told: Told) -> Iterator[str]:
    if path.is_scalar:
        yield _chain([whole, *_product(path, seed, digits), total])
        return
    shape = f", of shape {shape_text(shape_of(path.value))}" if shape_of(path.value) else ""
    yield f"{whole}{shape}, along {_way(path)}:"
    lines = list(_array_lines(path, digits, told))
    yield from lines[:-1]
    yield f"{whole} = {lines[-1].strip()}"


def _path_lines(trace: Trace, path: Path, seed: str, digits: int, told: Told) -> Iterator[str]:
    """One path of several."""
    if not path.is_scalar:
        yield f"{INDENT}along {_way(path)}:"
        for line in _array_lines(path, digits, told):
            yield INDENT + line
        return
    notes = notes_of(path)
    yield (
        INDENT + _chain([*_product(path, seed, digits), _text(path.value, digits)]) + (f"  ({notes})" if notes else "")
    )


def _total(whole: str, rule: ChainRule, total: str, digits: int) -> str:
    """`∂z/∂b = 7 + 2 = 9`"""
    parts = [path.value for path in rule.paths] + ([] if rule.rest is None else [rule.rest])
    if len(parts) > PATHS + 1 or any(size_of(shape_of(part)) > LARGEST_SUBSTITUTED for part in parts):
        return f"{whole} = {total}, the sum of these"
    terms = [_text(part, digits) for part in parts]
    return _chain([whole, " + ".join([terms[0], *map(bracketed, terms[1:])]), total])


def _product(path: Path, seed: str, digits: int) -> list[str]:
    """A path of numbers three times: as symbols, as formulas, as numbers; nothing of a path without edges."""
    first, left_out, last = elided(path.steps)
    symbols, formulas, numbers = ([seed] if seed else [] for _ in range(3))
    for steps in (first, last):
        for step in steps:
            (edge,) = step.edges
            symbols.append(f"∂{shortened(step.label)}/∂{shortened(edge.operand)}")
            formula = edge.local.factor(PRODUCT if len(path.steps) > 1 or seed else 0)
            formulas.append(bracketed(formula) if formulas else formula)
            number = _text(edge.local.values, digits)
            numbers.append(bracketed(number) if numbers else number)
        if left_out and steps is first:
            for factors in (symbols, formulas, numbers):
                factors.append(f"… {left_out:,} more …")
    return [" · ".join(factors) for factors in (symbols, formulas, numbers) if factors]


def untold(path: Path, told: Told) -> Sequence[BackwardStep]:
    """The steps of a path but for those at its beginning that an earlier one had; the last is always there."""
    place, first = 0, 0
    for number, step in enumerate(path.steps[:-1]):
        ((_, slot),) = step.sources
        key = (place, step.node.index, slot)
        if key in told:
            first = number + 1
        place = told.setdefault(key, len(told) + 1)
    return path.steps[first:]


def _array_lines(path: Path, digits: int, told: Told) -> Iterator[str]:
    """What arrives at each node along a path, by the rule of the edge that it comes through."""
    left = untold(path, told)
    first, left_out, last = elided(left)
    above = ", as above" if len(left) < len(path.steps) else ""
    yield f"{INDENT}{barred(shortened(left[0].label))} = {_text(left[0].upstream, digits)}{above}"
    for steps in (first, last):
        for step in steps:
            yield INDENT + _edge_text(step, digits)
        if left_out and steps is first:
            yield f"{INDENT}… {left_out:,} more …"


def _edge_text(step: BackwardStep, digits: int) -> str:
    """`q̄ = v̄1 ⊙ 2*q = [1, 1] ⊙ [0.44, 0.52] = [0.44, 0.52]`, or `W̄ = q̄ @ xᵀ = …`"""
    (edge,) = step.edges
    local, upstream = edge.local, barred(shortened(step.label))
    rules = [local.formula]
    if local.values is not None:
        sign = "⊙" if shape_of(local.values) else "·"
        rules = [upstream] if local.formula == "1" else [f"{upstream} {sign} {bracketed(local.factor(PRODUCT))}"]
        if size_of(shape_of(local.values)) <= LARGEST_SUBSTITUTED and local.formula != "1":
            numbers = f"{_text(step.upstream, digits)} {sign} {bracketed(_text(local.values, digits))}"
            rules.append(numbers)
        if local.summed_axes:
            axes = ", ".join(map(str, local.summed_axes))
            rules = [f"sum({rule}, axis={axes if len(local.summed_axes) == 1 else f'({axes})'})" for rule in rules]
    return _chain([barred(shortened(edge.operand)), *rules, _text(edge.downstream, digits)])


def _way(path: Path) -> str:
    """`f ← v1 ← q ← W`"""
    first, left_out, last = elided(path.steps)
    names = [shortened(path.steps[0].label), *(shortened(step.edges[0].operand) for step in first)]
    if left_out:
        names += [f"… {left_out:,} more …", *(shortened(step.edges[0].operand) for step in last)]
    return " ← ".join(names)


def _seed_text(rule: ChainRule, upstream: str, digits: int) -> str:
    """What the output's gradient is, where it is not 1: then each path begins with it."""
    if shape_of(rule.seed):
        return upstream
    return "" if rule.seed == 1 else _text(rule.seed, digits)


def _text(value: Value | None, digits: int) -> str:
    return one_line(shown(value, digits))


def _chain(stages: Sequence[str]) -> str:
    """Stages of a calculation, each once."""
    kept = [stage for place, stage in enumerate(stages) if place == 0 or stage != stages[place - 1]]
    return " = ".join(kept)
