# Lecture system 1 with its nodes named.
q = x + y
f = q*z
