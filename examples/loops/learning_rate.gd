# Gradient descent on a loss, and the derivative of the loss at its end by the learning rate.
w = fold(w - rate*2*X.T@(X@w - y)/len(y) for step in range(10), w=zeros(2))
loss = mean((X@w - y)^2)
