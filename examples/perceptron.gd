# Lecture system 9: a multilayer perceptron of three layers, one sample a column of a0.
z1 = W1@a0 + b1[:, None]
a1 = sigmoid(z1)
z2 = W2@a1 + b2[:, None]
a2 = sigmoid(z2)
z3 = W3@a2 + b3[:, None]
a3 = sigmoid(z3)
# Half the squared distance to the target, the mean over the samples.
loss = mean(sum((a3 - target)^2, axis=0))/2
