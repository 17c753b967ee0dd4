# Lecture system 1 as a function; z stands beside its bracket.
f(x,y,z) = (x+y)z
