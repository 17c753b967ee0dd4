"""Pages for tests: writing them with the command, opening them in a browser, and reading their texts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from selenium.webdriver import Chrome

from graphdiff.cli.main import run

TEXTS = """
const texts = (root) => [...root.querySelectorAll("td, tbody th, .result, .lines p")].map((each) => {
    const copy = each.cloneNode(true);
    for (const formula of copy.querySelectorAll(".formula")) formula.remove();
    return copy.textContent;
});
"""
"""The texts of a page without its formulas, which depend on the point."""
LABELS = """
const all = (root) => [...root.querySelectorAll(".circuit text:is(.value, .gradient)")];
const lines = (text) => [...text.querySelectorAll("tspan")].map((line) => line.textContent).filter(Boolean);
const other = new DOMParser().parseFromString(arguments[0], "text/html");
return [all(document).map(lines), all(other).map(lines), all(document).map((text) => Number(text.dataset.room))];
"""
"""The labels of the circuit, those of another page, and the characters that fit a line of each."""


def write_page(folder: Path, text: str, point: Mapping[str, Any], *options: str) -> Path:
    """Write a page, and return its path."""
    (folder / "point.json").write_text(json.dumps(point), "utf-8")
    (folder / "program.gd").write_text(text, "utf-8")
    path = folder / "page.html"
    words = ["draw", "-f", str(folder / "program.gd"), "-o", str(path), *options]
    assert run([*words, "--at", f"@{folder / 'point.json'}"] if point else words) == 0
    return path


def open_page(browser: Chrome, path: Path) -> None:
    """Open a page, which must not log errors or load resources."""
    browser.get_log("browser")  # type: ignore[no-untyped-call]
    browser.get(path.as_uri())
    assert browser.get_log("browser") == []  # type: ignore[no-untyped-call]
    assert script(browser, "return performance.getEntriesByType('resource').length") == 0


def script(browser: Chrome, text: str, *arguments: Any) -> Any:
    return browser.execute_script(text, *arguments)


def enter(browser: Chrome, values: Sequence[Any]) -> None:
    """Enter values in the fields of all inputs."""
    for place, value in enumerate(values):
        script(
            browser,
            """
            const [place, value] = arguments;
            const input = inputs[place];
            const texts = input.isText ? [JSON.stringify(value)] : entriesOf(value).map(String);
            input.fields.forEach((field, at) => {
                field.value = texts[at];
            });
            input.fields[0].dispatchEvent(new Event("input"));
            """,
            place,
            value,
        )


def change(value: Any) -> Any:
    """Another value of an input, near the given one."""
    return [change(entry) for entry in value] if isinstance(value, list) else value * 1.2137 + 0.0371828


def media(browser: Chrome, medium: str = "", **features: str) -> None:
    """Set the medium and the media features that the browser emulates."""
    media_features = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": medium, "features": media_features})


def width(browser: Chrome, pixels: int, height: int = 844) -> None:
    size = {"width": pixels, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
