"""--steps writes one file: a page, a slide or a frame for each step, which other programs open."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from shutil import which
from typing import Any

import pytest

pytest.importorskip("typst", reason="renders the pictures; it is in the extra draw")

PRODUCT = ("draw", "(x + y)*z", "--at", "x=-2,y=5,z=-4")
CAPTIONS = ["the forward pass", "step 0: the gradient", "step 1 of 2: v2 = v1*z", "step 2 of 2: v1 = x + y"]


@pytest.fixture
def write(command: Callable[..., Any], tmp_path: Path) -> Callable[[str], Path]:
    """Write the steps into a file of this suffix."""

    def call(suffix: str) -> Path:
        path = tmp_path / f"talk.{suffix}"
        assert command(*PRODUCT, "--steps", str(path)) == (0, "", "")
        return path

    return call


def test_pages(write: Callable[[str], Path]) -> None:
    if not which("pdftotext"):
        pytest.skip("needs poppler-utils")
    run = ["pdftotext", "-layout", str(write("pdf")), "-"]
    pages = subprocess.run(run, capture_output=True, text=True, check=True).stdout.split("\f")[:-1]
    assert len(pages) == 4
    for page, caption in zip(pages, CAPTIONS, strict=True):
        assert caption in page
        assert "v1" in page.split(caption)[0]  # the picture names what the captions speak of
    assert "-12.00" in pages[0]


@pytest.mark.slow
def test_slides(write: Callable[[str], Path]) -> None:
    pptx = pytest.importorskip("pptx", reason="makes presentations; it is in the extra slides")
    presentation = pptx.Presentation(str(write("pptx")))
    assert presentation.core_properties.title == "(x + y)*z"
    assert len(presentation.slides) == 4
    for slide, caption in zip(presentation.slides, CAPTIONS, strict=True):
        (shape,) = slide.shapes
        assert shape.image.content_type == "image/png"
        assert caption in slide.notes_slide.notes_text_frame.text
        assert 0 <= shape.left <= shape.left + shape.width <= presentation.slide_width
        assert 0 <= shape.top <= shape.top + shape.height <= presentation.slide_height
        assert abs(shape.width / shape.height - shape.image.size[0] / shape.image.size[1]) < 0.01


@pytest.mark.slow
@pytest.mark.parametrize("form", ["gif", "webp"])
def test_frames(form: str, write: Callable[[str], Path]) -> None:
    image_module = pytest.importorskip("PIL.Image", reason="makes animations; it is in the extra slides")
    with image_module.open(BytesIO(write(form).read_bytes())) as image:
        assert image.n_frames == 4
        frames = []
        for place in range(4):
            image.seek(place)
            frames.append(image.convert("RGB").tobytes())
            assert image.convert("RGB").getpixel((0, 0)) == (255, 255, 255)
    assert len(set(frames)) == 4


def test_steps_that_pass_back_zeros(command: Callable[..., Any], tmp_path: Path) -> None:
    folder = tmp_path / "slides"
    result = command("draw", "x*y*z", "--at", "x=-2,y=5,z=0", "--steps", str(folder))
    assert (result.status, result.err) == (0, "note: 1 of 2 steps pass back only zeros, and are left out\n")
    assert sorted(path.stem for path in folder.iterdir()) == ["forward", "step-0", "step-1"]


def test_other_names(command: Callable[..., Any], tmp_path: Path) -> None:
    result = command(*PRODUCT, "--steps", str(tmp_path / "talk.odp"))
    assert (result.status, result.out) == (2, "")
    assert "unknown format of slides '.odp'" in result.err
    result = command(*PRODUCT, "--steps", str(tmp_path / "talk.pdf"), "--format", "svg")
    assert "--steps FILE cannot be used with --format" in result.err
    assert list(tmp_path.iterdir()) == []
