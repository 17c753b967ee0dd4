"""The screen of `graphdiff live`: the fields, and below them the reports, which follow each key."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Sequence
from typing import Any, ClassVar

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.filter import LineFilter
from textual.timer import Timer
from textual.widgets import Footer, Input, Static, Tab, Tabs

from graphdiff.batch.atomic import atomic_file
from graphdiff.errors import GraphdiffError, shorten
from graphdiff.live.command_lines import Fields, read_options
from graphdiff.live.completion import Names
from graphdiff.live.computer import Answers
from graphdiff.live.history import read_history, write_history
from graphdiff.live.saving import saving_words
from graphdiff.live.session import NOTHING
from graphdiff.live.steps import highlight_step, shown
from graphdiff.live.widgets import HELP, Field, Steps, WithoutColors

REPORTS = {
    "circuit": ("draw", ()),
    "tables": ("eval", ()),
    "explain": ("explain", ()),
    "diff": ("diff", ("--steps",)),
    "code": ("compile", ()),
    "check": ("check", ()),
    "grade": ("grade", ()),
    "JSON": ("eval", ("--json",)),
}
"""The command of each tab, and its options."""
WRAPPED = "explain", "diff"
"""Commands that write text, whose long lines are wrapped at the window's width."""
COLORED = "draw", "eval", "check", "grade"
PATIENCE = 2.5
"""Seconds that a computation may take once the fields have changed."""


class LiveApp(App[None]):
    """Asks a computer for the reports of the fields, one request at a time, and never waits for it."""

    ENABLE_COMMAND_PALETTE = False
    CSS = """
    Horizontal { height: 1; }
    .label { width: 9; height: 1; }
    Input { width: 1fr; }
    #problem { max-height: 8; height: auto; overflow-x: auto; }
    #name, #options-row { display: none; }
    Tabs { height: 2; }
    Steps { height: 1fr; overflow: auto auto; }
    Steps:focus { background: $surface; }
    LiveApp:nocolor Tab.-active, LiveApp:nocolor Input:focus > .input--cursor { text-style: reverse; }
    #report { width: auto; height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "help", "Help", priority=True),
        Binding("f2", "report(-1)", "Previous", priority=True),
        Binding("f3", "report(1)", "Next", priority=True),
        Binding("f4", "options", "Options", priority=True),
        Binding("ctrl+s", "save", "Save", priority=True),
        Binding("ctrl+q", "quit", "Quit", priority=True),
        Binding("escape", "escape", show=False, priority=True),
        Binding("up", "history(-1)", show=False),
        Binding("down", "history(1)", show=False),
    ]

    def __init__(self, computer: Answers, formula: str = "", point: str = "", options: str = "") -> None:
        super().__init__()
        self._computer, self._start = computer, (formula, point, options)
        self._history = read_history()
        self._place = len(self._history)
        self._result: dict[str, Any] | None = None
        self._step: int | None = None
        self._report = Text()
        self._functions: list[str] = []
        self._inputs: list[str] = []
        self._missing: list[str] = []
        self._is_busy = self._is_changed = False
        self._to_replace = ""
        self._hurry: Timer | None = None

    def compose(self) -> ComposeResult:
        """The fields, the error or the result, the tabs, the report."""
        formula, point, options = self._start
        with Horizontal():
            yield Static("formula", classes="label", markup=False)
            yield Field(formula, "formula", Names(lambda: [*self._inputs, *self._functions], "", 2))
        with Horizontal():
            yield Static("point", classes="label", markup=False)
            yield Field(point, "point", Names(lambda: self._missing, "=", 0))
        with Horizontal(id="options-row") as row:
            row.display = bool(options)
            yield Static("options", classes="label", markup=False)
            yield Field(options, "options", placeholder="--wrt x --precision 30 --fuse")
        yield Static("", id="problem", markup=False)
        yield Field("", "name", placeholder="save as: circuit.svg, table.csv, f.py, …")
        tabs = Tabs(*(Tab(name, id=name) for name in REPORTS), id="tabs")
        tabs.can_focus = False
        yield tabs
        with Steps(id="steps"):
            yield Static("", id="report", markup=False)
        yield Footer()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Without colours only bold, dim, underlined and reversed text is left."""
        return [WithoutColors()] if self.no_color else super().get_line_filters()

    async def on_mount(self) -> None:
        """Ask for the first reports."""
        self.query_one("#formula", Input).focus()
        self._change()

    # What is typed

    def on_input_changed(self, event: Input.Changed) -> None:
        """Compute anew; or ask anew whether a file is to be replaced."""
        if event.input.id == "name":
            self._to_replace = ""
        else:
            self._step = None
            self._change()

    def on_tabs_tab_activated(self, event: Tabs.TabActivated) -> None:
        """Show another report."""
        self._change()

    async def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep the formula in the history, or save the file that is named."""
        if event.input.id == "name":
            await self._save(event.value.strip())
        else:
            self._remember()

    def action_report(self, direction: int) -> None:
        """Show the next or the previous report."""
        tabs = self.query_one(Tabs)
        if direction > 0:
            tabs.action_next_tab()
        else:
            tabs.action_previous_tab()

    def action_step(self, direction: int) -> None:
        """Step through the backward pass; before its first step is the forward pass."""
        if self._result is None:
            return
        last = self._result["steps"]
        now = (0 if direction > 0 else last) if self._step is None else self._step + direction
        self._step = min(max(now, 0), last)
        self._change()

    def action_whole(self) -> None:
        """Show the whole backward pass."""
        self._step = None
        self._change()

    def action_history(self, direction: int) -> None:
        """Bring an earlier formula back."""
        if self.focused is None or self.focused.id != "formula" or not self._history:
            return
        self._place = min(max(self._place + direction, 0), len(self._history) - 1)
        for name, text in zip(("formula", "point"), self._history[self._place], strict=True):
            field = self.query_one(f"#{name}", Input)
            field.value = text
            field.cursor_position = len(text)

    def action_escape(self) -> None:
        """Close what is open, or stop what is computed."""
        if self.query_one("#name").display:
            self._close_name()
            self._change()
        elif self._is_busy:
            self._computer.stop()  # what it replies then is shown
        else:
            self._change()

    def action_help(self) -> None:
        """List the keys, in the place of the report, until the next change."""
        self._show(Text(HELP))

    async def action_quit(self) -> None:
        """Keep the formula in the history, and quit."""
        self._remember()
        self._computer.stop()
        self.exit()

    def _remember(self) -> None:
        formula, point, _ = self._texts()
        if formula.strip() and self._result is not None:
            self._history.append((formula, point))
            self._place = len(self._history)
            write_history(self._history)

    # What is computed

    def _texts(self) -> tuple[str, str, str]:
        formula, point, options = [self.query_one(f"#{name}", Input).value for name in ("formula", "point", "options")]
        return formula, point, options

    def _fields(self) -> Fields:
        """What is typed.

        Raises GraphdiffError("usage") if there is an unknown option.
        """
        formula, point, options = self._texts()
        return Fields(formula, point, read_options(options))

    def _change(self) -> None:
        """Compute anew, at once or after what is being computed, which is stopped if it takes long."""
        self._is_changed = True
        if not self._is_busy:
            self._is_busy = True
            self.run_worker(self._compute())
        elif self._hurry is None:
            self._hurry = self.set_timer(PATIENCE, self._computer.stop)

    async def _compute(self) -> None:
        if not self._functions:
            self._functions = await self._names_of_functions()
        while self._is_changed:
            self._is_changed = False
            await self._update()
            if self._hurry is not None:
                self._hurry.stop()
                self._hurry = None
        self._is_busy = False

    async def _names_of_functions(self) -> list[str]:
        reply = await self._ask({"words": ["ops", "--json"]})
        entries = json.loads(reply["out"]) if reply["status"] == 0 else []
        return sorted({name for each in entries if (name := str(each.get("name", ""))).isidentifier()})

    async def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        return await asyncio.to_thread(self._computer.ask, request)

    async def _update(self) -> None:
        """Show the state of the fields, and the report if it can be made; otherwise the last one stays."""
        command, options = REPORTS[self.query_one(Tabs).active or "circuit"]
        more = [*options, *([] if options == ("--json",) else self._options(command))]
        waiting = self.set_timer(0.4, lambda: self._tell("computing … (Escape stops it)"))
        try:
            state = await self._ask({**self._fields()._asdict(), "command": command, "more": more})
        except GraphdiffError as error:
            state = {**NOTHING, "error": f"error: {error}"}
        waiting.stop()
        if self._is_changed:
            return
        self._inputs, self._missing = state["inputs"] or self._inputs, state["missing"]
        self._result = state["result"]
        report = state.get("report")
        if report and (self._result is not None or report["status"] == 0):
            self._show_report(command, report)
        else:
            self._show(self._report)  # in the place of the help
        self._tell(self._told(state))

    def _options(self, command: str) -> list[str]:
        color = ["--color=always"] if command in COLORED and not self.no_color else []
        if command != "draw":
            return color
        return [*color, f"--width={max(self.size.width - 2, 20)}", *self._step_options()]

    def _step_options(self) -> list[str]:
        return [] if self._step is None else [f"--step={self._step}"]

    def _told(self, state: dict[str, Any]) -> str:
        result = state["result"]
        if result is None:
            return str(state["error"]) or "Type a formula; F1 lists the keys."
        gradients = ", ".join(f"∂/∂{name} = {_short(value)}" for name, value in result["gradients"].items())
        line = "; ".join(filter(None, [f"value {_short(result['value'])}", gradients]))
        return "\n".join(filter(None, [line, state["notes"]]))

    def _tell(self, text: str) -> None:
        self.query_one("#problem", Static).update(Text(text))

    def _show_report(self, command: str, reply: dict[str, Any]) -> None:
        output = reply["out"] if reply["status"] in (0, 1) and reply["out"] else reply["err"]
        text = shown(output, not self.no_color, self.size.width - 2 if command in WRAPPED else None)
        row = highlight_step(text, self._step) if command == "eval" and self._step else None
        self._report = text
        self._show(text)
        if row is not None:
            self.query_one(Steps).scroll_to(y=max(row - 2, 0), animate=False)

    def _show(self, text: Text) -> None:
        self.query_one("#report", Static).update(text)

    # Files

    def action_save(self) -> None:
        """Ask for the name of a file."""
        field = self.query_one("#name", Input)
        field.display = True
        field.focus()

    def action_options(self) -> None:
        """Show the field for options, or hide it if it is empty and has the focus."""
        row, field = self.query_one("#options-row"), self.query_one("#options", Input)
        row.display = bool(field.value) or self.focused is not field
        self.query_one("#options" if row.display else "#formula", Input).focus()

    def _close_name(self) -> None:
        field = self.query_one("#name", Input)
        field.value, field.display = "", False
        self.query_one("#formula", Input).focus()

    async def _save(self, name: str) -> None:
        path = os.path.expanduser(name)
        if not name:
            return
        if os.path.exists(path) and self._to_replace != path:
            self._to_replace = path
            self._tell(f"{shorten(path)} exists: Enter replaces it, Escape does not")
            return
        try:
            words, is_written = saving_words(path, self._fields(), self._step_options())
        except GraphdiffError as error:
            self._tell(f"error: {error}")
            return
        reply = await self._ask({"words": words})
        problem = str(reply["err"]) if reply["status"] not in (0, 1) else ""
        if not problem and not is_written:
            try:
                with atomic_file(path) as file:
                    file.write(str(reply["out"]).encode())
            except OSError as error:
                problem = f"cannot write '{shorten(path)}': {error.strerror or error}"
        if problem:
            self._to_replace = ""
            self._tell(problem)
            return
        self._close_name()
        self._tell(f"{words[0]} written to {shorten(path)}")


def _short(value: Any) -> str:
    """A number or an array of the JSON report, in few characters."""
    return f"{value:.6g}" if isinstance(value, float) else shorten(str(value))
