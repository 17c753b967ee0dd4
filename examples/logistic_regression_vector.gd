# Lecture system 7, with vectors: a cascade of score, probability and loss.
u = w@x
p = 1/(1+exp(-u))
loss = -log(p)
