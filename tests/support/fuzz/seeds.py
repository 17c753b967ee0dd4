"""The seeds of coverage-guided fuzzing, made from the formulas of other tests, and its dictionary of words."""

from __future__ import annotations

import random
from collections.abc import Iterator

from support import examples
from support.array_programs import PROGRAMS
from support.formulas import FORMULAS
from support.fuzz import table_surfaces
from support.fuzz.language import PIECES, SIGNATURES

RAW = b"\0"
"""The first choice of every surface that may take bytes as they are: to do so."""


def texts() -> dict[str, str]:
    """Programs that are right, by name."""
    texts_by_name = {formula.identifier: formula.text for formula in FORMULAS}
    texts_by_name |= {program.name: program.text for program in PROGRAMS}
    return texts_by_name | {path.name: path.read_text("utf-8") for path in examples.PROGRAMS}


def seeds(surface: str) -> Iterator[bytes]:
    """Inputs of a surface."""
    if surface == "program":
        yield from (RAW + text.encode() for text in texts().values())
    elif surface == "values":
        points = [formula.point.items() for formula in FORMULAS[::20]]
        yield from (RAW + ",".join(f"{name}={value}" for name, value in point).encode() for point in points)
    elif surface == "json_point":
        yield from (path.read_bytes()[:400] for path in sorted(examples.FOLDER.glob("*.json")))
    elif surface == "tables":
        yield from (bytes([0, 0, 0, 5, 0]) + text.encode() for text in table_surfaces.CSV)
        yield from (bytes([1, 1, 0, 5, 0]) + text.encode() for text in table_surfaces.LINES)
    draws = random.Random(surface)
    yield from (draws.randbytes(100) for _ in range(100))


def words() -> Iterator[str]:
    """Pieces of programs and the names of functions, as libFuzzer's dictionaries write them."""
    for word in (*PIECES, *(name for name, _, _ in SIGNATURES)):
        yield "".join(f"\\x{byte:02x}" for byte in word.encode("utf-8", "replace"))
