"""The derivation of a derivative, rule by rule, as it is written at the board."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from graphdiff.errors import GraphdiffError, Hint
from graphdiff.graph.builder import GraphBuilder
from graphdiff.graph.graph import Graph
from graphdiff.graph.node import Node
from graphdiff.operations.shapes import Shape
from graphdiff.passes.derivative import shapes_in
from graphdiff.textbook.form import TextbookForm, are_short, textbook_form
from graphdiff.textbook.steps.differentiate import Application, differentiate
from graphdiff.textbook.steps.reorder import add_copy, are_equal_up_to_order
from graphdiff.textbook.steps.rules import Rule
from graphdiff.textbook.steps.sheet import Sheet, Unresolved

MOST_STEPS, MOST_LENGTH = 500, 100_000
"""The most steps of a derivation, and characters of their formulas: nobody reads a longer one."""


class Step(NamedTuple):
    """The derivative of one part of the formula by one rule.

    Attributes:
        rule: The name of the rule.
        of: What is differentiated, and by what.
        gives: The derivative, with the symbols of derivatives that later steps take; the index of a node.
        result: The derivative with what these steps give in their place.
        depth: How many steps it is inside of.
        general: The rule in general; None where what it gives says as much.
        inner: In the chain rule, the letter of the inner function, and the function; None where it has a name.
        is_repeated: Whether the derivative was taken before: then only the result is of interest.
        continues: Whether it goes on with what the step before it gave, and nothing else.
    """

    rule: str
    of: Unresolved
    gives: int
    result: int
    depth: int
    general: Rule | None = None
    inner: tuple[str, int] | None = None
    is_repeated: bool = False
    continues: bool = False


class Derivation(NamedTuple):
    """The steps of a derivation, in the order in which they are read.

    Attributes:
        graph: The nodes that the steps refer to; its only output is what the first step results in.
        steps: The steps.
        form: The derivative as a person would write it, which the derivation ends with.
        ending: The name of what leads there: "simplification", or for differentials "gradient" or "Jacobian".
        notes: Where that differs from what is computed: sentences without a full stop.
        unresolved: The derivatives that symbols stand for, by the index of the symbol.
        differential: The name of the differential of the input, if that is an array; else None.
        definitions: The nodes that other symbols stand for, by the index of the symbol.
        shapes: The shapes of the symbols and inputs, by name.
    """

    graph: Graph
    steps: tuple[Step, ...]
    form: Graph
    ending: str
    notes: tuple[str, ...]
    unresolved: Mapping[int, Unresolved]
    differential: str | None
    definitions: Mapping[int, int]
    shapes: Mapping[str, Shape]


def derivations(
    graph: Graph,
    by: Sequence[tuple[str, ...]],
    derivatives: Mapping[tuple[str, ...], Graph],
    shapes: Mapping[str, Shape],
) -> list[tuple[Derivation, ...]]:
    """The derivations of each derivative by one input after the other, each of what the one before it ended with.

    derivatives are the derivatives of each order, by their inputs. Derivatives that begin with the same inputs have
    their first derivations in common.
    Raises GraphdiffError("limit") if one has more than MOST_STEPS steps or MOST_LENGTH characters.
    """
    known: dict[tuple[str, ...], Derivation] = {}
    for names in by:
        for order, name in enumerate(names, 1):
            if names[:order] not in known:
                before = known[names[: order - 1]].form if order > 1 else graph
                shares = order > 1 and not are_short(before)
                derivative = derivatives[names[:order]]
                form = textbook_form([derivative], shapes_in(derivative, shapes))
                known[names[:order]] = derive(before, name, form, shapes_in(before, shapes), shares)
    return [tuple([known[names[:order]] for order in range(1, len(names) + 1)]) for names in by]


def derive(
    graph: Graph, name: str, form: TextbookForm, shapes: Mapping[str, Shape], shares: bool = False
) -> Derivation:
    """The derivation of the derivative of a formula by one of its inputs, which ends with form.

    With shares, operations of the formula that have several uses are derived under a name.
    Raises GraphdiffError: "limit" if it has more than MOST_STEPS steps or MOST_LENGTH characters, "value" if shapes do
    not fit.
    """
    sheet = Sheet(graph, name, shapes, shares)
    applications = _apply_rules(sheet)
    results = _results(sheet, applications)
    tidy = sheet.tidier.tidy
    applications = {symbol: each._replace(gives=tidy(each.gives)) for symbol, each in applications.items()}
    results = {symbol: tidy(each) for symbol, each in results.items()}
    steps = _steps(sheet, applications, results)
    nodes = sheet.op.builder.nodes
    _check_length(nodes, steps)
    root = results[sheet.derivative_symbol(sheet.root).index].index
    is_differential = sheet.is_differential
    if not is_differential:
        steps, root = _in_order_of(form.graph, sheet.op.builder, steps, root)
    return Derivation(
        Graph(nodes, [node.index for node in nodes if node.is_input], [root]),
        tuple(steps),
        form.graph,
        "simplification" if not is_differential else "Jacobian" if sheet.op.shape(sheet.root) else "gradient",
        form.notes[0],
        sheet.unresolved,
        sheet.differential if is_differential else None,
        sheet.definitions,
        {node.name or "": sheet.op.shape(node) or () for node in nodes if node.is_input},
    )


def _in_order_of(form: Graph, builder: GraphBuilder, steps: list[Step], root: int) -> tuple[list[Step], int]:
    """Steps that result in what the derivation ends with, and that result, where it is theirs in another order."""
    inputs = {node.name or "": node for node in builder.nodes if node.is_input}
    result = Graph(builder.nodes, [node.index for node in inputs.values()], [root])
    if any(node.name and not node.is_input for node in form.nodes) or not are_equal_up_to_order(result, form):
        return steps, root
    ending = add_copy(builder, form, inputs).index
    # Those at depth 0 all have the result of the first.
    return [_with_result(step, root, ending) if step.depth == 0 else step for step in steps], ending


def _with_result(step: Step, old: int, new: int) -> Step:
    """A step with another result, which is what it gives unless derivatives are still to be taken."""
    return step._replace(result=new, gives=new if step.gives == old else step.gives)


def _apply_rules(sheet: Sheet) -> dict[int, Application]:
    """The rule for each derivative that is taken, by its symbol, those inside it after it."""
    applications: dict[int, Application] = {}
    outer: dict[int, Application] = {}
    pending = [sheet.derivative_symbol(sheet.root).index]
    while pending:
        symbol = pending.pop()
        if symbol in applications:
            continue
        if len(applications) == MOST_STEPS:
            raise _too_long(f"{MOST_STEPS} steps")
        application = outer.pop(symbol, None) or differentiate(sheet, sheet.node(sheet.unresolved[symbol].of))
        applications[symbol] = application
        if application.chain is not None:
            outer[application.chain.symbol.index] = application.chain.outer
        pending += reversed(sheet.open_symbols(application.gives))
    return applications


def _too_long(limit: str) -> GraphdiffError:
    hint = Hint("derive an intermediate value, or only the result", "steps")
    return GraphdiffError("limit", f"the derivation has more than {limit}", hint=hint)


def _check_length(nodes: Sequence[Node], steps: Sequence[Step]) -> None:
    """Raise GraphdiffError("limit") where the formulas of the steps are too long to be written out."""
    lengths: list[int] = []
    for node in nodes:
        lengths.append(min(sum([lengths[operand] for operand in node.operands], start=2), MOST_LENGTH))
    if sum(lengths[step.of.of] + lengths[step.gives] + lengths[step.result] for step in steps) > MOST_LENGTH:
        raise _too_long(f"{MOST_LENGTH:,} characters")


def _results(sheet: Sheet, applications: Mapping[int, Application]) -> dict[int, Node]:
    """The derivative that each symbol stands for, with nothing left to be taken."""
    results: dict[int, Node] = {}
    pending = [(symbol, False) for symbol in applications]
    while pending:
        symbol, is_ready = pending.pop()
        application = applications[symbol]
        if symbol in results:
            continue
        inner = sheet.open_symbols(application.gives)
        if not is_ready:
            pending += [(symbol, True), *((each, False) for each in inner if each not in results)]
            continue
        values = {each: results[each] for each in inner}
        if application.chain is not None:
            values[application.chain.symbol.index] = application.chain.value
        results[symbol] = sheet.substitute(application.gives, values)
    return results


def _steps(sheet: Sheet, applications: Mapping[int, Application], results: Mapping[int, Node]) -> list[Step]:
    """The steps, each followed by those inside it."""
    steps: list[Step] = []
    known: set[int] = set()
    pending = [(sheet.derivative_symbol(sheet.root).index, 0, False)]
    while pending:
        symbol, depth, continues = pending.pop()
        application = applications[symbol]
        inner = sheet.open_symbols(application.gives)
        chain = application.chain
        is_named = chain is None or chain.inner.index in sheet.definitions
        is_repeated = symbol in known
        steps.append(
            Step(
                application.name,
                sheet.unresolved[symbol],
                application.gives.index,
                results[symbol].index,
                depth,
                application.rule,
                None if chain is None or is_named else (chain.letter, chain.inner.index),
                is_repeated,
                continues,
            )
        )
        known.add(symbol)
        if is_repeated:
            continue
        is_whole = inner == [application.gives.index]
        pending += [(each, depth if is_whole else depth + 1, is_whole) for each in reversed(inner)]
    return steps
