"""The page in a browser: steps, highlighting, keyboard, screen reader, phone, print, dark mode."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("selenium", reason="drives the browser; it is in the test extra")
from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By

import graphdiff
from graphdiff.drawing.circuit import circuit
from support import examples
from support.pages import media, open_page, script, width, write_page

NEURON, POINT = examples.read(examples.FOLDER / "neuron.gd")
# The lecture's gradients, in the order of the backward pass.
GRADIENTS = [[], ["1.00"], ["-0.53"], ["-0.53"], ["-0.20"], ["0.20"], ["0.20", "0.20"], ["0.20", "0.20"]]
GRADIENTS += [["-0.39", "-0.59"], ["-0.20", "0.39"]]

CONTRAST = """
    const channels = (color) => color.match(/[0-9.]+/g).map(Number);
    const light = (color) => {
        const [r, g, b] = channels(color).map((c) => c / 255).map((c) =>
            c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (element) => {
        const gate = element.closest("svg g")?.querySelector(".gate");
        if (gate && element.classList.contains("symbol")) return getComputedStyle(gate).fill;
        for (let at = element; at; at = at.parentElement) {
            const color = getComputedStyle(at).backgroundColor;
            if (color !== "rgba(0, 0, 0, 0)" && !(at instanceof SVGElement)) return color;
        }
        return "rgb(255, 255, 255)";
    };
    return [...document.querySelectorAll("body *")]
        .filter((each) => [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
        .filter((each) => each.checkVisibility({visibilityProperty: true}) && !each.disabled && !each.closest("title"))
        .map((each) => {
            const style = getComputedStyle(each);
            const ink = each instanceof SVGElement ? style.fill : style.color;
            const [a, b] = [light(ink), light(behind(each))].sort((x, y) => y - x);
            return [(a + 0.05) / (b + 0.05), each.textContent, ink, behind(each)];
        })
        .filter(([contrast]) => contrast < 4.5);
"""
FRAMES = """
    const frames = [];
    for (let step = 1; step < WHOLE; step += 1) {
        go(step);
        const parts = ["g.active[data-node]", ".circuit", ".steps"].map((each) => find(each));
        frames.push(parts.map((each) => each.getBoundingClientRect().toJSON()));
    }
    return frames;
"""
"""The frames of the active gate, the circuit and the step line after each step."""


@pytest.fixture
def page(browser: Chrome, tmp_path: Path) -> Iterator[Chrome]:
    """The neuron's page before its backward pass, in a wide window and light mode."""
    open_page(browser, write_page(tmp_path, NEURON, POINT, "--forward-only"))
    yield browser
    media(browser)
    width(browser, 1280)


def gradients(browser: Chrome) -> list[str]:
    """The gradients that the circuit shows."""
    texts: list[str] = script(
        browser,
        """
        return [...document.querySelectorAll(".circuit text.gradient")]
            .filter((text) => getComputedStyle(text).visibility === "visible")
            .map((text) => text.querySelector("tspan").textContent);
        """,
    )
    return texts


def explanation_lines(browser: Chrome) -> list[str]:
    return [line.text for line in browser.find_elements(By.CSS_SELECTOR, ".explanation p")]


def press(browser: Chrome, *keys: str) -> None:
    ActionChains(browser).send_keys(*keys).perform()


def highlighted_texts(browser: Chrome, kind: str) -> list[str]:
    elements = browser.find_elements(By.CSS_SELECTOR, f"{kind}.lit")
    if kind == ".wire":
        elements = [each.find_element(By.CLASS_NAME, "reach") for each in elements]
    return [str(each.get_attribute("aria-label") or each.text) for each in elements]


def active(browser: Chrome) -> Any:
    return browser.switch_to.active_element


@pytest.mark.slow
@pytest.mark.parametrize("way", ["buttons", "keys", "slider"])
def test_steps_forward_and_back(way: str, page: Chrome) -> None:
    """Each step shows its gradients and multiplications, and going back removes them."""
    captions = circuit(graphdiff.trace(NEURON, POINT)).captions
    if way == "slider":
        script(page, "document.querySelector('[type=range]').focus()")
    history = []
    for step in range(len(GRADIENTS)):
        visible = gradients(page)
        assert sorted(visible) == sorted(chain(*GRADIENTS[: step + 1]))
        history.append(visible)
        if step > 1:
            assert explanation_lines(page) == list(captions[step - 2])
            rows = page.find_elements(By.CSS_SELECTOR, ".backward tr.active")
            assert len(rows) == len(captions[step - 2]) - 1
            assert len(page.find_elements(By.CSS_SELECTOR, "svg g[data-node].active")) == 1
            assert len(page.find_elements(By.CSS_SELECTOR, "svg .wire.active")) == len(rows)
        if way == "buttons":
            page.find_element(By.CSS_SELECTOR, "[data-go=next]").click()
        else:
            press(page, Keys.ARROW_RIGHT)
    assert explanation_lines(page) == ["all gradients are known; the value is 0.73"]
    for visible in reversed(history):
        if way == "buttons":
            page.find_element(By.CSS_SELECTOR, "[data-go=back]").click()
        else:
            press(page, Keys.ARROW_LEFT)
        assert gradients(page) == visible
    press(page, Keys.END)
    assert len(gradients(page)) == 13
    press(page, Keys.HOME)
    assert gradients(page) == []


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_active_gates_scroll_into_view(size: tuple[int, int], page: Chrome, tmp_path: Path) -> None:
    """In a circuit that is higher and wider than the window, with the step line in view below it; a reader of the
    tables stays there."""
    layers = "; ".join(f"h{n} = tanh(h{n - 1}*w{n} + x*u{n})" for n in range(1, 6))
    point = dict.fromkeys(["x", *(f"{letter}{n}" for n in range(1, 6) for letter in "wu")], 0.5)
    width(page, *size)
    open_page(page, write_page(tmp_path, f"h0 = x; {layers}; h5", point, "--direction", "down", "--forward-only"))
    frames = script(page, FRAMES)
    assert len(frames) == 20
    for gate, box, steps in frames:
        assert box["left"] - 1 <= gate["left"] <= gate["right"] <= box["right"] + 1
        assert max(0, box["top"]) - 1 <= gate["top"] <= gate["bottom"] <= min(steps["top"], box["bottom"]) + 1
        assert steps["bottom"] <= size[1]
    assert script(page, "return picture.getBoundingClientRect().height > innerHeight")
    script(page, "window.scrollTo(0, 100000)")
    before = script(page, "return window.scrollY")
    script(page, "go(3)")
    assert script(page, "return window.scrollY") == before > 0


@pytest.mark.slow
def test_opens_at_the_requested_step(browser: Chrome, tmp_path: Path) -> None:
    for options, count in {("--step", "3"): 4, ("--step", "0"): 1, ("--forward-only",): 0, (): 13}.items():
        open_page(browser, write_page(tmp_path, NEURON, POINT, *options))
        assert len(gradients(browser)) == count
    open_page(browser, write_page(tmp_path, "x = a+b; y = b+c; z = x*y", {"a": -1, "b": 3, "c": 4}, "--step", "2"))
    assert sorted(gradients(browser)) == ["1.00", "2.00", "2.00", "2.00", "7.00"]


@pytest.mark.slow
def test_a_presentation(browser: Chrome, tmp_path: Path) -> None:
    """It opens before the backward pass, steps by the keys of a clicker, and has circuit and step line in view."""
    open_page(browser, write_page(tmp_path, NEURON, POINT, "--present"))
    assert gradients(browser) == []
    bottom = "return document.querySelector(arguments[0]).getBoundingClientRect().bottom - innerHeight"
    for _ in range(9):
        press(browser, Keys.PAGE_DOWN)
        assert all(script(browser, bottom, each) < 0 for each in (".circuit", ".explanation"))
    assert explanation_lines(browser)[0].startswith("step 8 of 8: v1 = w0*x0")
    press(browser, Keys.PAGE_UP)
    assert explanation_lines(browser)[0].startswith("step 7 of 8")
    size = "return parseFloat(getComputedStyle(document.querySelector(arguments[0])).fontSize)"
    assert script(browser, size, ".explanation [data-edge]") > 1.3 * script(browser, size, "h1")
    assert not browser.find_element(By.CLASS_NAME, "tables").is_displayed()
    assert not browser.find_element(By.CLASS_NAME, "inputs").is_displayed()
    assert browser.find_element(By.CLASS_NAME, "practise").is_displayed()


def test_play(page: Chrome) -> None:
    button = page.find_element(By.CSS_SELECTOR, "[data-go=play]")
    button.click()
    assert button.text == "pause"
    button.click()
    assert button.text == "play"
    assert gradients(page) == []


@pytest.mark.slow
def test_what_belongs_together_lights_up(page: Chrome) -> None:
    press(page, Keys.END)
    row = page.find_elements(By.CSS_SELECTOR, ".backward tbody tr")[8]
    ActionChains(page).move_to_element(row).perform()
    (wire,) = highlighted_texts(page, ".wire")
    assert wire.startswith("w1 to v2, w1: 0.20 × (-2.00) = -0.39")
    gate = page.find_element(By.CSS_SELECTOR, 'svg g:has(> [aria-label^="v2 ="]) circle')
    ActionChains(page).move_to_element(gate).perform()
    assert [text.split()[:2] for text in highlighted_texts(page, "tr")] == [["2", "v2"], ["7", "v2"], ["x1", "w1"]]
    script(page, "document.querySelector('svg .wire [aria-label^=\"v5 to v6\"]').focus()")
    assert [text.split()[:2] for text in highlighted_texts(page, "tr")] == [["3", "v6"]]
    page.find_elements(By.CSS_SELECTOR, ".backward tbody tr")[2].click()
    assert explanation_lines(page)[0].startswith("step 3 of 8: v6 = exp(v5)")
    page.find_element(By.CSS_SELECTOR, 'svg g:has(> [aria-label^="v1 ="]) .symbol').click()
    assert explanation_lines(page)[0].startswith("step 8 of 8: v1 = w0*x0")


@pytest.mark.slow
def test_the_keyboard_alone(page: Chrome) -> None:
    """The tab key visits circuit, controls, inputs and tables, each table in one stop; the focus is visible."""
    stops = []
    for _ in range(15):
        press(page, Keys.TAB)
        element = active(page)
        assert element.value_of_css_property("outline-style") in ("solid", "auto")
        stops.append(element.get_attribute("aria-label") or element.text.split("\n")[0])
    assert stops == [
        *("input w0, value 2.00", "next step", "last step", "play", "practise", "step", "inputs"),
        *("w0", "x0", "w1", "x1", "w2", "1 v1 w0*x0 2*(-1) -2", "1 v8 swap divider v7 -1/v7^2", "w0 2"),
    ]
    script(page, "document.querySelector('.backward tbody tr').focus()")
    press(page, Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ENTER)
    assert explanation_lines(page)[0].startswith("step 3 of 8")
    press(page, Keys.ARROW_RIGHT)
    assert explanation_lines(page)[0].startswith("step 4 of 8")
    script(page, "document.querySelector('.field input').focus()")
    press(page, Keys.ARROW_RIGHT, Keys.HOME)
    assert explanation_lines(page)[0].startswith("step 4 of 8"), "a field has these keys for itself"
    press(page, "4")
    assert page.find_element(By.CSS_SELECTOR, ".forward .value span").text == "-42"


def test_a_screen_reader_reads_all(page: Chrome) -> None:
    press(page, Keys.END)
    nodes = [node for node in page.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"] if not node["ignored"]]
    elements = [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes]
    for role, name in elements:
        if role in ("button", "textbox", "slider", "table", "columnheader", "rowheader", "region", "group"):
            assert name or role == "group", (role, name)
    assert ("button", "v6 = exp(v5), value 0.37, gradient -0.53") in elements
    assert ("button", "v6 to v7, v6: (-0.53) × 1.00 = -0.53") in elements
    assert ("button", "input x0, value -1.00, gradient 0.39") in elements
    assert ("table", "Backward pass: upstream × local = downstream") in elements
    headers = [name for role, name in elements if role == "columnheader"]
    assert headers[:5] == ["step", "node", "operation", "numbers", "value"]
    assert page.find_element(By.CLASS_NAME, "explanation").get_attribute("aria-live") == "polite"
    assert page.title == NEURON.splitlines()[-1]


def test_on_paper(page: Chrome) -> None:
    """The whole picture and all tables, black on white, without controls, whatever the step."""
    media(page, "print", prefers_color_scheme="dark")
    assert len(gradients(page)) == 13
    for selector in (".controls", ".explanation", ".inputs"):
        assert not page.find_element(By.CSS_SELECTOR, selector).is_displayed()
    assert page.find_element(By.TAG_NAME, "body").value_of_css_property("background-color") == "rgba(255, 255, 255, 1)"
    cells = page.find_elements(By.CSS_SELECTOR, ".downstream span")
    assert cells
    assert all(cell.value_of_css_property("visibility") == "visible" for cell in cells)


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(scheme: str, page: Chrome) -> None:
    media(page, prefers_color_scheme=scheme, prefers_reduced_motion="reduce")
    for key in (Keys.END, Keys.ARROW_LEFT, Keys.ARROW_LEFT):
        press(page, key)
        assert script(page, CONTRAST) == []
    script(page, "document.querySelector('.backward tr.active').focus()")
    assert highlighted_texts(page, "tr")
    assert script(page, CONTRAST) == []
    body = page.find_element(By.TAG_NAME, "body").value_of_css_property("background-color")
    light = sum(map(int, re.findall(r"\d+", body)[:3])) > 384
    assert light == (scheme == "light")


def test_nothing_moves_where_that_is_wished(page: Chrome) -> None:
    media(page, prefers_reduced_motion="reduce")
    assert page.find_element(By.CSS_SELECTOR, ".circuit .gate").value_of_css_property("transition-duration") == "0s"


def test_no_other_script_and_no_network(page: Chrome) -> None:
    """The page's own policy forbids both."""
    script(page, "document.body.append(Object.assign(document.createElement('script'), {text: 'window.ran = 1'}))")
    assert script(page, "return window.ran") is None
    outside = "const done = arguments[0]; fetch('data:,x').then(() => done('let through'), () => done('refused'))"
    assert page.execute_async_script(outside) == "refused"
    page.get_log("browser")  # type: ignore[no-untyped-call]


def test_hostile_text_is_text(browser: Chrome, tmp_path: Path) -> None:
    """Comments, names, and characters that end elements or lines in JSON and JavaScript."""
    hostile = "</title></script><script>window.ran = 1</script><img src=x> ]]> & \" ' <!-- \u2028\u2029 ${x} %s"
    text = f"# {hostile}\nσ_1 = (x < y)*y & x".replace(" & x", f" # {hostile}\nsum(σ_1)")
    path = write_page(tmp_path, text, {"x": 2, "y": 3})
    assert "<script>window" not in path.read_text("utf-8")
    open_page(browser, path)
    assert script(browser, "return window.ran") is None
    assert len(browser.find_elements(By.TAG_NAME, "script")) == 2
    assert not browser.find_elements(By.TAG_NAME, "img")
    assert browser.title == "σ_1 = (x < y)*y; sum(σ_1)"
    assert browser.find_element(By.CSS_SELECTOR, ".forward .operation").text == "operation"
    assert browser.find_element(By.CSS_SELECTOR, ".forward td.operation").text == "x < y"
