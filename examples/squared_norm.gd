# Lecture system 6: the squared norm of a matrix times a vector.
# The gradient by W has the shape of W.
q = W@x
f = sum(q^2)
