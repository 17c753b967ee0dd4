# Functions written in graphdiff's own language. Each is one gate; --expand opens it.
# The comment above a definition is its line in `graphdiff ops`; before it stand the formulas that --fuse finds.

# the larger of x and 0
relu(x) = max(0, x)

# x, or slope*x where x is negative
leaky_relu(x, slope) = where(x > 0, x, slope*x)

# x, or a*(exp(x) - 1) where x is negative
elu(x, a) = where(x > 0, x, a*expm1(x))

# x*sigmoid(x), also called swish
silu(x) = x*sigmoid(x)

# x times the normal distribution function of x
gelu(x) = x*(erfc(-x/sqrt(2))/2)

# x*tanh(softplus(x))
mish(x) = x*tanh(softplus(x))

# --fuse: log(sigmoid(x))
# log(sigmoid(x)), without overflow
log_sigmoid(x) = -softplus(-x)

# the inverse of sigmoid
logit(p) = log(p) - log1p(-p)

# --fuse: log(exp(a) + exp(b))
# log(exp(a) + exp(b)), without overflow
logaddexp(a, b) = where(a > b, a + softplus(b - a), b + softplus(a - b))

# the secant 1/cos(x)
sec(x) = 1/cos(x)

# the cosecant 1/sin(x)
csc(x) = 1/sin(x)

# the cotangent 1/tan(x)
cot(x) = cos(x)/sin(x)

# 2 to the power of x
exp2(x) = 2^x

# x^2
square(x) = x^2

# the variance of all entries (divided by their number), or of those along an axis
var(x, axis=None, keepdims=false) = mean((x - mean(x, axis=axis, keepdims=true))^2, axis=axis, keepdims=keepdims)

# the standard deviation, the root of var; its slope is 0 where that is 0
std(x, axis=None, keepdims=false) = norm(x - mean(x, axis=axis, keepdims=true), axis=axis, keepdims=keepdims)/sqrt(count(x, axis=axis))

# the sum of products of two vectors; of matrices their product
dot(a, b) = a @ b

# the sum of the diagonal of a square matrix
trace(a) = sum(a*identity_like(a), axis=(-2, -1))

# the mean over rows of -log(softmax(scores)) at the label of each
cross_entropy(scores, labels) = mean(logsumexp(scores, axis=-1) - pick(scores, labels))

# images (n, channels, height, width) correlated with kernels (kernels, channels, height, width)
conv2d(x, w, stride=1, padding=0) = moveaxis(tensordot(windows(pad(x, ((padding, padding), (padding, padding))), w[0, 0], stride=stride), w, axes=((1, 4, 5), (1, 2, 3))), -1, 1)

# the largest entry in each window of a size that moves by a stride over the last two axes
maxpool2d(x, size=2, stride=size) = max(windows(x, ones(size, size), stride=stride), axis=(-2, -1))
