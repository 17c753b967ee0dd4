# The logarithm of the likelihood of what a hidden Markov model shows, by the forward algorithm.
# Row i of A and of B has scores: of the states that follow state i, and of what state i shows.
A = log_softmax(transitions)
B = log_softmax(emissions)
p = fold(logsumexp(p[:, None] + A, axis=0) + B[:, k] for k in [1, 2, 1, 0, 2], p=log_softmax(first) + B[:, 0])
likelihood = logsumexp(p)
