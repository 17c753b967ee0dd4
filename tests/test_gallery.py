"""The gallery, and the picture at the top of the README, are what graphdiff draws now."""

from __future__ import annotations

import runpy
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parent.parent


def test_the_gallery_is_current(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples", ignore=shutil.ignore_patterns("gallery", "gallery.md"))
    monkeypatch.chdir(tmp_path)
    runpy.run_path("examples/gallery.py")["write_gallery"]()
    made = {path.name: path.read_text("utf-8") for path in files(tmp_path)}
    assert made == {path.name: path.read_text("utf-8") for path in files(ROOT)}, "python examples/gallery.py"
    assert {"gallery.md", "neuron.svg"} < set(made)


def files(root: Path) -> list[Path]:
    return [root / "examples" / "gallery.md", *(root / "examples" / "gallery").iterdir()]


def test_the_readme_opens_with_the_neuron() -> None:
    """Its slide's numbers stand in the picture: each value, and each gradient, to two decimals."""
    path = "examples/gallery/neuron.svg"
    assert f"]({path})" in (ROOT / "README.md").read_text("utf-8").partition("\n##")[0]
    texts: dict[str, list[float]] = {"value": [], "gradient": []}
    for text in ElementTree.parse(ROOT / path).iter("{http://www.w3.org/2000/svg}text"):
        if text.get("class") in texts:
            texts[text.get("class", "")].append(float("".join(text.itertext())))
    assert sorted(texts["value"]) == sorted([2, -1, -3, -2, -3, -2, 6, 4, 1, -1, 0.37, 1.37, 0.73])
    assert sorted(texts["gradient"]) == sorted(
        [1, -0.53, -0.53, -0.2, 0.2, 0.2, 0.2, 0.2, -0.2, 0.39, -0.39, -0.59, 0.2]
    )
