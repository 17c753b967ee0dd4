"""Headers of functions in C, which C++ can include, too."""

from __future__ import annotations

import re


def header_of(source: str, name: str) -> str:
    """The header of the source of a function with this name: what it needs of a workspace, and its declaration."""
    guard = f"{name.upper()}_H"
    workspace = re.findall(rf"^#define {name}_WORKSPACE \d+\n", source, re.MULTILINE)
    (declaration,) = re.findall(
        rf"^/\* .*?\*/\n(?:double|float|void) {name}\(.*?\)(?=\n\{{)", source, re.MULTILINE | re.DOTALL
    )
    comment, _, prototype = declaration[declaration.rindex("/* ") :].partition("*/\n")
    summary = comment.rpartition(".\n")[0]
    return "\n".join(
        [
            f"#ifndef {guard}",
            f"#define {guard}",
            "",
            *[line.rstrip("\n") for line in workspace],
            *[""] * len(workspace),
            "#ifdef __cplusplus",
            'extern "C" {',
            "#endif",
            "",
            f"{summary}. */",
            f"{prototype};",
            "",
            "#ifdef __cplusplus",
            "}",
            "#endif",
            "",
            "#endif",
            "",
        ]
    )
