"""SVG → PNG and PDF, by Typst.

Its wheel needs no system library and includes the font of the SVG, so pictures are the same on every machine;
characters that this font lacks come from the system's fonts.
"""

from __future__ import annotations

import re
from typing import Literal

from graphdiff.drawing.picture import Picture
from graphdiff.drawing.svg import svg
from graphdiff.errors import GraphdiffError, Hint

DOCUMENT = b"""
#set document(title: sys.inputs.title, date: none)
#set page(width: auto, height: auto, margin: 0pt, fill: none)
#image(bytes(sys.inputs.picture), format: "svg", alt: sys.inputs.title)
"""
"""The background is that of the SVG."""
PIXELS_AN_INCH = 192
"""Two pixels for each of the SVG's."""
MOST_PIXELS = 10**8
"""Pixels that a PNG may have."""


def png(picture: Picture) -> bytes:
    """A picture as a PNG with two pixels for each of the SVG's, or of its width.

    Raises GraphdiffError: "usage" where Typst is not installed, "limit" where it would have more than MOST_PIXELS.
    """
    document = svg(picture._replace(width=picture.width and picture.width / 2))
    width, height = map(float, re.findall(r' (?:width|height)="([\d.]+)"', document)[:2])
    if (pixels := 4 * width * height) > MOST_PIXELS:
        message = f"the picture has {pixels / 1e6:,.0f} million pixels; a PNG has at most {MOST_PIXELS // 10**6}"
        raise GraphdiffError("limit", message, hint=Hint("draw an SVG or a PDF, or collapse it", "png_size"))
    return _compile(document, picture.title, "png")


def pdf(picture: Picture) -> bytes:
    """A picture as a PDF with one page of its size, in which text stays text.

    Raises GraphdiffError("usage") where Typst is not installed.
    """
    return _compile(svg(picture), picture.title, "pdf")


def _compile(document: str, title: str, form: Literal["png", "pdf"]) -> bytes:
    return typeset(DOCUMENT, {"picture": document, "title": title}, form)


def typeset(template: bytes, inputs: dict[str, str], form: Literal["png", "pdf"]) -> bytes:
    """A document in Typst's language with these inputs, as a PDF or a PNG. The inputs are data, never markup.

    Raises GraphdiffError("usage") where Typst is not installed.
    """
    try:
        import typst
    except ModuleNotFoundError:
        message = f"{form.upper()} needs Typst's Python package"
        raise GraphdiffError("usage", message, hint="pip install 'graphdiff-cli[draw]'") from None
    return typst.compile(template, format=form, ppi=PIXELS_AN_INCH, sys_inputs=inputs)
