# Lecture system 5: x1 is used twice.
x1*x2 + sin(x1)
