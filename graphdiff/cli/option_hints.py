"""The hints about parameters in the words of the command line, which has options in their place."""

from __future__ import annotations

from graphdiff.errors import Hint

OPTION_HINTS = {
    "allow_nonfinite": "--allow-nonfinite reports it",
    "allow_nonfinite_or_wrt": "--allow-nonfinite reports it, --wrt can leave it out",
    "colon": "a condition is where(x > 0, a, b), a value is given with --at x=3, a slice is x[1:3]",
    "direction": "along a direction: --direction {name}=1",
    "function_name": "--name loss",
    "fuse": "use {names}, or --fuse, which finds {pronoun}",
    "gate_limit": "--limit 0 draws them all",
    "gate_limit_or_collapse": "--limit 0 draws them all, --collapse only those that have a name",
    "hessian": "--hessian, or along a direction: --direction {name}=1",
    "jacobian": "--jacobian, or along a direction: --direction {name}=1",
    "jsonl": "--format jsonl takes any names",
    "on_error": "--on-error null leaves such rows without results",
    "png_size": "-o with .svg or .pdf, or --collapse",
    "point": "values are given with --at x=3",
    "text_size": "an array may stand in a file: --at W=@weights.npy",
    "tikz_size": "--collapse, or another format",
    "unpack": "{command} FILE | graphdiff map … --data -",
    "upstream": "give --upstream, or make it a number: sum(…)",
    "value": "give one with --at {example}",
    "values": "values are given with --at x=1,W=[[1,2],[3,4]] or --at @point.json",
}
"""By topic, with places for its details."""


def option_hint(hint: str | None) -> str | None:
    """The hint as the command line words it."""
    return OPTION_HINTS[hint.topic].format(**hint.details) if isinstance(hint, Hint) else hint
