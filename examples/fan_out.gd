# Lecture system 4: b feeds both x and y, so two gradients add up at b.
x = a+b; y = b+c; z = x*y
