"""The colours of pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Theme(NamedTuple):
    """Colours as #rrggbb.

    colors      of labels by their kind
    ink         of gates, wires and captions
    active      of the gate and the wires of the picture's step
    background  of the whole picture; None leaves it transparent
    """

    colors: Mapping[str, str]
    ink: str
    active: str
    background: str | None


def _theme(value: str, gradient: str, local: str, ink: str, active: str, background: str | None) -> Theme:
    inks = dict.fromkeys(("name", "pattern", "symbol"), ink)
    return Theme({"value": value, "gradient": gradient, "local": local, **inks}, ink, active, background)


AUTO = _theme("#0d8748", "#dc3528", "#8d5fd3", "#757575", "#1a73e8", None)
"""Values green, gradients red, as on the board; legible on light and dark backgrounds."""
THEMES = {
    "auto": AUTO,
    "light": _theme("#0a6b35", "#b3261e", "#6a3fb5", "#333333", "#0b57d0", "#ffffff"),
    "dark": _theme("#7dd69b", "#ff9a91", "#c4a5ff", "#c9ced6", "#8ab8ff", "#14161a"),
    "print": _theme("#000000", "#000000", "#000000", "#000000", "#000000", "#ffffff"),
}
"""The themes by name."""
