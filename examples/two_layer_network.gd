# Lecture system 12: s = W2 max(0, W1 x) with the softmax loss, one sample a row of X.
hidden = max(0, X@W1.T)
scores = hidden@W2.T
data = cross_entropy(scores, y)
penalty = lambda*(sum(W1^2) + sum(W2^2))
loss = data + penalty
