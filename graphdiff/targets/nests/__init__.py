"""Loop nests: whole-array instructions as loops over entries, for languages without arrays."""
