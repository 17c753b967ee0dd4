"""The page checks what is typed: numbers in any usual form, to three digits, and names the slip of a wrong one."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("selenium", reason="drives the browser; it is in the test extra")
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

import graphdiff
from graphdiff.worksheet.formats import write_worksheet
from graphdiff.worksheet.sheet import TASKS, make_worksheet

pytestmark = pytest.mark.slow

SIGN = "The gradient by x is 11, and -11 has the wrong sign; this slip gives -11."
POINTS = [{"x": 3.0, "y": 5.0}, {"x": 1 / 3, "y": 0.7853981633974483}]
FORMULA = "x*y + x^2"


@pytest.fixture
def page(browser: Chrome, tmp_path: Path) -> Chrome:
    path = tmp_path / "sheet.html"
    traces = [graphdiff.trace(FORMULA, point) for point in POINTS]
    path.write_bytes(write_worksheet(make_worksheet(traces, FORMULA, TASKS["gradients"], 4, 0), "html"))
    browser.get(path.as_uri())
    return browser


def check(page: Chrome, variant: int, texts: dict[str, str]) -> tuple[dict[str, str], str]:
    """What is said about answers by their names, and the sum of all."""
    section = page.find_element(By.CSS_SELECTOR, f'[data-variant="{variant}"]')
    fields = {name: section.find_element(By.CSS_SELECTOR, f'input[aria-label="{name}"]') for name in texts}
    for name, text in texts.items():
        fields[name].clear()
        fields[name].send_keys(text)
    section.find_element(By.TAG_NAME, "button").click()
    notes = {
        name: page.find_element(By.ID, field.get_attribute("aria-describedby")).text for name, field in fields.items()
    }
    return notes, section.find_element(By.TAG_NAME, "output").text


@pytest.mark.parametrize(
    ("text", "note"),
    [
        *((text, "right") for text in ("11", "11.0", "+11", " 11 ", "1.1e1", "22/2", "11,0")),
        *((text, "wrong") for text in ("12", "11.2", "0")),
        *((text, "This was rounded too early, or to too few digits.") for text in ("11.1", "11.04")),
        *(
            (text, "The gradient by x is 11, and -11 has the wrong sign; this slip gives -11.")
            for text in ("-11", "−11")
        ),
        ("6", "What x receives through v1 = x*y, which is 5, was left out; this slip gives 6."),
        ("5", "What x receives through v2 = x^2, which is 6, was left out; this slip gives 5."),
        *((text, "not a number") for text in ("eleven", "1,1,1", "1/", "alert(1)", "11;", "--11", "Infinity")),
    ],
)
def test_answers(text: str, note: str, page: Chrome) -> None:
    notes, total = check(page, 1, {"gradient of x": text})
    assert notes == {"gradient of x": note}
    assert total.startswith("1 of" if note == "right" else "0 of")


def test_a_whole_sheet(page: Chrome) -> None:
    """By hand, at x = 1/3 and y = pi/4: f = v1 + v2, v1 = x*y, v2 = x^2."""
    assert [each.is_displayed() for each in page.find_elements(By.TAG_NAME, "section")] == [True, False]
    Select(page.find_element(By.TAG_NAME, "select")).select_by_value("2")
    assert [each.is_displayed() for each in page.find_elements(By.TAG_NAME, "section")] == [False, True]
    assert page.current_url.endswith("#2")
    answers = {
        **{"downstream from v3 to v1": "1", "downstream from v3 to v2": "1", "upstream of v1": "1"},
        **{"upstream of v2": "1", "downstream from v2 to x": "2/3", "downstream from v1 to x": "pi/4"},
        **{"downstream from v1 to y": "0.333", "gradient of x": "1.452", "gradient of y": "1/3"},
    }
    notes, total = check(page, 2, answers)
    assert set(notes.values()) == {"right"}
    count = len(page.find_elements(By.CSS_SELECTOR, '[data-variant="2"] input'))
    assert total == f"{count - 1} of {count} right"  # the gradient of x is in the sums, too


def test_nothing_is_loaded_or_wide(page: Chrome) -> None:
    assert page.execute_script("return performance.getEntriesByType('resource').length") == 0
    page.set_window_size(500, 800)
    assert page.execute_script("return document.documentElement.scrollWidth <= window.innerWidth")
