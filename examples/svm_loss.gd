# Lecture system 10: a linear classifier with the SVM (hinge) loss of one sample.
s = W@x + b
margins = max(0, s - s[y] + 1)
# The sum leaves out the true class, y.
others = 1 - one_hot(y, 3)
loss = sum(others*margins)
