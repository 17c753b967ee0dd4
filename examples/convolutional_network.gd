# Lecture system 13: a convolutional network, AlexNet's pattern in small.
# Two images of 8x8 pixels, two maps of 8x8, three maps of 4x4, three classes.
conv1 = conv2d(images, K1, padding=1) + b1[:, None, None]
pool1 = maxpool2d(relu(conv1))
conv2 = conv2d(pool1, K2, padding=1) + b2[:, None, None]
pool2 = maxpool2d(relu(conv2))
# Fully connected: three maps of 2x2 are 12 features of each image.
features = reshape(pool2, 2, 12)
scores = features@W.T + b
loss = cross_entropy(scores, y)
