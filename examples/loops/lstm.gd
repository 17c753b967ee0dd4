# A long short-term memory: a cell c that its gates forget and write, and a state h that is read from it.
z(h, row) = concat(h, row)
cell(h, c, row) = sigmoid(F@z(h, row) + 1)*c + sigmoid(I@z(h, row))*tanh(G@z(h, row))
h, c = fold((sigmoid(O@z(h, row))*tanh(cell(h, c, row)), cell(h, c, row)) for row in x, h=zeros(2), c=zeros(2))
loss = sum((h - target)^2)
