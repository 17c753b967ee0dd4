"""Reading a tree of any depth without recursion: each part is a generator that yields the parts it waits for."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeVar

T = TypeVar("T")
Step = Generator[Any, Any, T]
"""A generator that yields other steps, is sent what they return, and returns a T."""


def wait(step: Step[T]) -> Step[T]:
    """A step that returns what another does: `yield from wait(step)` is a T."""
    result: T = yield step
    return result


def run(step: Step[T]) -> T:
    """What a step returns, after all that it waits for."""
    stack: list[Step[Any]] = [step]
    result: Any = None
    while True:
        try:
            stack.append(stack[-1].send(result))
            result = None
        except StopIteration as stop:
            stack.pop()
            result = stop.value
            if not stack:
                value: T = result
                return value
