# Lecture system 1: a sum times a number.
(x+y)*z
