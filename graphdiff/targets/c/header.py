"""Headers of functions in C, which C++ can include, too."""

from __future__ import annotations

from collections.abc import Sequence


def header(name: str, macros: Sequence[str], constants: Sequence[str], prototype: Sequence[str]) -> str:
    """The header of a function with this name: the macros that its callers need, the declarations of the arrays that
    they can read, and the lines of its comment and its prototype."""
    guard = f"{name.upper()}_H"
    lines = [
        f"#ifndef {guard}",
        f"#define {guard}",
        "",
        *macros,
        *[""] * bool(macros),
        "#ifdef __cplusplus",
        'extern "C" {',
        "#endif",
        "",
        *(f"extern {each};" for each in constants),
        *[""] * bool(constants),
        *prototype,
        "",
        "#ifdef __cplusplus",
        "}",
        "#endif",
        "",
        "#endif",
        "",
    ]
    return "\n".join(lines)
