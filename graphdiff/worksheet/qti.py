"""Worksheet → a QTI 2.1 package: for each variant an item with a field for each blank, which scores the right ones.

The format is described at https://www.imsglobal.org/question/qtiv2p1/imsqti_infov2p1.html, the package at
https://www.imsglobal.org/content/packaging. Wrong answers that common slips give have feedback.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any, NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from graphdiff.drawing.svg import svg, xml_text
from graphdiff.exercises.feedback import Feedback
from graphdiff.passes.values import to_list
from graphdiff.worksheet.sheet import ROUNDING, Sheet, Worksheet
from graphdiff.worksheet.tables import Answer, Cell, Table
from graphdiff.worksheet.tolerances import distinct_feedback, number_text, tolerance_text

HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
INSTANCE = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
QTI = "http://www.imsglobal.org/xsd/imsqti_v2p1"
ITEM = (
    f'xmlns="{QTI}" {INSTANCE} xsi:schemaLocation="{QTI} http://www.imsglobal.org/xsd/qti/qtiv2p1/imsqti_v2p1.xsd"'
    ' adaptive="false" timeDependent="false" toolName="graphdiff"'
)
PACKAGE = f'xmlns="http://www.imsglobal.org/xsd/imscp_v1p1" {INSTANCE}'
ITEM_TYPE = "imsqti_item_xmlv2p1"
DATE = (1980, 1, 1, 0, 0, 0)
"""The date of all files, so that the same worksheet is the same package."""
WIDTH = 8
"""Characters of a field."""


def zip(worksheet: Worksheet, is_key: bool) -> bytes:
    """A worksheet as a package for the item bank of an examination system, which includes the answers."""
    buffer = BytesIO()
    with ZipFile(buffer, "w") as package:
        for name, text in _files(worksheet):
            package.writestr(ZipInfo(name, DATE), text.encode(), ZIP_DEFLATED)
    return buffer.getvalue()


def _files(worksheet: Worksheet) -> Iterator[tuple[str, str]]:
    yield "imsmanifest.xml", "\n".join(_manifest(worksheet)) + "\n"
    for sheet in worksheet.sheets:
        yield f"{_identifier(sheet)}.xml", "\n".join(_Item(worksheet, sheet).xml()) + "\n"
        yield f"{_identifier(sheet)}.svg", svg(sheet.picture(worksheet.title, False))


def _identifier(sheet: Sheet) -> str:
    return f"variant-{sheet.number}"


def _manifest(worksheet: Worksheet) -> Iterator[str]:
    """What the package contains."""
    yield HEAD
    yield f'<manifest {PACKAGE} identifier="graphdiff">'
    yield "<metadata><schema>QTIv2.1 Package</schema><schemaversion>1.0.0</schemaversion></metadata>"
    yield "<organizations/>"
    yield "<resources>"
    for sheet in worksheet.sheets:
        name = _identifier(sheet)
        yield f'<resource identifier="{name}" type="{ITEM_TYPE}" href="{name}.xml">'
        yield f'<file href="{name}.xml"/><file href="{name}.svg"/>'
        yield "</resource>"
    yield "</resources>"
    yield "</manifest>"


class _Field(NamedTuple):
    """A field for a number: its identifier, the name of the answer, the number, and the feedback on others."""

    identifier: str
    name: str
    number: float
    feedback: Sequence[Feedback]


class _Item:
    """The item of a variant. Its fields are numbered while its tables are written."""

    def __init__(self, worksheet: Worksheet, sheet: Sheet) -> None:
        self.worksheet = worksheet
        self.sheet = sheet
        self.fields: list[_Field] = []

    def xml(self) -> Iterator[str]:
        name = _identifier(self.sheet)
        body = list(self.body())
        title = xml_text(f"{self.worksheet.title}, variant {self.sheet.number}").replace('"', "&quot;")
        yield HEAD
        yield f'<assessmentItem {ITEM} identifier="{name}" title="{title}">'
        for field in self.fields:
            yield f'<responseDeclaration identifier="{field.identifier}" cardinality="single" baseType="float">'
            yield f"<correctResponse><value>{number_text(field.number)}</value></correctResponse>"
            yield "</responseDeclaration>"
        yield from _outcome("SCORE", 0, f' normalMaximum="{len(self.fields)}"')
        yield from _outcome("MAXSCORE", len(self.fields), "")
        yield '<outcomeDeclaration identifier="FEEDBACK" cardinality="multiple" baseType="identifier"/>'
        yield from body
        yield "<responseProcessing>"
        for field in self.fields:
            yield from _condition(field)
        yield "</responseProcessing>"
        for field in self.fields:
            for identifier, each in _choices(field):
                sentence = xml_text(f"{field.name}: {each.sentence}")
                yield f'<modalFeedback outcomeIdentifier="FEEDBACK" identifier="{identifier}" showHide="show">'
                yield f"<p>{sentence}</p></modalFeedback>"
        yield "</assessmentItem>"

    def body(self) -> Iterator[str]:
        yield "<itemBody>"
        yield f"<p>{xml_text(f'{self.worksheet.task.text} {ROUNDING}')}</p>"
        yield f"<pre>{'<br/>'.join(map(xml_text, (*self.worksheet.lines, self.sheet.point)))}</pre>"
        yield f'<p><img src="{_identifier(self.sheet)}.svg" alt="circuit"/></p>'
        for table in self.sheet.tables:
            yield from self.table(table)
        yield "</itemBody>"

    def table(self, table: Table) -> Iterator[str]:
        yield f"<table><caption>{xml_text(table.title)}</caption>"
        yield f"<thead><tr>{''.join(f'<th>{xml_text(column.name)}</th>' for column in table.columns)}</tr></thead>"
        yield "<tbody>"
        for row in table.rows:
            yield f"<tr>{''.join(f'<td>{self.cell(cell)}</td>' for cell in row)}</tr>"
        yield "</tbody></table>"

    def cell(self, cell: Cell) -> str:
        return xml_text(cell) if isinstance(cell, str) else self.field(cell, to_list(cell.value), cell.feedback)

    def field(self, answer: Answer, value: Any, feedback: Sequence[Feedback]) -> str:
        """A field for a number, or one for each entry of an array."""
        if isinstance(value, list):
            return f"[{', '.join(self.field(answer, entry, ()) for entry in value)}]"
        identifier = f"R{len(self.fields) + 1}"
        self.fields.append(_Field(identifier, answer.name, value, feedback))
        return f'<textEntryInteraction responseIdentifier="{identifier}" expectedLength="{WIDTH}"/>'


def _outcome(identifier: str, value: int, attributes: str) -> Iterator[str]:
    yield f'<outcomeDeclaration identifier="{identifier}" cardinality="single" baseType="float"{attributes}>'
    yield f"<defaultValue><value>{value}</value></defaultValue></outcomeDeclaration>"


def _condition(field: _Field) -> Iterator[str]:
    """A point for the right number; for that of a slip, the identifier of its feedback."""
    point = '<sum><variable identifier="SCORE"/><baseValue baseType="float">1</baseValue></sum>'
    yield "<responseCondition>"
    yield f"<responseIf>{_is_near(field, field.number)}"
    yield f'<setOutcomeValue identifier="SCORE">{point}</setOutcomeValue></responseIf>'
    for identifier, each in _choices(field):
        name = f'<baseValue baseType="identifier">{identifier}</baseValue>'
        yield f"<responseElseIf>{_is_near(field, each.number)}"
        yield f'<setOutcomeValue identifier="FEEDBACK"><multiple><variable identifier="FEEDBACK"/>{name}</multiple>'
        yield "</setOutcomeValue></responseElseIf>"
    yield "</responseCondition>"


def _is_near(field: _Field, number: float) -> str:
    """Whether the number in a field is this one, to three digits."""
    value = f'<baseValue baseType="float">{number_text(number)}</baseValue>'
    tolerance = f'toleranceMode="absolute" tolerance="{tolerance_text(number)}"'
    return f'<equal {tolerance}><variable identifier="{field.identifier}"/>{value}</equal>'


def _choices(field: _Field) -> list[tuple[str, Feedback]]:
    """The feedback on a field, with its identifiers."""
    feedback = distinct_feedback(field.feedback, field.number)
    return [(f"{field.identifier}-{number}", each) for number, each in enumerate(feedback, 1)]
