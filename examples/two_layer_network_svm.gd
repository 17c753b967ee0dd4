# Lecture system 12: s = W2 max(0, W1 x) with the SVM (hinge) loss, one sample a row of X.
hinge(s, truth) = sum((1 - truth)*max(0, s - sum(truth*s, axis=1, keepdims=true) + 1), axis=1)
hidden = max(0, X@W1.T)
scores = hidden@W2.T
data = mean(hinge(scores, one_hot(y, 3)))
penalty = lambda*(sum(W1^2) + sum(W2^2))
loss = data + penalty
