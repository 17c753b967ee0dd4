"""Instructions → JAX: a pure function, which jit, vmap and grad can transform."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphdiff.targets.instructions import Code
from graphdiff.targets.numpy import Numpy, source_in
from graphdiff.targets.registry import TARGETS
from graphdiff.targets.spelling import ATOM, LoopText, Text


class Jax(Numpy):
    """JAX, through its NumPy-like module jax.numpy."""

    target = TARGETS["jax"]
    module = "jnp"
    imports: Mapping[str, str] = {
        "lax": "from jax import lax",
        "jnp": "import jax.numpy as jnp",
        "special": "from jax.scipy import special",
    }
    decorator = ""
    module_of_definitions = "jax_definitions"
    lacks: Mapping[str, str] = {
        **Numpy.lacks,
        **dict.fromkeys(("jv", "yv", "iv", "besselk"), "JAX has none of any order; numpy has, with SciPy"),
    }
    adds_in_place = False
    passes_entries = True

    def __init__(self, like: str | None) -> None:
        super().__init__(like)
        self.spellings = {
            **self.spellings,
            "cumulative_maximum": lambda operands, options: Text(
                f"lax.cummax({operands[0].text}, axis={options['axis']})"
            ),
        }

    def write_loop(self, loop: LoopText) -> list[str]:
        """A function of a step, and its scan."""
        step, all_carried, all_entries = map(loop.names.new, ("step", "carried", "entries"))
        carried = [name for name, _, _ in loop.carried]
        entries = [loop.place, *(name for name, _ in loop.entries)]
        arrays = [f"jnp.arange({loop.steps})", *(array.text for _, array in loop.entries)]
        nexts = [self.lift(text).text for _, _, text in loop.carried]
        rows = [self.lift(text).text for _, text in loop.stacks]
        starts = [self.lift(start).text for _, start, _ in loop.carried]
        arguments = f"{step}, {_tuple(starts)}, {_tuple(arrays)}{', reverse=True' * loop.is_backward}"
        return [
            f"def {step}({all_carried}, {all_entries}):",
            *[f"    {_tuple(carried)} = {all_carried}"] * bool(carried),
            f"    {_tuple(entries)} = {all_entries}",
            *(f"    {line}" for line in loop.lines),
            f"    return {_tuple(nexts)}, {_tuple(rows)}",
            f"{_tuple(carried)}, {_tuple([name for name, _ in loop.stacks])} = lax.scan({arguments})",
        ]

    def _place(self, operands: Sequence[Text], options: Mapping[str, Any]) -> Text:
        shape = f"{operands[1].within(ATOM)}.shape"
        items = self.items_text(options["items"], shape, operands[2:]) or "..."
        return Text(f"jnp.zeros({shape}, {self.array_arguments}).at[{items}].add({operands[0].text})")

    def stack_of(self, rows: str) -> Text:
        return Text(rows)


def _tuple(texts: Sequence[str]) -> str:
    """A tuple of names or values; with names it can be assigned to."""
    return f"({', '.join(texts)}{',' if len(texts) == 1 else ''})"


def source(code: Code, name: str) -> tuple[str, dict[str, str]]:
    """The source of a module with a function of this name, and the function's parameter for each input.

    The function takes numbers and arrays, and returns the results of the code.
    """
    return source_in(Jax, code, name)
