"""Read QTI 2.1 packages as their specification describes them, and process responses by the rules of each item.

https://www.imsglobal.org/question/qtiv2p1/imsqti_infov2p1.html
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from typing import Any, NamedTuple
from xml.etree import ElementTree

QTI = "{http://www.imsglobal.org/xsd/imsqti_v2p1}"
PACKAGE = "{http://www.imsglobal.org/xsd/imscp_v1p1}"
CONTENT = {
    "itemBody": {"p", "pre", "table"},
    "p": {"img"},
    "pre": {"br"},
    "table": {"caption", "thead", "tbody"},
    "thead": {"tr"},
    "tbody": {"tr"},
    "tr": {"th", "td"},
    "td": {"textEntryInteraction"},
    "modalFeedback": {"p"},
}
"""The elements that may stand in an element of content, of those that worksheets use."""
IDENTIFIER = re.compile(r"[^\W\d][\w.-]*")


class Item(NamedTuple):
    """An item: its title, its files, the right responses, the text of its body, and its feedback; by identifiers."""

    title: str
    files: dict[str, bytes]
    right: dict[str, float]
    text: str
    feedback: dict[str, str]
    root: ElementTree.Element

    def process(self, responses: Mapping[str, float]) -> tuple[float, list[str]]:
        """The score and the sentences of feedback for these responses."""
        outcomes: dict[str, Any] = {"SCORE": 0.0, "FEEDBACK": []}
        for condition in _child(self.root, "responseProcessing"):
            assert condition.tag == f"{QTI}responseCondition"
            for branch in condition:
                assert branch.tag in (f"{QTI}responseIf", f"{QTI}responseElseIf")
                test, *rules = branch
                if _evaluate(test, responses, outcomes):
                    for rule in rules:
                        assert rule.tag == f"{QTI}setOutcomeValue"
                        outcomes[rule.attrib["identifier"]] = _evaluate(rule[0], responses, outcomes)
                    break
        return outcomes["SCORE"], [self.feedback[identifier] for identifier in outcomes["FEEDBACK"]]


def read_items(data: bytes) -> list[Item]:
    """The items of a package. Asserts that the package and the items have the structure of the specification."""
    package = zipfile.ZipFile(io.BytesIO(data))
    files = {name: package.read(name) for name in package.namelist()}
    manifest = ElementTree.fromstring(files["imsmanifest.xml"])
    assert manifest.tag == f"{PACKAGE}manifest"
    assert [child.tag.removeprefix(PACKAGE) for child in manifest] == ["metadata", "organizations", "resources"]
    items, known = [], {"imsmanifest.xml"}
    for resource in manifest.iter(f"{PACKAGE}resource"):
        assert resource.get("type") == "imsqti_item_xmlv2p1"
        names = [file.attrib["href"] for file in resource]
        assert resource.get("href") in names
        known |= set(names)
        items.append(_item(files[resource.attrib["href"]], {name: files[name] for name in names}))
    assert known == set(files)
    return items


def _item(data: bytes, files: dict[str, bytes]) -> Item:
    root = ElementTree.fromstring(data)
    assert root.tag == f"{QTI}assessmentItem"
    order = ["responseDeclaration", "outcomeDeclaration", "itemBody", "responseProcessing", "modalFeedback"]
    tags = [child.tag.removeprefix(QTI) for child in root]
    assert tags == sorted(tags, key=order.index)
    body = _child(root, "itemBody")
    for element in root.iter():
        allowed = CONTENT.get(element.tag.removeprefix(QTI))
        assert allowed is None or {child.tag.removeprefix(QTI) for child in element} <= allowed, element.tag
    assert not (body.text or "").strip()
    right = {}
    for each in root.findall(f"{QTI}responseDeclaration"):
        assert (each.get("cardinality"), each.get("baseType")) == ("single", "float")
        right[each.attrib["identifier"]] = float(each[0][0].text or "")
    fields = [each.attrib["responseIdentifier"] for each in body.iter(f"{QTI}textEntryInteraction")]
    assert fields == list(right)
    assert {each.get("src") for each in body.iter(f"{QTI}img")} < set(files)
    maximum = next(each for each in root.findall(f"{QTI}outcomeDeclaration") if each.get("identifier") == "MAXSCORE")
    assert float(maximum[0][0].text or "") == len(fields)
    sentences = root.findall(f"{QTI}modalFeedback")
    feedback = {each.attrib["identifier"]: "".join(each.itertext()).strip() for each in sentences}
    assert len(feedback) == len(sentences)
    assert all(IDENTIFIER.fullmatch(name) for name in [*feedback, *right])
    return Item(root.attrib["title"], files, right, " ".join(body.itertext()), feedback, root)


def _child(element: ElementTree.Element, name: str) -> ElementTree.Element:
    child = element.find(f"{QTI}{name}")
    assert child is not None
    return child


def _evaluate(expression: ElementTree.Element, responses: Mapping[str, float], outcomes: Mapping[str, Any]) -> Any:
    """The value of an expression; None is NULL."""
    name = expression.tag.removeprefix(QTI)
    if name == "baseValue":
        text = expression.text or ""
        return float(text) if expression.get("baseType") == "float" else text
    if name == "variable":
        identifier = expression.attrib["identifier"]
        return outcomes[identifier] if identifier in outcomes else responses.get(identifier)
    values = [_evaluate(each, responses, outcomes) for each in expression]
    if name == "multiple":
        return [each for value in values for each in (value if isinstance(value, list) else [value])]
    if name == "sum":
        return sum(values)
    assert name == "equal"
    assert expression.get("toleranceMode") == "absolute"
    tolerance = expression.attrib["tolerance"]
    assert re.fullmatch(r"[\d.]+", tolerance), "QTI-SDK, which TAO uses, takes 1e-09 for the name of a variable"
    first, second = values
    return first is not None and abs(first - second) <= float(tolerance)
