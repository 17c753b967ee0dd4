# Lecture system 11: the softmax loss of one sample, on the scores of system 10.
s = W@x + b
p = softmax(s)
loss = -log(p[y])
