"""Scripts, styles and data inside an HTML file whose Content-Security-Policy allows nothing else."""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256
from importlib.resources import files
from string import Template
from typing import Any

from graphdiff.report.html import escape_html

_UNSAFE = {ord(each): f"\\u{ord(each):04x}" for each in "<>&\u2028\u2029"}


def document(title: str, body: str, style: str, script: str, data: Any) -> str:
    """The whole file: a body as HTML, and a script that reads the data."""
    return Template(_file("document.html")).substitute(
        title=escape_html(title),
        body=body,
        style=style,
        style_hash=_source_hash(style),
        data=_embedded_json(data),
        script=script,
        script_hash=_source_hash(script),
    )


def answers_script() -> str:
    """The functions that read answers and compare them, and write numbers."""
    return _file("answers.js") + _file("numbers.js")


def _file(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")


def _source_hash(text: str) -> str:
    """The source expression by which a Content-Security-Policy allows an element with this text."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _embedded_json(data: Any) -> str:
    """JSON that cannot close its script element or break a line of it."""
    return json.dumps(data, ensure_ascii=False, allow_nan=False).translate(_UNSAFE)
