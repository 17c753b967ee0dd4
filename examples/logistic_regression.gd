# Lecture system 7, with scalars: a cascade of score, probability and loss.
u = w0*x0 + w1*x1 + w2*x2
p = 1/(1+exp(-u))
loss = -log(p)
