# Lecture system 15: f(g1(t), g2(t), g3(t)), the chain rule as a sum over successors.
g1 = sin(t)
g2 = t^2
g3 = exp(-t)
f(u, v, w) = u*v + v*w
f(g1, g2, g3)
