"""The chain rule for each input with numbers, path by path: `∂f/∂x = ∂f/∂q · ∂q/∂x = z · 1 = -4 · 1 = -4`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar

from graphdiff.errors import shorten
from graphdiff.graph.graph import Graph
from graphdiff.operations.primitive import PRODUCT
from graphdiff.operations.shapes import shape_text, size_of
from graphdiff.passes.formula import upstream_name
from graphdiff.passes.paths import MOST_COUNTED, ChainRule, Path, chain_rules
from graphdiff.passes.steps import BackwardStep, ForwardStep
from graphdiff.passes.trace import Trace
from graphdiff.passes.values import Value, shape_of
from graphdiff.report.accuracy import notes
from graphdiff.report.lines import INDENT
from graphdiff.report.numbers import LARGEST_SUBSTITUTED, format_value, one_line, parenthesize, substitution_text
from graphdiff.report.trace_tables import heading
from graphdiff.report.uncertainty import sentences
from graphdiff.writing.text import operation_of

if TYPE_CHECKING:
    from graphdiff.accuracy.inaccuracy import Inaccuracy
    from graphdiff.passes.symbolic_paths import SymbolicChainRule, SymbolicStep

PATHS = 12
"""Paths to an input that are listed, by default."""
LONGEST_PATH = 16
"""Of a longer path only this many edges are shown."""
MOST_STEPS = 100
"""Nodes whose values are listed before the gradients."""
LEGEND = "A bar marks the gradient that arrives at a node along the path."
CONVENTION = " by convention"
"""Follows the sum over the paths to an input whose gradient is a limit."""
Step = TypeVar("Step", "BackwardStep", "SymbolicStep")
"""An edge of a path, with numbers or without."""
PathPrefixes: TypeAlias = dict[tuple[int, int, int], int]
"""The prefixes of paths that have been written, as a trie: the number of each by the number of its own prefix, its last
node and slot."""


class Explanation(NamedTuple):
    """An explanation as lines of text.

    Attributes:
        program: The expression.
        result: The point and the value, or the shapes of the inputs; may be empty.
        forward: The nodes in order of evaluation.
        legend: What a bar means; empty where there are none.
        rules: For each input the lines of its chain rule.
        more: About inputs that are not explained; empty where all are.
        notes: What is to be known of the numbers or formulas.
        uncertainty: Where the uncertainty of the output comes from; none where it has none.
    """

    program: Sequence[str]
    result: str
    forward: Sequence[str]
    legend: str
    rules: Sequence[Sequence[str]]
    more: str
    notes: Sequence[str]
    uncertainty: Sequence[str] = ()


def explanation(
    trace: Trace, expression: str, accuracy: Sequence[Inaccuracy], digits: int, limit: int, accumulates: bool = False
) -> Explanation:
    """The value of each node, each gradient with at most limit paths (0: all), and how right they are. One that
    accumulates has the gradient by each node as the sum over its edges in place of paths."""
    program, result = heading(trace, expression, digits)
    forward = trace.forward
    steps = [forward_text(trace, step, digits) for step in forward[:MOST_STEPS]]
    steps += more_steps_text(len(forward))
    whole = Explanation(program, result, steps, "", (), "", notes(trace, accuracy), sentences(trace, digits))
    if accumulates:
        from graphdiff.report.accumulation import LEGEND as OF_SUMS

        return whole._replace(legend=OF_SUMS, rules=[list(_sum_lines(trace, digits))])
    prefixes: PathPrefixes = {}
    rules = [list(_rule_lines(trace, rule, digits, prefixes)) for rule in chain_rules(trace, limit)]
    more = more_inputs_text(len(trace.gradients) - len(rules))
    return whole._replace(legend=LEGEND if trace.has_arrays else "", rules=rules, more=more)


def forward_text(trace: Trace, step: ForwardStep, digits: int) -> str:
    """A node with its numbers: `q = x + y = (-2) + 5 = 3`."""
    value = one_line(format_value(step.value, digits))
    numbers = substitution_text(step.node, trace.values, digits)
    return chain_text([shorten(step.label), operation_of(trace.graph, step.node), numbers, value])


def no_path_text(graph: Graph, name: str) -> str:
    """Why there is no path to an input."""
    index, output, name = graph.input_indices[name], shorten(graph.labels[graph.output]), shorten(name)
    if graph.is_index[index]:
        return f"{name} is an index, which has no derivative"
    if not graph.needed[index]:
        return f"no path leads from {output} to {name}"
    return f"no path from {output} to {name} has a derivative"


def more_paths_text(rule: ChainRule | SymbolicChainRule) -> str:
    """The number of paths that are not listed: `5 more paths`."""
    if rule.path_count is None:
        return f"more than {MOST_COUNTED:,} paths"
    more = rule.path_count - len(rule.paths)
    return f"{more:,} {'more ' if rule.paths else ''}path{'s' if more != 1 else ''}"


def more_steps_text(count: int) -> list[str]:
    """A line about the nodes that are not listed, of so many; none where all are."""
    more = count - MOST_STEPS
    return [f"… {more:,} more nodes; graphdiff eval lists all of them"] if more > 0 else []


def more_inputs_text(count: int) -> str:
    """The line about inputs that are not explained; empty where there are none."""
    if not count:
        return ""
    return f"… {count:,} more input{'s' if count != 1 else ''}; use --wrt to choose which to explain"


def kinks_of(steps: Iterable[BackwardStep]) -> list[tuple[str, str]]:
    """The nodes of these steps that are at a kink, each with the choice made there."""
    distinct = {step.node.index: step for step in steps}
    return [(step.label, kink) for step in distinct.values() if (kink := step.kink)]


def notes_of(steps: Sequence[Step]) -> str:
    """What distinguishes a path from others with the same symbols: which of several edges between two nodes it takes,
    or `directly` where it is a single edge, whose symbol is also that of the whole gradient."""
    notes = []
    for step in elide(steps)[0]:
        ((source, slot),) = step.sources
        if step.node.operands.count(source) > 1:
            notes.append(f"{shorten(step.operand)} as operand {slot + 1} of {shorten(step.label)}")
    return ", ".join(notes or ["directly"] * (len(steps) == 1))


def elide(steps: Sequence[Any]) -> tuple[Sequence[Any], int, Sequence[Any]]:
    """The first steps of a path, how many are left out, and the last steps."""
    if len(steps) <= LONGEST_PATH:
        return steps, 0, ()
    half = LONGEST_PATH // 2
    return steps[:half], len(steps) - 2 * half, steps[-half:]


def _rule_lines(trace: Trace, rule: ChainRule, digits: int, prefixes: PathPrefixes) -> Iterator[str]:
    graph = trace.graph
    output, name = shorten(graph.labels[graph.output]), shorten(rule.name)
    whole = f"∂{output}/∂{name}"
    seed = _seed_text(rule, upstream_name(output), digits)
    if seed:
        whole = f"{seed} · {whole}"
    total = f"{_text(rule.total, digits)}{CONVENTION if rule.name in trace.limits else ''}"
    if rule.path_count == 0:
        reason = no_path_text(graph, rule.name)
        yield reason if rule.gradient is None else f"{whole} = {total}: {reason}"
        return
    if len(rule.paths) == 1 and rule.rest is None:
        yield from _only_path(rule.paths[0], whole, seed, total, digits, prefixes)
    else:
        yield f"{whole}, the sum over {more_paths_text(rule._replace(paths=()))}:"
        for path in rule.paths:
            yield from _path_lines(path, seed, digits, prefixes)
        if rule.rest is not None:
            yield f"{INDENT}{'and ' if rule.paths else ''}{more_paths_text(rule)}: {_text(rule.rest, digits)} in total"
        yield _total(whole, rule, total, digits)
    for label, kink in kinks_of(step for path in rule.paths for step in path.steps):
        yield f"{INDENT}{shorten(label)} has a kink here: {kink}"


def _sum_lines(trace: Trace, digits: int) -> Iterator[str]:
    """The gradient by each node as the sum over its edges."""
    from graphdiff.report.accumulation import arrivals, sums

    for label, edges, gradient in arrivals(trace):
        stages = sums(edges, lambda step: _edge_rules(step, digits), lambda value: _text(value, digits), parenthesize)
        convention = CONVENTION if label in trace.limits else ""
        yield chain_text([upstream_name(shorten(label)), *stages, _text(gradient, digits) + convention])
    for label, kink in kinks_of(trace.backward):
        yield f"{shorten(label)} has a kink here: {kink}"


def _only_path(path: Path, whole: str, seed: str, total: str, digits: int, prefixes: PathPrefixes) -> Iterator[str]:
    if path.is_scalar:
        yield chain_text([whole, *_product(path, seed, digits), total])
        return
    shape = f", of shape {shape_text(shape_of(path.value))}" if shape_of(path.value) else ""
    yield f"{whole}{shape}, along {way_text(path.labels)}:"
    lines = list(_array_lines(path, digits, prefixes))
    yield from lines[:-1]
    yield f"{whole} = {lines[-1].strip()}"


def _path_lines(path: Path, seed: str, digits: int, prefixes: PathPrefixes) -> Iterator[str]:
    """The lines of one path of several."""
    if not path.is_scalar:
        yield f"{INDENT}along {way_text(path.labels)}:"
        for line in _array_lines(path, digits, prefixes):
            yield INDENT + line
        return
    notes = notes_of(path.steps)
    product = chain_text([*_product(path, seed, digits), _text(path.value, digits)])
    yield INDENT + product + (f"  ({notes})" if notes else "")


def _total(whole: str, rule: ChainRule, total: str, digits: int) -> str:
    """The sum over the paths: `∂z/∂b = 7 + 2 = 9`."""
    parts = [path.value for path in rule.paths] + ([] if rule.rest is None else [rule.rest])
    if len(parts) > PATHS + 1 or any(size_of(shape_of(part)) > LARGEST_SUBSTITUTED for part in parts):
        return f"{whole} = {total}, the sum of these"
    terms = [_text(part, digits) for part in parts]
    return chain_text([whole, " + ".join([terms[0], *map(parenthesize, terms[1:])]), total])


def _product(path: Path, seed: str, digits: int) -> list[str]:
    """The product along a path of numbers in three forms: symbols, formulas, numbers; empty for a path without
    edges."""
    first, left_out, last = elide(path.steps)
    symbols, formulas, numbers = ([seed] if seed else [] for _ in range(3))
    for steps in (first, last):
        for step in steps:
            (edge,) = step.edges
            symbols.append(f"∂{shorten(step.label)}/∂{shorten(edge.operand)}")
            formula = edge.local.factor(PRODUCT if len(path.steps) > 1 or seed else 0)
            formulas.append(parenthesize(formula) if formulas else formula)
            number = _text(edge.local.values, digits)
            numbers.append(parenthesize(number) if numbers else number)
        if left_out and steps is first:
            for factors in (symbols, formulas, numbers):
                factors.append(f"… {left_out:,} more …")
    return [" · ".join(factors) for factors in (symbols, formulas, numbers) if factors]


def new_steps(steps: Sequence[Step], prefixes: PathPrefixes) -> Sequence[Step]:
    """The steps of a path without its longest prefix that has been written before; the last step always remains."""
    place, first = 0, 0
    for number, step in enumerate(steps[:-1]):
        ((_, slot),) = step.sources
        key = (place, step.node.index, slot)
        if key in prefixes:
            first = number + 1
        place = prefixes.setdefault(key, len(prefixes) + 1)
    return steps[first:]


def _array_lines(path: Path, digits: int, prefixes: PathPrefixes) -> Iterator[str]:
    """The upstream at each node along a path, by the rule of the edge that leads there."""
    steps = new_steps(path.steps, prefixes)
    first, left_out, last = elide(steps)
    above = ", as above" if len(steps) < len(path.steps) else ""
    yield f"{INDENT}{upstream_name(shorten(steps[0].label))} = {_text(steps[0].upstream, digits)}{above}"
    for steps in (first, last):
        for step in steps:
            yield INDENT + _edge_text(step, digits)
        if left_out and steps is first:
            yield f"{INDENT}… {left_out:,} more …"


def _edge_text(step: BackwardStep, digits: int) -> str:
    """The rule of an edge: `q̄ = v̄1 ⊙ 2*q = [1, 1] ⊙ [0.44, 0.52] = [0.44, 0.52]`, or `W̄ = q̄ @ xᵀ = …`."""
    (edge,) = step.edges
    rules = _edge_rules(step, digits)
    return chain_text([upstream_name(shorten(edge.operand)), *rules, _text(edge.downstream, digits)])


def _edge_rules(step: BackwardStep, digits: int) -> list[str]:
    """What an edge passes on, as symbols and, if its operation is elementwise and small, in numbers."""
    (edge,) = step.edges
    local, upstream = edge.local, upstream_name(shorten(step.label))
    rules = [local.formula]
    if local.values is not None:
        sign = "⊙" if shape_of(local.values) else "·"
        rules = [upstream] if local.formula == "1" else [f"{upstream} {sign} {parenthesize(local.factor(PRODUCT))}"]
        if size_of(shape_of(local.values)) <= LARGEST_SUBSTITUTED and local.formula != "1":
            numbers = f"{_text(step.upstream, digits)} {sign} {parenthesize(_text(local.values, digits))}"
            rules.append(numbers)
        if local.summed_axes:
            axes = ", ".join(map(str, local.summed_axes))
            rules = [f"sum({rule}, axis={axes if len(local.summed_axes) == 1 else f'({axes})'})" for rule in rules]
    return rules


def way_text(labels: Sequence[str]) -> str:
    """The nodes along a path: `f ← v1 ← q ← W`."""
    first, left_out, last = elide(labels[1:])
    names = [*labels[:1], *first, *([f"… {left_out:,} more …"] if left_out else []), *last]
    return " ← ".join(map(shorten, names))


def _seed_text(rule: ChainRule, upstream: str, digits: int) -> str:
    """The cotangent of the output, with which each path begins; empty where it is 1."""
    if shape_of(rule.seed):
        return upstream
    return "" if rule.seed == 1 else _text(rule.seed, digits)


def _text(value: Value | None, digits: int) -> str:
    return one_line(format_value(value, digits))


def chain_text(stages: Sequence[str]) -> str:
    """The stages of a calculation joined by =, without repetitions."""
    distinct = [stage for place, stage in enumerate(stages) if place == 0 or stage != stages[place - 1]]
    return " = ".join(distinct)
