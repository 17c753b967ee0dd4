"""Programs in Rust that call generated functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from graphdiff.targets.registry import Signature
from graphdiff.targets.results import leaves
from graphdiff.targets.rust.type_text import alone_or_tuple, array_text, name_leaves

CALLER = """
fn main() {
    use std::io::Read;
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).unwrap();
    let mut numbers = text.split_whitespace().map(|word| word.parse::<f64>().unwrap());
    while let Some(position) = numbers.next() {
        let mut results: Vec<f64> = Vec::new();
        match position as usize {
%s
            _ => unreachable!(),
        }
        println!("{}", results.iter().map(|each| format!("{:e}", each)).collect::<Vec<_>>().join(" "));
    }
}
"""


def program(signatures: Sequence[Signature]) -> str:
    """The source, to follow that of some functions, of a program that calls them."""
    lines = []
    for position, signature in enumerate(signatures):
        lines += [f"{position} => {{", *(f"    {line}" for line in _call(signature)), "}"]
    text = CALLER % "\n".join(f"            {line}" for line in lines)
    if any([signature.float32 for signature in signatures]):
        text = text.replace("f64", "f32").replace('{:e}", each', '{:e}", f64::from(*each)')  # with all its digits
    return text


def _call(signature: Signature) -> Iterator[str]:
    """The statements that read the operands, call the function and collect its results."""
    shapes = [leaf.shape for tree in signature.parameters for leaf in leaves(tree)]
    for place, shape in enumerate(shapes):
        if shape:
            yield f"let mut x{place} = {array_text(shape, '0.0')};"
            yield f"for entry in x{place}.iter_mut(){'.flatten()' * (len(shape) - 1)} {{"
            yield "    *entry = numbers.next().unwrap();"
            yield "}"
        else:
            yield f"let x{place} = numbers.next().unwrap();"
    names = iter([f"&x{place}" if shape else f"x{place}" for place, shape in enumerate(shapes)])
    operands = [name_leaves(tree, names) for tree in signature.parameters]
    results = [leaf.shape for result in signature.results for leaf in leaves(result.tree)]
    names = iter([f"y{place}" for place in range(len(results))])
    pattern = alone_or_tuple([name_leaves(result.tree, names) for result in signature.results])
    yield f"let {pattern} = {signature.name}({', '.join(operands)});"
    for place, shape in enumerate(results):
        entries = f"y{place}.iter(){'.flatten()' * (len(shape) - 1)}"
        yield f"results.extend({entries});" if shape else f"results.push(y{place});"
