# Backpropagation through time: a recurrent network reads x, a row at each step, and predicts target from its last state.
h = fold(tanh(W@h + U@x[t] + b) for t in range(len(x)), h=zeros(3))
loss = (v@h - target)^2
