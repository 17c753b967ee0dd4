"""graphdiff ops: list the operations with their local derivatives."""

from __future__ import annotations

import click

from graphdiff.cli import options
from graphdiff.cli.output import write_report
from graphdiff.report.formats import TABLE


def _complete(ctx: click.Context, parameter: click.Parameter, prefix: str) -> list[str]:
    from graphdiff.report.operations import subject_names

    return [name for name in subject_names() if name.startswith(prefix)]


HELP = """\
List the operations with their local derivatives, or describe one, or a term of the reports.

NAME is an operation, or a term such as router, upstream or kink; terms lists all terms.

\b
graphdiff ops
graphdiff ops sigmoid
graphdiff ops swap multiplier
graphdiff ops terms
"""
"""What --help prints before the options: Python without docstrings has it too."""


@click.command(name="ops", help=HELP)
@click.argument("words", metavar="[NAME]", nargs=-1, shell_complete=_complete)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@options.color
def command(words: tuple[str, ...], as_json: bool, color: str) -> None:
    """Run graphdiff ops."""
    from graphdiff.report.operations import find_subject

    subject = find_subject(" ".join(words)) if words else None
    write_report("ops", "json" if as_json else TABLE, subject, color)
