# Functions written in graphdiff's own language. Each is one gate; --expand opens it.
# The comment above a definition is its line in `graphdiff ops`.

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

# log(sigmoid(x))
log_sigmoid(x) = -softplus(-x)

# the inverse of sigmoid
logit(p) = log(p) - log1p(-p)

# log(exp(a) + exp(b))
logaddexp(a, b) = where(a > b, a + softplus(b - a), b + softplus(a - b))

# the secant 1/cos(x)
sec(x) = 1/cos(x)

# the cosecant 1/sin(x)
csc(x) = 1/sin(x)

# the cotangent 1/tan(x)
cot(x) = 1/tan(x)

# 2 to the power of x
exp2(x) = 2^x

# x^2
square(x) = x^2
