"""Worksheet → PDF, by Typst, with one page for each variant; a long one takes several."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from graphdiff.drawing.raster import typeset
from graphdiff.drawing.svg import svg
from graphdiff.worksheet.sheet import ROUNDING, Sheet, Worksheet
from graphdiff.worksheet.tables import Table


def pdf(worksheet: Worksheet, is_key: bool) -> bytes:
    """A worksheet, or its key, as a PDF in which text stays text.

    Raises GraphdiffError("usage") where Typst is not installed.
    """
    task = worksheet.task.text
    data = {
        "title": worksheet.title,
        "lines": worksheet.lines,
        "task": task if is_key else f"{task} {ROUNDING}",
        "key": is_key,
        "sheets": [_sheet(sheet, worksheet.title, is_key) for sheet in worksheet.sheets],
    }
    template = files(__package__).joinpath("worksheet.typ").read_bytes()
    return typeset(template, {"data": json.dumps(data)}, "pdf")


def _sheet(sheet: Sheet, title: str, is_key: bool) -> dict[str, Any]:
    return {
        "number": sheet.number,
        "point": sheet.point,
        "circuit": svg(sheet.picture(title, is_key)),
        "tables": [_table(table, is_key) for table in sheet.tables],
    }


def _table(table: Table, is_key: bool) -> dict[str, Any]:
    """The table as data; a blank is null, an answer in a key a list of its text."""
    cells = [cell if isinstance(cell, str) else [cell.text] if is_key else None for row in table.rows for cell in row]
    return {
        "title": table.title,
        "names": [column.name for column in table.columns],
        "numbers": [column.is_number for column in table.columns],
        "cells": cells,
    }
