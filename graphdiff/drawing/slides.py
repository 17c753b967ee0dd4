"""A sequence of pictures as one file: a PDF, a presentation with a slide for each picture, an animated image."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from importlib.resources import files
from io import BytesIO
from typing import Any

from graphdiff.drawing.picture import Picture
from graphdiff.drawing.raster import png, typeset
from graphdiff.drawing.svg import svg
from graphdiff.errors import GraphdiffError

WIDTH, HEIGHT, MARGIN = 12_192_000, 6_858_000, 360_000
"""The size of a slide, 16:9, and its margin, in the units of presentations: 360,000 a centimetre."""
DURATION = 2_000
"""Milliseconds for which an animation shows a picture."""
BACKGROUND = "white"
"""The colour behind transparent pictures in an animation."""


def slides(pictures: Sequence[Picture], form: str) -> bytes:
    """Pictures of one size as a file in one of FORMATS.

    Raises GraphdiffError: "usage" where the format needs a library that is not installed, "limit" where a picture is
    too large for it.
    """
    return FORMATS[form](pictures, form)


def _pdf(pictures: Sequence[Picture], form: str) -> bytes:
    """A page for each picture, of its size."""
    template = files(__package__).joinpath("slides.typ").read_bytes()
    data = {"title": pictures[0].title, "pictures": [svg(picture) for picture in pictures]}
    return typeset(template, {"data": json.dumps(data)}, "pdf")


def _pptx(pictures: Sequence[Picture], form: str) -> bytes:
    """A slide for each picture, with its caption as notes."""
    try:
        from pptx import Presentation
    except ModuleNotFoundError:
        raise _missing("PowerPoint needs python-pptx") from None
    presentation: Any = Presentation()
    presentation.slide_width, presentation.slide_height = WIDTH, HEIGHT
    presentation.core_properties.title = pictures[0].title
    blank = presentation.slide_layouts[6]
    for picture in pictures:
        slide = presentation.slides.add_slide(blank)
        shape = slide.shapes.add_picture(BytesIO(png(picture)), 0, 0)
        scale = min((WIDTH - 2 * MARGIN) / shape.width, (HEIGHT - 2 * MARGIN) / shape.height)
        shape.width, shape.height = round(shape.width * scale), round(shape.height * scale)
        shape.left, shape.top = (WIDTH - shape.width) // 2, (HEIGHT - shape.height) // 2
        caption = "\n".join(line for line in picture.caption if line)
        shape.name = picture.title
        shape._element.nvPicPr.cNvPr.set("descr", caption)  # what a screen reader says
        slide.notes_slide.notes_text_frame.text = caption
    file = BytesIO()
    presentation.save(file)
    return file.getvalue()


def _animation(pictures: Sequence[Picture], form: str) -> bytes:
    """An image that shows the pictures one after another, again and again."""
    try:
        from PIL import Image
    except ModuleNotFoundError:
        raise _missing(f"{form.upper()} needs Pillow") from None
    frames = []
    for picture in pictures:
        image = Image.open(BytesIO(png(picture))).convert("RGBA")
        frame = Image.new("RGBA", image.size, BACKGROUND)
        frame.alpha_composite(image)
        frames.append(frame.convert("RGB"))
    file = BytesIO()
    options: Any = {"lossless": True} if form == "webp" else {"optimize": False}
    frames[0].save(file, form, save_all=True, append_images=frames[1:], duration=DURATION, loop=0, **options)
    return file.getvalue()


def _missing(message: str) -> GraphdiffError:
    return GraphdiffError("usage", message, hint="pip install 'graphdiff-cli[slides]'")


FORMATS: dict[str, Callable[[Sequence[Picture], str], bytes]] = {
    "pdf": _pdf,
    "pptx": _pptx,
    "gif": _animation,
    "webp": _animation,
}
"""The formats by file suffix."""
