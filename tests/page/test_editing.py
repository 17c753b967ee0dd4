"""Edited inputs: the page shows what graphdiff prints at that point, character by character."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("selenium", reason="drives the browser; it is in the test extra")
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

import graphdiff
from graphdiff.report.numbers import format_label, format_rows, format_value
from support import examples
from support.pages import LABELS, TEXTS, change, enter, open_page, script, width, write_page

FORMULAS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "kinks come": ("relu(x) + abs(y) + max(x, y)", {"x": 1, "y": 2}, {"x": 0, "y": 0}),
    "kinks go": ("relu(x) + abs(y) + max(x, y)", {"x": 0, "y": 0}, {"x": 1, "y": -2}),
    "kinks of entries": ("sum(relu(x))", {"x": [1, 2, 3]}, {"x": [0, 0, 3]}),
    "another way is open": ("max(x*y, z^2)", {"x": 1, "y": 2, "z": 5}, {"x": 4, "y": 7, "z": 1}),
    "another branch": ("where(c > 0, exp(x), log(x))", {"c": 1, "x": 2}, {"c": -1, "x": 2}),
    "not finite": ("exp(x)*1e300", {"x": 1}, {"x": 800}),
    "a gate of its own": ("f(u) = abs(u) + u^2\nf(x)*f(y)", {"x": 1, "y": 2}, {"x": 0, "y": -3}),
    "signs": ("-x + (-y)*x - x^2", {"x": 1, "y": 2}, {"x": -1.5, "y": -2}),
    "large": ("sum(x^2)", {"x": [list(range(1, 9))] * 5}, {"x": [[1e-9] * 8] * 5}),
    "an input alone": ("x", {"x": 1}, {"x": 2}),
    "collapsed": (
        "z = w*x + b\na = sigmoid(z)\nrelu(a - y)^2 + w^2*v[0]",
        {"w": 1, "x": 2, "b": 3, "y": 0.5, "v": [1, 2]},
        {"w": -1, "x": 2.5, "b": 3, "y": 0.125, "v": [3, 1]},
    ),
}


WIDE = """
    return [document.documentElement, ...document.querySelectorAll("body *")]
        .filter((each) => !each.closest(".circuit, thead") && each.getBoundingClientRect().right > 390.5)
        .map((each) => each.outerHTML.slice(0, 200));
"""
"""Elements that are wider than a phone and outside of the circuit's box, which scrolls."""


@pytest.mark.slow
@pytest.mark.parametrize("path", examples.PROGRAMS, ids=lambda path: path.stem)
def test_every_example(path: Path, browser: Chrome, tmp_path: Path) -> None:
    """At the page's own point all texts stay the same, and at another they are those of a page made there. On a phone
    only the circuit scrolls sideways."""
    text, point = examples.read(path)
    path = write_page(tmp_path, text, point)
    here = path.read_text("utf-8")
    assert len(here) < 400_000
    open_page(browser, path)
    assert not script(browser, "return document.querySelectorAll('[data-of][hidden]').length"), (
        "a number is not computed"
    )
    same = f"{TEXTS} return [texts(document), texts(new DOMParser().parseFromString(arguments[0], 'text/html'))];"
    shown_texts, static = script(browser, same, here)
    assert shown_texts == static
    width(browser, 390)
    assert script(browser, WIDE) == []
    assert script(browser, "return document.documentElement.scrollWidth") <= 390
    width(browser, 1280)
    inputs = script(browser, "return data.inputs")
    if not inputs:
        assert "cannot be edited" in browser.find_element(By.CLASS_NAME, "refusal").text
        return
    elsewhere = {**point, **{each["name"]: change(each["value"]) for each in inputs}}
    enter(browser, [elsewhere[each["name"]] for each in inputs])
    there = write_page(tmp_path, text, elsewhere, "--allow-nonfinite").read_text("utf-8")
    shown_texts, static = script(browser, same, there)
    assert shown_texts == static
    fitting = 0
    for ours, theirs, room in zip(*script(browser, LABELS, there), strict=True):
        assert max(map(len, ours)) <= room
        if max(map(len, theirs)) <= room and len(theirs) <= len(ours):
            fitting += 1
            assert ours == theirs
    assert fitting > len(inputs)
    script(browser, "document.querySelector('.reset').click()")
    shown_texts, static = script(browser, same, here)
    assert shown_texts == static


@pytest.mark.sampled(16)
@pytest.mark.parametrize("name", FORMULAS)
def test_what_depends_on_the_point(name: str, browser: Chrome, tmp_path: Path) -> None:
    text, point, elsewhere = FORMULAS[name]
    options = ["--collapse"] if name == "collapsed" else []
    open_page(browser, write_page(tmp_path, text, point, *options))
    names = script(browser, "return data.inputs.map((input) => input.name)")
    enter(browser, [elsewhere[each] for each in names])
    there = write_page(tmp_path, text, elsewhere, "--allow-nonfinite", *options).read_text("utf-8")
    assert not script(browser, "return document.querySelectorAll('[data-of][hidden]').length"), (
        "a number is not computed"
    )
    same = f"{TEXTS} return [texts(document), texts(new DOMParser().parseFromString(arguments[0], 'text/html'))];"
    shown_texts, static = script(browser, same, there)
    assert shown_texts == static


AT_KINKS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "of one side": ("max(x, 0) - x*z + log(1 + exp(-abs(x)))", {"x": 0, "z": 0.3}, {"x": 1, "z": 0.3}),
    "a limit": ("where(x == 0, 1, (exp(x) - 1)/x)", {"x": 0}, {"x": 1}),
    "of arrays": ("sum(max(a, b)*min(a, b))", {"a": [3, 1], "b": [3, 2]}, {"a": [3, 1], "b": [4, 2]}),
}


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", AT_KINKS)
def test_gradients_that_exist_at_a_kink(name: str, browser: Chrome, tmp_path: Path) -> None:
    """The page shows the true gradients at its own point; where edited inputs lead to a kink, it says that the
    conventions apply."""
    text, point, elsewhere = AT_KINKS[name]
    path = write_page(tmp_path, text, point)
    open_page(browser, path)
    same = f"{TEXTS} return [texts(document), texts(new DOMParser().parseFromString(arguments[0], 'text/html'))];"
    is_hidden = "return document.querySelector('.convention').hidden"
    shown_texts, static = script(browser, same, path.read_text("utf-8"))
    assert shown_texts == static
    assert script(browser, is_hidden)
    names = script(browser, "return data.inputs.map((input) => input.name)")
    enter(browser, [elsewhere[each] for each in names])
    assert script(browser, is_hidden)
    open_page(browser, write_page(tmp_path, text, elsewhere))
    enter(browser, [point[each] for each in names])
    assert not script(browser, is_hidden)


def test_numbers_are_formatted_as_in_python(browser: Chrome, tmp_path: Path) -> None:
    """Ties, powers of ten, carries and signs, against report/numbers.py."""
    open_page(browser, write_page(tmp_path, "x", {"x": 1}))
    numbers = [0.0, -0.0, 0.5, 2.5, 0.125, 0.375, 1.005, 9.995, 99.995, 0.0995, 0.09999, 0.01, 0.00999, 1e-4, 9.99e-5]
    numbers += [999999.5, 1e6, 123456789.0, 1e21, 1e-300, 5e-324, 1.7976931348623157e308, 2**53 + 0.0, 1 / 3, 1e5, 1e-5]
    numbers += [math.ldexp(digit, power) for digit in (1, 3, 5, 7, 123, 12345) for power in range(-30, 30, 3)]
    numbers += [-each for each in numbers]
    for digits in (1, 2, 3, 6, 17):
        actual = script(browser, "return arguments[0].map((each) => general(each, arguments[1]))", numbers, digits)
        assert actual == [format_value(each, digits) for each in numbers]
    assert script(browser, "return arguments[0].map(brief)", numbers) == [
        format_label(each, None, 0) for each in numbers
    ]
    assert script(browser, "return [NaN, Infinity, -Infinity].map(brief)") == ["nan", "inf", "-inf"]


def test_arrays_are_formatted_as_in_python(browser: Chrome, tmp_path: Path) -> None:
    np = pytest.importorskip("numpy")
    open_page(browser, write_page(tmp_path, "x", {"x": 1}))
    for shape in [(1,), (3,), (8,), (9,), (20,), (2, 3), (2, 10), (3, 1), (2, 2, 3), (1, 1), (7, 7), (40,)]:
        array = np.sin(np.arange(np.prod(shape), dtype=float) ** 2).reshape(shape) * 100
        actual = script(
            browser, "return [formatNumber(arguments[0], ['whole']), formatNumber(arguments[0], [])]", array.tolist()
        )
        assert actual == [format_rows(array, 6), format_value(array, 6)]


def test_against_jax(browser: Chrome, tmp_path: Path) -> None:
    jax = pytest.importorskip("jax")
    numpy = pytest.importorskip("numpy")
    jnp = pytest.importorskip("jax.numpy")
    jax.config.update("jax_enable_x64", True)
    text, point = examples.read(examples.FOLDER / "squared_norm.gd")
    open_page(browser, write_page(tmp_path, text, point))
    there = {name: change(value) for name, value in point.items()}
    names = script(browser, "return data.inputs.map((input) => input.name)")
    enter(browser, [there[each] for each in names])
    gradients_by_jax = jax.grad(lambda at: jnp.sum((at["W"] @ at["x"]) ** 2))(
        {name: jnp.array(v) for name, v in there.items()}
    )
    for name in names:
        actual = script(
            browser,
            "return numbers.get(`gradient ${data.inputs.find((input) => input.name === arguments[0]).node}`)",
            name,
        )
        assert actual == pytest.approx(numpy.asarray(gradients_by_jax[name]), rel=1e-12)


@pytest.mark.slow
def test_invalid_fields_are_reported(browser: Chrome, tmp_path: Path) -> None:
    open_page(browser, write_page(tmp_path, "x*y + sum(v)", {"x": 2, "y": 3, "v": [1] * 20}))
    before = script(browser, f"{TEXTS} return texts(document)")
    field, _, array = browser.find_elements(By.CSS_SELECTOR, ".field input, .field textarea")
    wrong = {"": "missing", "abc": "“abc” is not a number", "1e999": "not finite", "0x": "not a number", "<b>": "“<b>”"}
    for text, message in wrong.items():
        script(
            browser, "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input'))", field, text
        )
        assert field.get_attribute("aria-invalid") == "true"
        note = browser.find_element(By.ID, str(field.get_attribute("aria-describedby")))
        assert message in note.text
        assert script(browser, f"{TEXTS} return texts(document)") == before
    for text in ("[1, 2", "[1, 2]", "[" + "1, " * 19 + '"a"]', "7", "null"):
        array.clear()
        array.send_keys(text)
        assert array.get_attribute("aria-invalid") == "true"
    browser.find_element(By.CLASS_NAME, "reset").click()
    assert script(browser, f"{TEXTS} return texts(document)") == before
    assert not browser.find_elements(By.CSS_SELECTOR, "[aria-invalid]")
    field.clear()
    field.send_keys("−2e1")
    value = graphdiff.trace("x*y + sum(v)", {"x": -20, "y": 3, "v": [1] * 20}).value
    assert browser.find_element(By.CSS_SELECTOR, "header output").text == format_value(value, 6)


def test_long_numbers_fit_their_labels(browser: Chrome, tmp_path: Path) -> None:
    """Labels of the circuit then have fewer digits, and all digits in a tooltip."""
    open_page(browser, write_page(tmp_path, "a*b + c*a", {"a": 1, "b": 2, "c": 3}))
    enter(browser, [-123456.789, 1.23456789e-200, -98765.4321])
    boxes = """
        return [...document.querySelectorAll(".circuit text")].map((text) => {
            const {left, right, top, bottom} = text.getBoundingClientRect();
            return [text.textContent, left, right, top, bottom];
        });
    """
    actual = script(browser, boxes)
    for place, (text, left, right, top, bottom) in enumerate(actual):
        for other, left2, right2, top2, bottom2 in actual[:place]:
            inside = min(right, right2) - max(left, left2), min(bottom, bottom2) - max(top, top2)
            assert min(inside) <= 1, (text, other)
    titles = "return [...document.querySelectorAll('.circuit text.value title')].map((each) => each.textContent)"
    assert json.dumps(script(browser, titles)).count("-123457") == 1
