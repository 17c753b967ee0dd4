"""List the formulas of which the printed derivative is longer than a person's, or wrong in another way:

python tests/textbook.py [--all]

With --all, list all formulas.
"""

from __future__ import annotations

import sys
from collections import Counter

from support.textbook.corpus import ROWS
from support.textbook.cost import cost
from support.textbook.printed import judge


def main() -> None:
    """Print a paragraph for each formula, and how many there are."""
    counts: Counter[str] = Counter()
    for row in ROWS:
        judgement = judge(row)
        counts.update(judgement.faults or ["as a person writes it"])
        if judgement.faults or "--all" in sys.argv:
            print(f"{row.name}: {', '.join(judgement.faults) or 'as a person writes it'}")
            print(f"  formula  {' '.join(row.command()[1:])}")
            print(f"  person   {row.person}  [{cost(row.person)}]")
            print(f"  printed  {judgement.text}  [{judgement.cost}]".replace("\n", "\n           "), end="\n\n")
    print(f"{len(ROWS)} formulas; " + "; ".join(f"{fault}: {count}" for fault, count in counts.most_common()))


if __name__ == "__main__":
    main()
