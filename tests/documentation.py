"""Write the output of every command in README.md and docs/, or in the named pages of them:

python tests/documentation.py [PAGE …]

Look at the difference before you commit it.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from support.documentation import EXAMPLE, FENCE, is_same, output_of, pages_with, workplace


def run_graphdiff(*words: str) -> tuple[int, str, str]:
    """graphdiff in a process of its own."""
    command = [sys.executable, "-m", "graphdiff", *words]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    return done.returncode, done.stdout, done.stderr


def renew(block: str) -> str:
    """A console block with the outputs of today."""

    def example(match: re.Match[str]) -> str:
        output = output_of(match[1], run_graphdiff)
        return match[0] if is_same(output, match[2]) else f"$ {match[1]}\n{output}"

    return EXAMPLE.sub(example, block)


def write_pages(pages: Sequence[Path]) -> None:
    """Write the outputs of all console blocks anew."""
    for page in pages:
        text = page.read_text("utf-8")
        with workplace():
            text = FENCE.sub(
                lambda fence: f"```console\n{renew(fence[2])}```" if fence[1] == "console" else fence[0], text
            )
        page.write_text(text, "utf-8")


def main() -> None:
    """Write the pages that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", nargs="*", type=lambda name: Path(name).resolve(), metavar="PAGE")
    every = pages_with("console")
    pages = parser.parse_args().pages or every
    for page in pages:
        if page not in every:
            parser.error(f"{page} is neither README.md nor a page of docs/ with commands")
    write_pages(pages)


if __name__ == "__main__":
    main()
