"""WORKSHEET: a formula at several points as an exercise: circuits with empty boxes, tables with blanks, and the key."""
