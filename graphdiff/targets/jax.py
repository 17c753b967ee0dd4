"""Instructions → JAX: a pure function, which jit, vmap and grad can transform."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphdiff.targets.instructions import Code
from graphdiff.targets.numpy import Numpy, source_in
from graphdiff.targets.registry import TARGETS
from graphdiff.targets.writer import ATOM, Text


class Jax(Numpy):
    """JAX, through its NumPy-like module jax.numpy."""

    target = TARGETS["jax"]
    module = "jnp"
    imports: Mapping[str, str] = {"jnp": "import jax.numpy as jnp", "special": "from jax.scipy import special"}
    decorator = ""
    module_of_definitions = "jax_definitions"
    lacks: Mapping[str, str] = {
        "entry": "",
        **dict.fromkeys(("jv", "yv", "iv", "besselk"), "JAX has none of any order; numpy has, with SciPy"),
    }

    def _place(self, operands: Sequence[Text], options: Mapping[str, Any]) -> Text:
        shape = f"{operands[1].within(ATOM)}.shape"
        items = self.items_text(options["items"], shape, operands[2:]) or "..."
        return Text(f"jnp.zeros({shape}, {self.array_arguments}).at[{items}].add({operands[0].text})")


def source(code: Code, name: str, wrt: Sequence[str]) -> tuple[str, dict[str, str]]:
    """The source of a module with a function of this name, and the function's parameter for each input.

    The function takes numbers and arrays, and returns the value and the tuple of derivatives by wrt.
    """
    return source_in(Jax, code, name, wrt)
