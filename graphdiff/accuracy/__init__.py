"""How right the numbers of a trace are: those that 64 bits get wrong, and gradients at kinks."""
