# Lecture system 2 with a gate of its own, which is given its derivative: y is its value.
gate sigma(u) = 1/(1+exp(-u)) with y*(1-y)
sigma(w0*x0+w1*x1+w2)
