# Lecture system 11: the softmax loss of a batch, one sample a row of X, with its weights regularised.
scores = X@W.T + b
logp = log_softmax(scores, axis=1)
L = -sum(one_hot(y, 3)*logp, axis=1)
loss = mean(L) + lambda*sum(W^2)
