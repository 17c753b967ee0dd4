"""graphdiff ops: list the operations with their local derivatives."""

from __future__ import annotations

import click

from graphdiff.cli import options
from graphdiff.cli.output import write_report
from graphdiff.errors import GraphdiffError, shorten
from graphdiff.language.hints import nearest
from graphdiff.report.formats import TABLE


def _complete(ctx: click.Context, parameter: click.Parameter, prefix: str) -> list[str]:
    from graphdiff.report.operations import all_operations

    return [operation.name for operation in all_operations() if operation.name.startswith(prefix)]


HELP = """\
List the operations with their local derivatives, or describe the operation NAME.

\b
graphdiff ops
graphdiff ops sigmoid
"""
"""What --help prints before the options: Python without docstrings has it too."""


@click.command(name="ops", help=HELP)
@click.argument("name", required=False, shell_complete=_complete)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@options.color
def command(name: str | None, as_json: bool, color: str) -> None:
    """Run graphdiff ops."""
    from graphdiff.report import operations

    operation = None if name is None else operations.find_operation(name)
    if name is not None and operation is None:
        hint = (
            nearest(name, [each.name for each in operations.all_operations()]) or "graphdiff ops lists all operations"
        )
        raise GraphdiffError("name", f"unknown operation '{shorten(name)}'", hint=hint)
    write_report("ops", "json" if as_json else TABLE, operation, color)
