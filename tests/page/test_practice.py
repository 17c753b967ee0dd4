"""Practising on the page: boxes for gradients, compared as by graphdiff grade, with the slips that it names."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from math import pi
from pathlib import Path
from random import Random
from typing import Any

import pytest

pytest.importorskip("selenium", reason="drives the browser; it is in the test extra")
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By

import graphdiff
from graphdiff.exercises.answers import Question, named_nodes, read_answer
from graphdiff.exercises.feedback import FeedbackTable
from graphdiff.exercises.grade_numbers import Given
from graphdiff.exercises.solution import Solution, exercise_of
from support.pages import enter, media, open_page, script, write_page

TEXT, POINT = "q = x + y; r = q*z; r*q", {"x": -2, "y": 5, "z": -4}
COMMENTS = """
    const [texts] = arguments;
    return boxes.flatMap((box) => (texts[box.key] ?? []).map((text) => {
        box.field.value = text;
        box.field.dispatchEvent(new Event("change"));
        return [box.key, text, box.judge(), document.querySelector(".comment").textContent];
    }));
"""
"""What is said about texts in the boxes, which the names of their numbers have."""
CARRIED = """
    const [texts] = arguments;
    for (const box of boxes) box.field.value = texts[box.key] ?? "";
    updateBoxes();
    return Object.fromEntries(boxes.map((box) => [box.key, box.judge()]));
"""
"""What is said about texts that are in the boxes at the same time."""
COMPARE = """
    return arguments[0].map(([text, number]) => [readAnswer(text).number, isSame(readAnswer(text), number)]);
"""


@pytest.fixture
def page(browser: Chrome, tmp_path: Path) -> Iterator[Chrome]:
    open_page(browser, write_page(tmp_path, TEXT, POINT))
    browser.find_element(By.CLASS_NAME, "practise").click()
    yield browser
    media(browser)


def fields(page: Chrome) -> dict[str, Any]:
    """The boxes that can be seen, by their names."""
    inputs = page.find_elements(By.CSS_SELECTOR, ".circuit foreignObject input")
    return {str(each.get_attribute("aria-label")): each for each in inputs if each.is_displayed()}


@pytest.mark.slow
def test_a_student_types_gradients(page: Chrome) -> None:
    """By hand: q = 3, r = -12, f = r*q: df/dr = q = 3, df/dq = r + 3*z = -24, df/dz = 3*q = 9."""
    names = [*("gradient of q = x + y", "gradient of r = q*z", *(f"gradient of input {name}" for name in "xyz"))]
    names += ["downstream, q to r", "downstream, q to v1"]
    assert fields(page).keys() == {*names}
    assert page.switch_to.active_element.get_attribute("aria-label") == "gradient of r = q*z"
    sentences = {
        ("gradient of r = q*z", "3"): "right",
        ("downstream, q to r", "-12"): "right",
        ("downstream, q to v1", "12"): "The derivative of v1 = r*q by q is -12, and 12 has the wrong sign; "
        "this slip gives 12.",
        ("gradient of q = x + y", "-12"): "What q receives through v1 = r*q, which is -12, was left out; "
        "this slip gives -12.",
        ("gradient of input z", "18/2"): "right",
        ("gradient of input x", "-23.9"): "This was rounded too early, or to too few digits.",
        ("gradient of input y", "<b>"): "“<b>” is not a number",
    }
    for (name, text), sentence in sentences.items():
        field = fields(page)[name]
        field.send_keys(text, Keys.ENTER)
        assert page.find_element(By.CLASS_NAME, "comment").text == f"{name}: {sentence}"
        assert field.get_attribute("aria-invalid") == (None if sentence == "right" else "true")
    for _ in range(2):  # to the step of r, which shows its gradient and what it passes on
        page.find_element(By.CSS_SELECTOR, "[data-go=next]").click()
    assert fields(page).keys() == {*names} - {"gradient of r = q*z", "downstream, q to r", "downstream, q to v1"} - {
        "gradient of q = x + y",
        "gradient of input z",
    }
    page.find_element(By.CLASS_NAME, "practise").click()
    assert not fields(page)


def test_every_slip_has_its_sentence(page: Chrome) -> None:
    """Those of the table of feedback; right numbers are right, and at other inputs the numbers there are."""
    trace = graphdiff.trace(TEXT, POINT)
    table = FeedbackTable(trace)
    labels = {trace.graph.labels[node.index]: node.index for node in trace.graph.nodes}
    rights = {f"downstream {labels['r']} 0": -12.0, f"gradient {labels['x']}": -24.0, f"gradient {labels['z']}": 9.0}
    feedback = {f"downstream {labels['r']} 0": table.of_downstream(labels["r"], 0)}
    feedback |= {f"gradient {labels[name]}": table.of_gradient(labels[name]) for name in "xz"}
    texts = {key: [repr(rights[key]), *(repr(each.number) for each in feedback[key])] for key in feedback}
    comments = script(page, COMMENTS, texts)
    expected = {key: ["right", *(each.sentence for each in feedback[key])] for key in feedback}
    assert {key: [comment for each, _, comment, _ in comments if each == key] for key in expected} == expected
    assert all(len(each) > 5 for each in feedback.values())
    enter(page, [1, 1, 1])
    here = script(page, COMMENTS, {f"gradient {labels['z']}": ["9", "4", "4.00", "-4"]})
    assert [comment for _, _, comment, _ in here] == ["wrong", "right", "right", "wrong"]


def test_errors_are_carried_forward_as_by_grade(page: Chrome) -> None:
    """Wrong numbers in some of the boxes, and in the others what follows from all of them, or from the first alone."""
    trace, random = graphdiff.trace(TEXT, POINT), Random(4)
    exercise = exercise_of(trace)
    nodes = {f"d_{name}": node for name, node in named_nodes(trace.graph).items() if name in "qrxyz"}
    names = sorted(nodes, key=lambda name: -nodes[name])
    verdicts: Counter[str] = Counter()
    for _ in range(25):
        wrong = {nodes[name]: float(random.randint(30, 99)) for name in random.sample(names[:3], random.randint(1, 3))}
        all_carried, one_carried = Solution(exercise, {}, wrong), Solution(exercise, {}, dict([*wrong.items()][:1]))
        given = {name: random.choice((all_carried, all_carried, one_carried)).gradient(nodes[name]) for name in names}
        given |= {name: wrong[nodes[name]] for name in names if nodes[name] in wrong}
        texts = {f"{'gradient' if name[2:] in POINT else 'upstream'} {nodes[name]}": name for name in names}
        comments = script(page, CARRIED, {key: repr(given[name]) for key, name in texts.items()})
        for answer in graphdiff.grade(TEXT, POINT, given).answers:
            comment = comments[next(key for key, name in texts.items() if name == answer.name)]
            verdict = comment.partition(":")[0] if comment.startswith(("right", "carried")) else "wrong"
            assert verdict == answer.verdict, (given, answer.name, comment)
            verdicts[verdict] += 1
    assert min(verdicts[verdict] for verdict in ("right", "wrong", "carried")) > 10


def test_answers_of_few_digits_as_by_grade(page: Chrome, browser: Chrome, tmp_path: Path) -> None:
    """The same slips as those of grade, with the same words about rounding."""
    text, point = "x*y*z", {"x": 3.04, "y": 0.19661, "z": 2.37}
    open_page(browser, write_page(tmp_path, text, point))
    graph, seen = graphdiff.parse(text), set()
    for name, given in itertools.product("xyz", ("-7", "7", "0.5", "-0.47", "7.2", "2", "0.09", "0.47")):
        ((_, _, comment, _),) = script(browser, COMMENTS, {f"gradient {graph.input_indices[name]}": [given]})
        (answer,) = graphdiff.grade(text, point, {f"d_{name}": given}).answers
        messages = [slip.message.replace(f"d_{name} = ", "") for slip in answer.slips]
        _, is_slip, result = comment.removesuffix(".").partition("; this slip gives ")
        if comment.startswith(("The", "wrong")):
            expected = is_slip + result if is_slip else "this slip gives"
            assert any(expected in message for message in messages) == bool(is_slip), (name, given, comment)
        seen.add((comment.partition(" ")[0], "rounds to" in comment))
    assert seen >= {("right", False), ("wrong", False), ("This", False), ("The", True)}


def test_numbers_are_read_and_compared_as_by_grade(page: Chrome) -> None:
    question, random = Question("value", 0, False), Random(0)
    texts = [
        "3",
        "-0.333",
        "1/3",
        "π/4",
        "-2*e",
        "0.5",
        "1e-3",
        "2.50",
        "-1/3",
        "0",
        "12345678.9",
        "1.5/3",
        ".25",
        "2.",
    ]
    numbers = [1 / 3, -1 / 3, 3.0, pi / 4, pi / 2, 0.3335, 0.0, 0.5, 2.505, 2.4951, 12345678.94, 0.25, 1e-3]
    pairs = [(text, number) for text in texts for number in numbers]
    for _ in range(300):
        number = random.choice((random.uniform(-10, 10), 0.5 * random.randint(-9, 9) / 10 ** random.randint(0, 4)))
        pairs.append((f"{number:.{random.randint(1, 6)}g}", number * (1 + random.choice((0, 1e-9, 1e-3, 5e-4)))))
    results = script(page, COMPARE, pairs)
    for (text, number), (read, is_same) in zip(pairs, results, strict=True):
        answer = read_answer(question, text, {})
        assert read == pytest.approx(answer.number, rel=1e-15)
        assert is_same == Given(question, answer.number, answer.digits).agrees(number), (text, number)
    for text in ("", "x", "1/", "1//2", "--1", "0x10", "Infinity", "1e", "alert(1)", "1,1,1", "2 3"):
        assert script(page, "return Number.isNaN(readAnswer(arguments[0]).number)", text), text


@pytest.mark.slow
def test_fields_of_inputs_take_fractions(browser: Chrome, tmp_path: Path) -> None:
    open_page(browser, write_page(tmp_path, "x*y + sum(v)", {"x": 2, "y": 3, "v": [1] * 20}))
    for field, text in zip(browser.find_elements(By.CSS_SELECTOR, ".field input"), ("1/3", "pi/4"), strict=True):
        field.clear()
        field.send_keys(text)
    area = browser.find_element(By.CSS_SELECTOR, ".field textarea")
    script(browser, "arguments[0].value = arguments[1]; update()", area, f"[{'1/4, ' * 19} -pi]")
    value = browser.find_element(By.CSS_SELECTOR, "header output").text
    assert float(value) == pytest.approx(pi / 12 + 19 / 4 - pi, rel=1e-5)


def test_paper_has_neither_boxes_nor_a_frame_of_focus(page: Chrome) -> None:
    media(page, "print")
    assert not fields(page)
    for selector in (".reach", "tbody tr", ".practise"):
        script(page, "document.querySelector(arguments[0]).focus()", selector)
        outline = "const style = getComputedStyle(document.querySelector(arguments[0])); return style.outlineStyle"
        assert script(page, outline, selector) == "none"


def test_buttons_of_the_circuit_contain_no_text(page: Chrome) -> None:
    """So that their names need not repeat it word for word: the rule label-content-name-mismatch of axe-core."""
    texts = "return [...document.querySelectorAll('.circuit [role=button]')].map((each) => each.textContent)"
    assert set(script(page, texts)) == {""}
    visible = "return document.querySelectorAll('.circuit text:not([aria-hidden=true])').length"
    assert script(page, visible) == 0


@pytest.mark.slow
def test_arrays_and_large_circuits(tmp_path: Path, browser: Chrome) -> None:
    """Arrays have no boxes, and circuits with very many have no sentences."""
    open_page(browser, write_page(tmp_path, "sum((W@x)^2)*a", {"W": [[1, 2], [3, 4]], "x": [1, -1], "a": 2}))
    browser.find_element(By.CLASS_NAME, "practise").click()
    assert fields(browser).keys() == {"gradient of v3 = sum(v2)", "gradient of input a"}
    many = " + ".join(f"sin({number}*x)" for number in range(1, 80))
    path = write_page(tmp_path, many, {"x": 0.1}, "--limit", "0")
    assert path.read_text("utf-8").count('clauses": []') == 1


def test_rounding_errors_are_0_at_the_own_point(browser: Chrome, tmp_path: Path) -> None:
    """cos(pi/2) is 6.1e-17: the circuit and the boxes have 0 with a note, the tables the number."""
    open_page(browser, write_page(tmp_path, "cos(pi*x/2)*y", {"x": 1, "y": 2}))
    labels = "return [...document.querySelectorAll('.circuit .value tspan')].map((each) => each.textContent)"
    assert "0.00" in script(browser, labels)
    assert "6.1e-17" not in script(browser, labels)
    assert "drawn as 0" in browser.find_element(By.CLASS_NAME, "tables").text
    assert "6.12323e-17" in browser.find_element(By.CLASS_NAME, "forward").text
    node = graphdiff.parse("cos(pi*x/2)*y").input_indices["y"]
    comments = script(browser, COMMENTS, {f"gradient {node}": ["0", "1"]})
    assert [comment == "right" for _, _, comment, _ in comments] == [True, False]
    enter(browser, [1, 3])
    assert "6.1e-17" in script(browser, labels)
