# Functions written in graphdiff's own language. Each is one gate, which --expand replaces by its body.
# The comment above a definition is its description in `graphdiff ops`, after the fuse patterns (--fuse) if it has any.

# the maximum of x and 0
relu(x) = max(0, x)

# x, or slope*x where x is negative
leaky_relu(x, slope) = where(x > 0, x, slope*x)

# x, or a*(exp(x) - 1) where x is negative
elu(x, a) = where(x > 0, x, a*expm1(x))

# x*sigmoid(x), also known as swish
silu(x) = x*sigmoid(x)

# x times the standard normal cumulative distribution function of x
gelu(x) = x*(erfc(-x/sqrt(2))/2)

# x*tanh(softplus(x))
mish(x) = x*tanh(softplus(x))

# --fuse: log(sigmoid(x))
# --fuse: log(1 - sigmoid(x)) -> log_sigmoid(-x)
# --fuse: log1p(-sigmoid(x)) -> log_sigmoid(-x)
# --fuse: x - log(1 + exp(x))
# --fuse: x - softplus(x)
# log(sigmoid(x)), without overflow
log_sigmoid(x) = -softplus(-x)

# --fuse: log(p/(1 - p))
# --fuse: log(p) - log(1 - p)
# --fuse: log(p) - log1p(-p)
# the inverse of sigmoid, accurate near 1/2
logit(p) = where(p < 0.25, log(p) - log1p(-p), log1p((2*p - 1)/(1 - p)))

# --fuse: log(exp(a) + exp(b))
# --fuse: log(exp(a) + exp(b) + exp(c)) -> logaddexp(logaddexp(a, b), c)
# --fuse: log(exp(a) + exp(b) + exp(c) + exp(d)) -> logaddexp(logaddexp(a, b), logaddexp(c, d))
# log(exp(a) + exp(b)), without overflow
logaddexp(a, b) = where(a > b, a + softplus(b - a), b + softplus(a - b))

# the secant 1/cos(x)
sec(x) = 1/cos(x)

# the cosecant 1/sin(x)
csc(x) = 1/sin(x)

# the cotangent 1/tan(x)
cot(x) = cos(x)/sin(x)

# the second derivative of lgamma
trigamma(x) = polygamma(1, x)

# x!, which is gamma(x + 1)
factorial(x) = gamma(x + 1)

# the logarithm of the density of a normal variable; log(2)/2 + lgamma(1/2) is log(2*pi)/2
normal_logpdf(x, mean, sd) = -((x - mean)/sd)^2/2 - log(sd) - (log(2)/2 + lgamma(1/2))

# the logarithm of the probability of a count k with the mean rate
poisson_logpmf(k, rate) = xlogy(k, rate) - rate - lgamma(k + 1)

# the logarithm of the probability of k successes in n trials, each with probability p
binomial_logpmf(k, n, p) = xlogy(k, p) + xlog1py(n - k, -p) - lbeta(k + 1, n - k + 1) - log1p(n)

# the logarithm of the probability of k failures before n successes, each with probability p
negative_binomial_logpmf(k, n, p) = n*log(p) + xlog1py(k, -p) - lbeta(n, k + 1) - log(n + k)

# the logarithm of the density of a gamma variable, for x >= 0
gamma_logpdf(x, shape, rate) = shape*log(rate) + xlogy(shape - 1, x) - rate*x - lgamma(shape) + where(x < 0, log(0), 0)

# the logarithm of the density of a beta variable, for x from 0 to 1
beta_logpdf(x, a, b) = xlogy(a - 1, x) + xlog1py(b - 1, -x) - lbeta(a, b) + where(x*(1 - x) < 0, log(0), 0)

# the logarithm of the density of a Student t variable with df degrees of freedom
student_t_logpdf(x, df, loc, scale) = -(df + 1)/2*log1p(((x - loc)/scale)^2/df) - log(scale) - log(df)/2 - lbeta(df/2, 1/2)

# the logarithm of the density of an exponential variable, for x >= 0
exponential_logpdf(x, rate) = log(rate) - rate*x + where(x < 0, log(0), 0)

# the logarithm of the density of a Weibull variable, for x >= 0
weibull_logpdf(x, shape, scale) = log(shape/scale) + xlogy(shape - 1, x/scale) - (x/scale)^shape + where(x < 0, log(0), 0)

# the logarithm of the density of a von Mises variable, an angle, with the concentration kappa >= 0
von_mises_logpdf(x, mean, kappa) = -2*kappa*sin((x - mean)/2)^2 - log(scaled_besseli0(kappa)) - (log(2) + 2*lgamma(1/2))

# 2^x
exp2(x) = 2^x

# x^2
square(x) = x^2

# the variance of all entries, or of those along an axis; the divisor is the number of entries
var(x, axis=None, keepdims=false) = mean((x - mean(x, axis=axis, keepdims=true))^2, axis=axis, keepdims=keepdims)

# the standard deviation: the square root of var, with derivative 0 where it is 0
std(x, axis=None, keepdims=false) = norm(x - mean(x, axis=axis, keepdims=true), axis=axis, keepdims=keepdims)/sqrt(count(x, axis=axis))

# the smallest entry so far along an axis; a tie goes to the first entry
cummin(x, axis=None) = -cummax(-x, axis=axis)

# for each place along an axis of x, 1 less the distance to a place, which may lie between two
closeness(x, place, axis=None) = 1 - abs(cumsum(broadcast_to(1, x), axis=axis) - 1 - place)

# the sum of the entries with a positive weight, times these weights
weighted_sum(x, w, axis=None) = sum(where(w > 0, x*w, 0), axis=axis)

# the entry at a place of the sorted entries, of all or along an axis; between two places by interpolation
order_statistic(x, place, axis=None, keepdims=false) = reshape_like(weighted_sum(sort(x, axis=axis), closeness(sort(x, axis=axis), place, axis=axis), axis=axis), sum(broadcast_to(0, x), axis=axis, keepdims=keepdims))

# the entry in the middle of the sorted entries, of all or along an axis, or the mean of the two in the middle
median(x, axis=None, keepdims=false) = order_statistic(x, (count(x, axis=axis) - 1)/2, axis=axis, keepdims=keepdims)

# the entry below which a share q of the entries lies, of all or of those along an axis; between two by interpolation
quantile(x, q, axis=None, keepdims=false) = order_statistic(x, broadcast_to(clip(q, 0, 1), count(x, axis=axis))*(count(x, axis=axis) - 1), axis=axis, keepdims=keepdims)

# the quantile for q percent
percentile(x, q, axis=None, keepdims=false) = quantile(x, q/100, axis=axis, keepdims=keepdims)

# the dot product of two vectors, or the matrix product of two matrices
dot(a, b) = a @ b

# the sum of the diagonal of a square matrix
trace(a) = sum(a*identity_like(a), axis=(-2, -1))

# the mean over rows of -log(softmax(scores)) at the label of the row
cross_entropy(scores, labels) = -mean(pick(log_softmax(scores), labels))

# the cross-correlation of images (number, channels, height, width) with kernels (number, channels, height, width)
conv2d(x, w, stride=1, padding=0) = moveaxis(tensordot(windows(pad(x, ((padding, padding), (padding, padding))), w[0, 0], stride=stride), w, axes=((1, 4, 5), (1, 2, 3))), -1, 1)

# the largest entry of each window of the given size, which moves over the last two axes by a stride
maxpool2d(x, size=2, stride=size) = max(windows(x, ones(size, size), stride=stride), axis=(-2, -1))
