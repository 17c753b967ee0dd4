"""Compare random programs with JAX, and report those on which it differs from graphdiff:

python tests/random_programs.py 20000
"""

from __future__ import annotations

import sys

from support.random_programs import SHAPES, all_agree, random_program


def main(count: int, first: int) -> None:
    agreed = 0
    for seed in range(first, first + count):
        shape = ((), *SHAPES)[seed % (1 + len(SHAPES))]
        try:
            agreed += all_agree(random_program(seed, shape))
        except Exception as error:
            print(f"--- {seed}, {shape}: {type(error).__name__}: {error}", flush=True)
        if (seed + 1) % 500 == 0:
            print(f"{seed + 1 - first:,} programs, {agreed:,} of them far from kinks", flush=True)


if __name__ == "__main__":
    main(*(int(word) for word in (*sys.argv[1:], "0")[:2]))
