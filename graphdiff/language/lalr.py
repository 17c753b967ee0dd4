"""Tokens → tree: Lark's LALR(1) tables, run with two stacks.

Nothing here recurses, so text may be nested to any depth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from graphdiff.errors import GraphdiffError
from graphdiff.language.tables import Tables
from graphdiff.source import Span

END = "$END"
"""The terminal after the last token."""
Unexpected: TypeAlias = Callable[[str, Span, Span | None, dict[str, int]], GraphdiffError]
"""(terminal, its span, the span of the token before, what fits there) -> the error of a token that fits no rule."""


def reduce_tokens(tables: Tables, tokens: Iterable[tuple[str, Span]], builder: object, unexpected: Unexpected) -> Any:
    """Reduce tokens, of which the last is END, to what the method of the last rule returns.

    builder has a method for each name after "->" in the grammar. It takes the span of each token, and of everything
    else what another method returned.

    Raises the error that unexpected makes of the first token that fits no rule; RuntimeError if the tables, which are
    those of no grammar then, reduce for ever.
    """
    states, rules, final = tables.states, tables.rules, tables.end
    methods: list[Callable[..., Any] | None] = [
        getattr(builder, rule.method) if rule.method else None for rule in rules
    ]
    stack = [tables.start]
    values: list[Any] = []
    previous: Span | None = None
    left = 0
    for terminal, span in tokens:
        action = states[stack[-1]].get(terminal)
        left += len(rules)  # as many reductions a token at most, since no rule leads to itself
        while action is None or action < 0:
            if action is None:
                raise unexpected(terminal, span, previous, states[stack[-1]])
            left -= 1
            if left < 0:
                raise RuntimeError("endless reductions")
            symbol, size, _ = rules[~action]
            method = methods[~action]
            if method is not None:
                first = len(values) - size
                values[first:] = [method(*values[first:])]
            del stack[len(stack) - size :]
            stack.append(states[stack[-1]][symbol])
            if stack[-1] == final:
                break
            action = states[stack[-1]].get(terminal)
        else:
            stack.append(action)
            values.append(span)
            previous = span
    return values[0]
