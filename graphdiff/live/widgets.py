"""Parts of the screen: the report, the list of keys, and the filter for a terminal without colours."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.color import Color
from textual.containers import VerticalScroll
from textual.filter import LineFilter
from textual.suggester import Suggester
from textual.widgets import Input

HELP = """\
Tab, Shift-Tab    from formula to point, steps, and back
Up, Down          in the formula: earlier formulas
Right             at the end of a field: accept the suggested name
Left, Right       in the steps: one step of the backward pass back or on
Home              in the steps: the whole backward pass again
Up, Down, PageUp, PageDown, Shift-Left, Shift-Right    in the steps: scroll
F2, F3            previous and next report: circuit, tables, explain, …
F4                options as on the command line: --wrt x --precision 30
                  --fuse --language latex --to c --order 2 --answer d_x=3
Ctrl-S            save: the suffix names the format, .svg .png .pdf .html
                  .json .csv .md .tex, or .py .c .js .rs … for code
Escape            stop a long computation; close this help
Ctrl-Q            quit"""


class WithoutColors(LineFilter):
    """Removes all colours from what is written to the terminal."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments with the other attributes of their styles."""
        return [Segment(text, style.without_color if style else None, control) for text, style, control in segments]


class Field(Input):
    """A line to type into: the next key is added to what stands there, and nothing blinks over a slow connection."""

    def __init__(self, text: str, name: str, suggester: Suggester | None = None, placeholder: str = "") -> None:
        super().__init__(text, placeholder, id=name, suggester=suggester, compact=True, select_on_focus=False)
        self.cursor_blink = False


class Steps(VerticalScroll, can_focus=True):
    """The report; its arrow keys step through the backward pass."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "app.step(-1)", "back", priority=True),
        Binding("right", "app.step(1)", "on", priority=True),
        Binding("home", "app.whole", show=False, priority=True),
        Binding("shift+left", "scroll_left", show=False),
        Binding("shift+right", "scroll_right", show=False),
    ]
