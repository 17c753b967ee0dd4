"""Write the output of every command in README.md and docs/; look at the difference before you commit it:

python tests/documentation.py
"""

from __future__ import annotations

import re
import subprocess
import sys

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


def write_pages() -> None:
    """Write the outputs of all console blocks anew."""
    for page in pages_with("console"):
        text = page.read_text("utf-8")
        with workplace():
            text = FENCE.sub(
                lambda fence: f"```console\n{renew(fence[2])}```" if fence[1] == "console" else fence[0], text
            )
        page.write_text(text, "utf-8")


if __name__ == "__main__":
    write_pages()
