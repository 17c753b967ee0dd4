"""Rust: the source of functions, and programs that call them."""

from graphdiff.targets.rust.language import source as source
from graphdiff.targets.rust.program import program as program
