# Lecture system 8: linear regression by least squares, one sample a row of X.
prediction = X@w + b
residual = prediction - y
loss = mean(residual^2) + lambda*sum(w^2)
