"""The options of `compile`, which are Python values of any type until they are checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphdiff.errors import GraphdiffError, shorten
from graphdiff.source import check_list_of_names


def check_types(source: Any, wrt: Any, inputs: Any, outputs: Any, shapes: Any, **flags: Any) -> None:
    """Raise GraphdiffError("usage") if an option is not of its type: names, shapes by name, or True or False."""
    for option, names in (("wrt", wrt), ("inputs", inputs), ("outputs", outputs)):
        if names is not None or option != "wrt":
            check_list_of_names(option, names, source)
    if shapes is not None and not isinstance(shapes, Mapping):
        hint = "map each name to its sizes: shapes={'x': (3,)}"
        raise GraphdiffError("usage", f"shapes is not a dictionary: {shorten(repr(shapes))}", hint=hint)
    for option, value in flags.items():
        if type(value).__name__ not in ("bool", "bool_"):  # of Python, or of NumPy
            hint = f"write {option}=True or {option}=False"
            raise GraphdiffError("usage", f"{option} is not True or False: {shorten(repr(value))}", hint=hint)
