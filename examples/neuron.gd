# Lecture system 2: a sigmoid neuron, gate by gate.
# --fuse shows its last four gates as one.
1/(1+exp(-(w0*x0+w1*x1+w2)))
