# Lecture system 11: the SVM loss of a batch, one sample a row of X, with its weights regularised.
scores = X@W.T + b
truth = one_hot(y, 3)
correct = sum(truth*scores, axis=1, keepdims=true)
margins = (1 - truth)*max(0, scores - correct + 1)
L = sum(margins, axis=1)
loss = mean(L) + lambda*sum(W^2)
