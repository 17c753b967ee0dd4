"""Functions of numbers, as courses, papers and tutorials write them: calculus, kinematics, finance, statistics."""
# ruff: noqa

import math
from math import cos, exp, log, pi, sin, sqrt


def lecture(x, y, z):
    """The circuit of the first lecture."""
    q = x + y
    f = q * z
    return f


def logistic_neuron(w0, x0, w1, x1, w2):
    dot = w0 * x0 + w1 * x1 + w2
    return 1.0 / (1.0 + math.exp(-dot))


def sigmoid_circuit(x, y):
    sigy = 1.0 / (1 + math.exp(-y))  # sigmoid in numerator
    num = x + sigy
    sigx = 1.0 / (1 + math.exp(-x))
    xpy = x + y
    xpysqr = xpy**2
    den = sigx + xpysqr
    invden = 1.0 / den
    f = num * invden
    return f


def rosenbrock(x: float, y: float, a: float = 1.0, b: float = 100.0) -> float:
    return (a - x) ** 2 + b * (y - x**2) ** 2


def himmelblau(x, y):
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


def ackley(x, y):
    part_1 = -0.2 * sqrt(0.5 * (x * x + y * y))
    part_2 = 0.5 * (cos(2 * pi * x) + cos(2 * pi * y))
    return exp(1) + 20 - 20 * exp(part_1) - exp(part_2)


def beale(x, y):
    value = (1.5 - x + x * y) ** 2
    value += (2.25 - x + x * y**2) ** 2
    value += (2.625 - x + x * y**3) ** 2
    return value


def projectile_range(v0, theta, g=9.81):
    """Range in metres; theta in radians."""
    return v0**2 * sin(2 * theta) / g


def projectile_height(v0, angle, t):
    theta = math.radians(angle)
    vy = v0 * math.sin(theta)
    return vy * t - 0.5 * 9.81 * t**2


def pendulum_period(length, theta0, g=9.80665):
    period = 2 * math.pi * math.sqrt(length / g)
    series = 1 + theta0**2 / 16 + 11 * theta0**4 / 3072
    return period * series


def lens(f, d_o):
    d_i = 1 / (1 / f - 1 / d_o)
    m = -d_i / d_o
    return m


def relativistic_energy(m, v):
    c = 299792458.0
    gamma = 1 / math.sqrt(1 - (v / c) ** 2)
    return (gamma - 1) * m * c**2


def planck(wavelength, T):
    h, c, k = 6.626e-34, 3.0e8, 1.381e-23
    a = 2.0 * h * c**2
    b = h * c / (wavelength * k * T)
    return a / (wavelength**5 * (math.exp(b) - 1.0))


def van_der_waals(n, V, T):
    R = 8.314
    a = 0.1382
    b = 3.186e-5
    return n * R * T / (V - n * b) - a * n**2 / V**2


def lennard_jones(r, epsilon=0.0103, sigma=3.4):
    sr6 = (sigma / r) ** 6
    return 4 * epsilon * (sr6**2 - sr6)


def compound_interest(principal, rate, years, n=12):
    return principal * (1 + rate / n) ** (n * years)


def loan_payment(loan, annual_rate, years):
    monthly_rate = annual_rate / 12
    number_of_payments = years * 12
    return loan * monthly_rate / (1 - (1 + monthly_rate) ** -number_of_payments)


def bond_price(coupon, face, ytm, periods=5):
    price = 0
    for t in range(1, periods + 1):
        price += coupon / (1 + ytm) ** t
    price += face / (1 + ytm) ** periods
    return price


def net_present_value(rate, c0, c1, c2, c3):
    cash_flows = [c0, c1, c2, c3]
    return sum(cf / (1 + rate) ** t for t, cf in enumerate(cash_flows))


def norm_cdf(x):
    return 0.5 * (1 + math.erf(x / math.sqrt(2)))


def black_scholes_call(S, K, T, r, sigma):
    d1 = (math.log(S / K) + (r + 0.5 * sigma**2) * T) / (sigma * math.sqrt(T))
    d2 = d1 - sigma * math.sqrt(T)
    return S * norm_cdf(d1) - K * math.exp(-r * T) * norm_cdf(d2)


def gaussian(x, mu=0.0, sigma=1.0):
    return 1 / (sigma * sqrt(2 * pi)) * exp(-0.5 * ((x - mu) / sigma) ** 2)


def binary_entropy(p):
    q = 1 - p
    return -(p * math.log2(p) + q * math.log2(q))


def poisson_log_likelihood(lam, k):
    return k * math.log(lam) - lam - math.lgamma(k + 1)


def huber(residual, delta=1.5):
    if abs(residual) <= delta:
        return 0.5 * residual**2
    else:
        return delta * (abs(residual) - 0.5 * delta)


def leaky_relu(x, alpha=0.01):
    return x if x > 0 else alpha * x


def tax(income):
    if income <= 10000:
        return 0.1 * income
    elif income <= 40000:
        return 1000 + 0.2 * (income - 10000)
    else:
        return 7000 + 0.3 * (income - 40000)


def bump(x):
    if -1 < x < 1:
        y = math.exp(-1 / (1 - x**2))
    else:
        y = 0.0
    return y


def clamp(x, low, high):
    if x < low:
        return low
    if x > high:
        return high
    return x


def smoothstep(edge0, edge1, x):
    t = max(0.0, min(1.0, (x - edge0) / (edge1 - edge0)))
    return t * t * (3.0 - 2.0 * t)


def newton_sqrt(a):
    x = a
    for _ in range(6):
        x = 0.5 * (x + a / x)
    return x


def horner(x, a0, a1, a2, a3):
    coefficients = [a3, a2, a1, a0]
    result = 0
    for c in coefficients:
        result = result * x + c
    return result


def power(x, n):
    if n == 0:
        return 1
    return x * power(x, n - 1)


def fifth_power(x):
    return power(x, 5)


def taylor_sine(x, terms=6):
    total = 0.0
    sign = 1
    term = x
    k = 1
    while k <= terms:
        total += sign * term
        term *= x * x / ((2 * k) * (2 * k + 1))
        sign = -sign
        k += 1
    return total


def euler_method(k, y0, steps=10):
    """y' = -k*y by Euler's method."""
    h = 1.0 / steps
    y = y0
    for i in range(steps):
        y = y + h * (-k * y)
    return y


def runge_kutta(a, y0):
    def f(t, y):
        return a * y * (1 - y) + t

    h, t, y = 0.25, 0.0, y0
    for step in range(4):
        k1 = f(t, y)
        k2 = f(t + h / 2, y + h * k1 / 2)
        k3 = f(t + h / 2, y + h * k2 / 2)
        k4 = f(t + h, y + h * k3)
        y = y + h * (k1 + 2 * k2 + 2 * k3 + k4) / 6
        t = t + h
    return y


def simpson(a, b):
    n = 8
    f = lambda x: math.exp(-(x**2))
    h = (b - a) / n
    s = f(a) + f(b)
    for i in range(1, n):
        if i % 2 == 1:
            s += 4 * f(a + i * h)
        else:
            s += 2 * f(a + i * h)
    return s * h / 3


def heron(a, b, c):
    s = (a + b + c) / 2
    return math.sqrt(s * (s - a) * (s - b) * (s - c))


def haversine(lat1, lon1, lat2, lon2):
    R = 6371.0
    lat1, lon1, lat2, lon2 = map(math.radians, [lat1, lon1, lat2, lon2])
    dlat = lat2 - lat1
    dlon = lon2 - lon1
    a = math.sin(dlat / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin(dlon / 2) ** 2
    return 2 * R * math.asin(math.sqrt(a))


def remainder(x, y):
    return x % y + (x // y) * y**2


def spherical_to_z(r, theta, phi):
    x = r * sin(theta) * cos(phi)
    y = r * sin(theta) * sin(phi)
    z = r * cos(theta)
    return x + 2 * y + 3 * z


def arrhenius(A, Ea, T, R=8.314):
    assert T > 0, "temperature must be positive"
    return A * exp(-Ea / (R * T))


def checked_ratio(a, b):
    if b == 0:
        raise ValueError("b must not be zero")
    return a / b


def softplus(x):
    if x > 30:
        return x
    return math.log1p(math.exp(x))


def logistic_growth(t, K, P0, r):
    A = (K - P0) / P0
    return K / (1 + A * math.exp(-r * t))


def atan2_angle(y, x):
    return math.atan2(y, x) + math.hypot(x, y, 1.0)


def alternating(x):
    value = 1.0
    signs = (1, -1, 1)
    for s, k in zip(signs, range(2, 5)):
        value += s * x**k / math.factorial(k)
    return value
