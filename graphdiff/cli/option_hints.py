"""The hints about parameters in the words of the command line, which has options in their place."""

from __future__ import annotations

import click

from graphdiff.errors import Hint

OPTION_HINTS = {
    "allow_nonfinite": "--allow-nonfinite reports it",
    "allow_nonfinite_or_wrt": "--allow-nonfinite reports it, --wrt can leave it out",
    "array_shapes": "{hint}, or give the shapes of the arrays: --shape x=3",
    "comma": "--thousands , reads it as a whole number, --decimal , as one with decimals",
    "column_name": '{columns}; --as {name}="{column}" takes that column, or write `{column}` in backticks',
    "comment": "{columns}; --comment '{sign}' leaves out lines that begin so",
    "bound": 'it is a bound or an estimate: write a number for it, or take it as missing with --na "{cell}"',
    "colon": "write a condition as where(x > 0, a, b), a slice as x[1:3]; give values with --at x=3",
    "count": "write it as a number, or give {name} a whole number with --at {name}=5",
    "decimal": "--decimal {decimal} reads it",
    "decimal_and_thousands": '--decimal {decimal} --thousands "{thousands}" reads it',
    "derivative": "write only the function, and differentiate it with: graphdiff diff FORMULA --wrt x",
    "direction": "--direction {name}=1 gives a directional derivative",
    "function": "--function chooses a function of EXPR in Python",
    "function_name": "{hint}: --name loss",
    "encoding": "name its encoding, as in --encoding cp1252 (Windows), or save it as UTF-8",
    "expand": "add --expand, to reach the loops inside functions",
    "extra": "{kind}; remove it from the column, in CSV by: sed '2,$s/{pattern}//g' FILE | graphdiff … --data -{then}",
    "fixed": "to keep {name} at a value, use --at {name}=…",
    "fuse": "use {names}, or --fuse, which finds {pronoun}",
    "gate_limit": "--limit 0 draws all of them",
    "gate_limit_or_collapse": "--limit 0 draws all of them, --collapse only named nodes",
    "hessian": "--hessian, or --direction {name}=1 for a directional derivative",
    "jacobian": "--jacobian, or --direction {name}=1 for a directional derivative",
    "jsonl": "--format jsonl allows different names in each row",
    "jsonl_types": "a Parquet column has one type; --format jsonl allows several",
    "latex": "write the solution x of A @ x = b as solve(A, b); to read LaTeX, use --language latex",
    "missing": '--na "{cell}" takes it as a missing value',
    "missing_cell": "a missing value is an empty cell, or a text of --na",
    "on_error": "--on-error null leaves such rows without results",
    "output": "end the program with the one that is the output, or choose it with --output {name}",
    "output_file": "--output names a node; to write a file, use -o FILE or > FILE",
    "parquet_values": "--format parquet keeps every value",
    "png_size": "use -o with .svg or .pdf, or --collapse",
    "precision": "{limit}; --precision 50 computes with it, in eval, explain and diff",
    "point": "give values with --at x=3",
    "sheet": "its other sheets are {names}; --sheet chooses one",
    "skip": "it may be a title above the names of the columns: --skip {count} leaves it out",
    "size": "give {name} a value with --at, or its shape with --shape {name}=3",
    "start": "{column}give one with --start {values}; {columns}",
    "steps": "--output NODE derives an intermediate value; without --steps only the result is shown",
    "text_size": "large arrays can be read from files: --at W=@weights.npy",
    "thousands": '--thousands "{thousands}" reads it',
    "tikz_size": "use --collapse or another format",
    "uncertain_cell": "uncertainties stand in a column of their own, such as u_x: --at x=±u_x",
    "uncertain_digits": "its uncertainty stands in a column of its own, such as u_x: --at x=±u_x",
    "uncertainty": "give its standard uncertainty with --at {name}=2±0.1, that of a column with --at {name}=±0.1",
    "upstream": "give --upstream, or reduce it to a number, e.g. with sum(…)",
    "value": "set it with --at {example}",
    "want": "reduce it to a number, e.g. with sum(…), or add --want jacobian",
    "values": "values are given with --at x=1,W=[[1,2],[3,4]] or --at @point.json",
}
"""By topic, with places for its details."""
OTHER_NAMES = {"to": ("target",), "target": ("to",), "backend": ("to", "target")}
"""The options that choose the language of generated code, by the name that somebody may give them instead."""
TABLE_NAMES = {
    **dict.fromkeys(("sep", "delim", "delimiter", "field-separator"), "separator"),
    **dict.fromkeys(("input", "in", "csv", "table", "infile"), "data"),
    **dict.fromkeys(("outfile", "out-file"), "out"),
    **dict.fromkeys(("na-values", "null", "nulls", "missing"), "na"),
    **dict.fromkeys(("skiprows", "skip-rows", "header"), "skip"),
    **dict.fromkeys(("p0", "guess", "initial", "init", "params"), "start"),
    **dict.fromkeys(("sigma", "weight"), "weights"),
}
"""The options of tables and fits, by the names that other programs give them."""


def option_hint(hint: str | None) -> str | None:
    """The hint as the command line words it."""
    return OPTION_HINTS[hint.topic].format(**hint.details) if isinstance(hint, Hint) else hint


def own_option(name: str) -> str | None:
    """The option of the present command that has this name, without its hyphens."""
    names = [option for parameter in click.get_current_context().command.params for option in parameter.opts]
    return f"--{name}" if f"--{name}" in names else None


def hint_of_unknown(word: str) -> str:
    """What to write for an option that the present command does not have."""
    name = word.lstrip("-–—").partition("=")[0]
    option = own_option(name)
    if word.partition("=")[0] == option:
        return f"all words after '--' are expressions: write {option} before it"
    if option is not None:
        return f"options start with two hyphens: {option}"
    other_names = [other for other in OTHER_NAMES.get(name, ()) if own_option(other)]
    if other_names:
        return f"write --{other_names[0]} for the language of the code"
    if name in TABLE_NAMES and own_option(TABLE_NAMES[name]):
        return f"did you mean --{TABLE_NAMES[name]}?"
    context = click.get_current_context()
    for parameter in context.command.params:
        if isinstance(parameter.type, click.Choice) and name in parameter.type.choices:
            return f"write {parameter.opts[0]} {name}"
    group = context.parent.command if context.parent is not None else None
    if isinstance(group, click.Group):
        commands = {each: group.get_command(context, each) for each in group.list_commands(context)}
        those = [
            each
            for each, command in commands.items()
            if command is not None and any(f"--{name}" in parameter.opts for parameter in command.params)
        ]
        if those:
            return f"--{name} is an option of graphdiff {', '.join(those)}"
    is_value = len(name) == 1 and word.startswith("--")
    return f"values are given with --at {name}=1" if is_value else "--help lists the options"
