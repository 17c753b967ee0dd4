# Lecture system 3: a distributor, a router and swap multipliers.
2*(x*y + max(z,w))
