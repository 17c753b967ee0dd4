# Functions of Python's libraries in graphdiff's language, under the libraries' names for them and for their parameters.
# A parameter with a default is optional. A function of the same name as graphdiff's own needs no line, if it works entry
# by entry. What no line can describe is in graphdiff/reading/python.
#
# "## numpy" begins the functions of a library, "## numpy losses" losses for each entry, which `reduction` sums up.

## math
fabs(x) = abs(x)
fmod(x, y) = where(x >= 0, mod(x, abs(y)), -mod(-x, abs(y)))
remainder(x, y) = x - y*round(x/y)
radians(x) = x*pi/180
degrees(x) = x*180/pi
copysign(x, y) = abs(x)*where(y >= 0, 1, -1)
dist(p, q) = norm(p - q)
sumprod(p, q) = sum(p*q)
fma(x, y, z) = x*y + z

## numpy
absolute(x) = abs(x)
fabs(x) = abs(x)
negative(x) = -x
positive(x) = x
reciprocal(x) = 1/x
fmod(x1, x2) = where(x1 >= 0, mod(x1, abs(x2)), -mod(-x1, abs(x2)))
fix(x) = trunc(x)
rint(x) = round(x)
maximum(x1, x2) = max(x1, x2)
minimum(x1, x2) = min(x1, x2)
fmax(x1, x2) = max(x1, x2)
fmin(x1, x2) = min(x1, x2)
deg2rad(x) = x*pi/180
radians(x) = x*pi/180
rad2deg(x) = x*180/pi
degrees(x) = x*180/pi
logaddexp2(x1, x2) = logaddexp(x1*log(2), x2*log(2))/log(2)
heaviside(x1, x2) = where(x1 == 0, x2, x1 > 0)
copysign(x1, x2) = abs(x1)*where(x2 >= 0, 1, -1)
dot(a, b) = dot(a, b)
cross(a, b) = cross(a, b)
kron(a, b) = kron(a, b)
vdot(a, b) = sum(a*b)
inner(a, b) = tensordot(a, b, axes=((-1,), (-1,)))
outer(a, b) = outer(reshape(a, -1), reshape(b, -1))
trace(a) = trace(a)
diag(v) = diag(v)
transpose(a, axes=None) = transpose(a, axes)
moveaxis(a, source, destination) = moveaxis(a, source, destination)
expand_dims(a, axis) = expand_dims(a, axis)
ravel(a) = reshape(a, -1)
roll(a, shift, axis=None) = roll(a, shift, axis=axis)
diff(a) = a[..., 1:] - a[..., :-1]
sum(a, axis=None, keepdims=false) = sum(a, axis=axis, keepdims=keepdims)
mean(a, axis=None, keepdims=false) = mean(a, axis=axis, keepdims=keepdims)
prod(a, axis=None, keepdims=false) = prod(a, axis=axis, keepdims=keepdims)
max(a, axis=None, keepdims=false) = amax(a, axis=axis, keepdims=keepdims)
min(a, axis=None, keepdims=false) = amin(a, axis=axis, keepdims=keepdims)
amax(a, axis=None, keepdims=false) = amax(a, axis=axis, keepdims=keepdims)
amin(a, axis=None, keepdims=false) = amin(a, axis=axis, keepdims=keepdims)
ptp(a, axis=None, keepdims=false) = amax(a, axis=axis, keepdims=keepdims) - amin(a, axis=axis, keepdims=keepdims)
cumsum(a, axis=None) = cumsum(a, axis=axis)
cumprod(a, axis=None) = cumprod(a, axis=axis)
sort(a, axis=-1) = sort(a, axis=axis)
median(a, axis=None, keepdims=false) = median(a, axis=axis, keepdims=keepdims)
quantile(a, q, axis=None, keepdims=false) = quantile(a, q, axis=axis, keepdims=keepdims)
percentile(a, q, axis=None, keepdims=false) = percentile(a, q, axis=axis, keepdims=keepdims)
tril(m, k=0) = tril(m, k=k)
triu(m, k=0) = triu(m, k=k)
size(a) = count(a)
zeros(shape) = zeros(shape)
ones(shape) = ones(shape)
eye(n) = eye(n)
identity(n) = eye(n)
zeros_like(a) = broadcast_to(0, a)
ones_like(a) = broadcast_to(1, a)
full_like(a, fill_value) = broadcast_to(fill_value, a)

## numpy.linalg
det(a) = det(a)
inv(a) = inv(a)
solve(a, b) = solve(a, b)
cholesky(a) = cholesky(a)
svdvals(x) = singular_values(x)
matrix_power(a, n) = matrix_power(a, n)
cross(x1, x2) = cross(x1, x2)

## scipy.special
expit(x) = sigmoid(x)
psi(x) = digamma(x)
loggamma(x) = lgamma(x)
log_expit(x) = log_sigmoid(x)
entr(x) = -xlogy(x, x)
rel_entr(x, y) = where(x == 0, 0, x*log(x/y))
kl_div(x, y) = where(x == 0, y, x*log(x/y) - x + y)
jv(v, z) = besselj(v, z)
jn(n, x) = besselj(n, x)
yv(v, z) = bessely(v, z)
yn(n, x) = bessely(n, x)
iv(v, z) = besseli(v, z)
kv(v, z) = besselk(v, z)
kn(n, x) = besselk(n, x)
j0(x) = besselj(0, x)
j1(x) = besselj(1, x)
y0(x) = bessely(0, x)
y1(x) = bessely(1, x)
i0(x) = besseli(0, x)
i1(x) = besseli(1, x)
k0(x) = besselk(0, x)
k1(x) = besselk(1, x)
i0e(x) = scaled_besseli0(abs(x))
lambertw(z) = lambertw(z)
exp10(x) = 10^x
huber(delta, r) = where(abs(r) <= delta, r^2/2, delta*(abs(r) - delta/2))
pseudo_huber(delta, r) = delta^2*(sqrt(1 + (r/delta)^2) - 1)
logsumexp(a, axis=None, keepdims=false) = logsumexp(a, axis=axis, keepdims=keepdims)

## scipy.stats.norm
pdf(x, loc=0, scale=1) = exp(-((x - loc)/scale)^2/2)/(scale*sqrt(2*pi))
logpdf(x, loc=0, scale=1) = normal_logpdf(x, loc, scale)
cdf(x, loc=0, scale=1) = normcdf((x - loc)/scale)
sf(x, loc=0, scale=1) = normcdf(-(x - loc)/scale)
logcdf(x, loc=0, scale=1) = lognormcdf((x - loc)/scale)
logsf(x, loc=0, scale=1) = lognormcdf(-(x - loc)/scale)
ppf(q, loc=0, scale=1) = loc + scale*norminv(q)
isf(q, loc=0, scale=1) = loc - scale*norminv(q)

## scipy.stats.poisson
pmf(k, mu, loc=0) = exp(poisson_logpmf(k - loc, mu))
cdf(k, mu, loc=0) = gammaincc(floor(k - loc) + 1, mu)
sf(k, mu, loc=0) = gammainc(floor(k - loc) + 1, mu)
logpmf(k, mu, loc=0) = poisson_logpmf(k - loc, mu)

## scipy.stats.binom
pmf(k, n, p, loc=0) = exp(binomial_logpmf(k - loc, n, p))
logpmf(k, n, p, loc=0) = binomial_logpmf(k - loc, n, p)

## scipy.stats.nbinom
pmf(k, n, p, loc=0) = exp(negative_binomial_logpmf(k - loc, n, p))
logpmf(k, n, p, loc=0) = negative_binomial_logpmf(k - loc, n, p)

## scipy.stats.gamma
pdf(x, a, loc=0, scale=1) = exp(gamma_logpdf(x - loc, a, 1/scale))
cdf(x, a, loc=0, scale=1) = gammainc(a, (x - loc)/scale)
sf(x, a, loc=0, scale=1) = gammaincc(a, (x - loc)/scale)
logpdf(x, a, loc=0, scale=1) = gamma_logpdf(x - loc, a, 1/scale)

## scipy.stats.beta
pdf(x, a, b, loc=0, scale=1) = exp(beta_logpdf((x - loc)/scale, a, b))/scale
cdf(x, a, b, loc=0, scale=1) = betainc(a, b, (x - loc)/scale)
sf(x, a, b, loc=0, scale=1) = betainc(b, a, 1 - (x - loc)/scale)
logpdf(x, a, b, loc=0, scale=1) = beta_logpdf((x - loc)/scale, a, b) - log(scale)

## scipy.stats.t
pdf(x, df, loc=0, scale=1) = exp(student_t_logpdf(x, df, loc, scale))
logpdf(x, df, loc=0, scale=1) = student_t_logpdf(x, df, loc, scale)

## scipy.stats.expon
pdf(x, loc=0, scale=1) = exp(exponential_logpdf(x - loc, 1/scale))
logpdf(x, loc=0, scale=1) = exponential_logpdf(x - loc, 1/scale)

## scipy.stats.weibull_min
pdf(x, c, loc=0, scale=1) = exp(weibull_logpdf(x - loc, c, scale))
logpdf(x, c, loc=0, scale=1) = weibull_logpdf(x - loc, c, scale)

## scipy.stats.vonmises
pdf(x, kappa, loc=0, scale=1) = exp(von_mises_logpdf(x/scale, loc/scale, kappa))/scale
logpdf(x, kappa, loc=0, scale=1) = von_mises_logpdf(x/scale, loc/scale, kappa) - log(scale)

## torch
absolute(input) = abs(input)
neg(input) = -input
negative(input) = -input
reciprocal(input) = 1/input
rsqrt(input) = 1/sqrt(input)
fmod(input, other) = where(input >= 0, mod(input, abs(other)), -mod(-input, abs(other)))
frac(input) = input - trunc(input)
maximum(input, other) = max(input, other)
minimum(input, other) = min(input, other)
deg2rad(input) = input*pi/180
rad2deg(input) = input*180/pi
heaviside(input, values) = where(input == 0, values, input > 0)
copysign(input, other) = abs(input)*where(other >= 0, 1, -1)
bessel_j0(input) = besselj(0, input)
bessel_j1(input) = besselj(1, input)
bessel_y0(input) = bessely(0, input)
bessel_y1(input) = bessely(1, input)
modified_bessel_i0(input) = besseli(0, input)
modified_bessel_i1(input) = besseli(1, input)
modified_bessel_k0(input) = besselk(0, input)
modified_bessel_k1(input) = besselk(1, input)
lerp(input, end, weight) = input + weight*(end - input)
mm(input, mat2) = input @ mat2
bmm(input, mat2) = input @ mat2
mv(input, vec) = input @ vec
dot(input, tensor) = dot(input, tensor)
outer(input, vec2) = outer(input, vec2)
ger(input, vec2) = outer(input, vec2)
addmm(input, mat1, mat2) = input + mat1 @ mat2
addmv(input, mat, vec) = input + mat @ vec
t(input) = transpose(input)
trace(input) = trace(input)
diag(input) = diag(input)
det(input) = det(input)
logdet(input) = logdet(input)
inverse(input) = inv(input)
moveaxis(input, source, destination) = moveaxis(input, source, destination)
movedim(input, source, destination) = moveaxis(input, source, destination)
unsqueeze(input, dim) = expand_dims(input, dim)
ravel(input) = reshape(input, -1)
roll(input, shifts, dims=None) = roll(input, shifts, axis=dims)
sum(input, dim=None, keepdim=false) = sum(input, axis=dim, keepdims=keepdim)
mean(input, dim=None, keepdim=false) = mean(input, axis=dim, keepdims=keepdim)
prod(input, dim=None, keepdim=false) = prod(input, axis=dim, keepdims=keepdim)
amax(input, dim=None, keepdim=false) = amax(input, axis=dim, keepdims=keepdim)
amin(input, dim=None, keepdim=false) = amin(input, axis=dim, keepdims=keepdim)
logsumexp(input, dim, keepdim=false) = logsumexp(input, axis=dim, keepdims=keepdim)
cumsum(input, dim) = cumsum(input, axis=dim)
cumprod(input, dim) = cumprod(input, axis=dim)
quantile(input, q, dim=None, keepdim=false) = quantile(input, q, axis=dim, keepdims=keepdim)
tril(input, diagonal=0) = tril(input, k=diagonal)
triu(input, diagonal=0) = triu(input, k=diagonal)
kron(input, other) = kron(input, other)
matrix_power(input, n) = matrix_power(input, n)
numel(input) = count(input)
softmax(input, dim) = softmax(input, axis=dim)
log_softmax(input, dim) = log_softmax(input, axis=dim)
eye(n) = eye(n)
zeros_like(input) = broadcast_to(0, input)
ones_like(input) = broadcast_to(1, input)
full_like(input, fill_value) = broadcast_to(fill_value, input)

## torch.nn.functional
softmin(input, dim) = softmax(-input, axis=dim)
logsigmoid(input) = log_sigmoid(input)
relu6(input) = clip(input, 0, 6)
leaky_relu(input, negative_slope=0.01) = leaky_relu(input, negative_slope)
elu(input, alpha=1) = elu(input, alpha)
celu(input, alpha=1) = max(input, 0) + min(alpha*expm1(input/alpha), 0)
selu(input) = 1.0507009873554805*elu(input, 1.6732632423543772)
softplus(input, beta=1) = softplus(beta*input)/beta
softsign(input) = input/(1 + abs(input))
tanhshrink(input) = input - tanh(input)
hardtanh(input, min_val=-1, max_val=1) = clip(input, min_val, max_val)
hardsigmoid(input) = clip(input/6 + 1/2, 0, 1)
hardswish(input) = input*clip(input/6 + 1/2, 0, 1)
softshrink(input, lambd=0.5) = sign(input)*max(abs(input) - lambd, 0)
hardshrink(input, lambd=0.5) = where(abs(input) > lambd, input, 0)
threshold(input, threshold, value) = where(input > threshold, input, value)
one_hot(tensor, num_classes) = one_hot(tensor, num_classes)
cosine_similarity(x1, x2, dim=1, eps=1e-8) = sum(x1*x2, axis=dim)/(max(norm(x1, axis=dim), eps)*max(norm(x2, axis=dim), eps))

## jax.nn
relu6(x) = clip(x, 0, 6)
swish(x) = silu(x)
leaky_relu(x, negative_slope=0.01) = leaky_relu(x, negative_slope)
elu(x, alpha=1) = elu(x, alpha)
celu(x, alpha=1) = max(x, 0) + min(alpha*expm1(x/alpha), 0)
selu(x) = 1.0507009873554805*elu(x, 1.6732632423543772)
soft_sign(x) = x/(1 + abs(x))
hard_tanh(x) = clip(x, -1, 1)
hard_sigmoid(x) = clip(x/6 + 1/2, 0, 1)
hard_silu(x) = x*clip(x/6 + 1/2, 0, 1)
softmax(x, axis=-1) = softmax(x, axis=axis)
log_softmax(x, axis=-1) = log_softmax(x, axis=axis)
logsumexp(a, axis=None, keepdims=false) = logsumexp(a, axis=axis, keepdims=keepdims)
one_hot(x, num_classes) = one_hot(x, num_classes)

## jax.lax
rsqrt(x) = 1/sqrt(x)
neg(x) = -x
max(x, y) = max(x, y)
min(x, y) = min(x, y)
logistic(x) = sigmoid(x)
square(x) = x^2
cumsum(operand, axis=0) = cumsum(operand, axis=axis)
cumprod(operand, axis=0) = cumprod(operand, axis=axis)
cummax(operand, axis=0) = cummax(operand, axis=axis)
cummin(operand, axis=0) = cummin(operand, axis=axis)
sort(operand, dimension=-1) = sort(operand, axis=dimension)

## graphdiff
gelu_tanh(x) = x*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x^3)))/2

## builtins
abs(x) = abs(x)

## torch.nn.functional losses
mse_loss(input, target) = (input - target)^2
l1_loss(input, target) = abs(input - target)
smooth_l1_loss(input, target, beta=1) = where(abs(input - target) < beta, (input - target)^2/(2*beta), abs(input - target) - beta/2)
huber_loss(input, target, delta=1) = where(abs(input - target) <= delta, (input - target)^2/2, delta*(abs(input - target) - delta/2))
binary_cross_entropy(input, target) = -(target*max(log(input), -100) + (1 - target)*max(log(1 - input), -100))
binary_cross_entropy_with_logits(input, target) = softplus(input) - input*target
soft_margin_loss(input, target) = softplus(-input*target)
kl_div(input, target) = where(target == 0, 0, target*log(target)) - target*input
nll_loss(input, target) = -pick(input, target)
cross_entropy(input, target) = -pick(log_softmax(input), target)
poisson_nll_loss(input, target) = exp(input) - target*input
