# Lecture system 2 with a gate of its own: --expand opens it.
sigma(u) = 1/(1+exp(-u))
sigma(w0*x0+w1*x1+w2)
