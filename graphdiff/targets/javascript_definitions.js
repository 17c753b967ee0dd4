// The functions that Math lacks. Each is copied into the code that calls it, under a name of its own.

function maximum(x, y) {
    return x >= y || x !== x ? x : y;
}

function minimum(x, y) {
    return x <= y || x !== x ? x : y;
}

// x - y*floor(x/y), with the sign of y.
function remainder(x, y) {
    const rest = x % y;
    return rest === 0 ? (y < 0 ? -0 : 0) : rest < 0 !== y < 0 ? rest + y : rest;
}

// To the nearest integer, ties to even. Math.round takes the larger of two equally near ones.
function round(x) {
    const nearest = Math.round(x);
    return nearest - x === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest;
}

// As in IEEE 754: 1 to any power is 1, and -1 to an infinite power is 1.
function pow(x, y) {
    return x === 1 || (x === -1 && (y === Infinity || y === -Infinity)) ? 1 : Math.pow(x, y);
}

// 2/sqrt(pi)*exp(-x^2) times the sum of x*(2*x^2)^n/(1*3*...*(2*n + 1)), whose terms have one sign: DLMF 7.6.2.
function erf(x) {
    if (Math.abs(x) > 1.25) {
        return x < 0 ? erfc(-x) - 1 : 1 - erfc(x);
    }
    let term = 2/Math.sqrt(Math.PI)*x*Math.exp(-x*x);
    let sum = term;
    for (let n = 1; n <= 30; n += 1) {
        term *= 2*x*x/(2*n + 1);
        sum += term;
    }
    return sum;
}

// exp(-x^2)/sqrt(pi)/(x + (1/2)/(x + (2/2)/(x + (3/2)/(x + ...)))): DLMF 7.9.1.
function erfc(x) {
    if (!(x > 1.25)) {
        return 1 - erf(x);
    }
    if (x > 28) {
        return 0;
    }
    let below = x;
    for (let n = 150; n > 0; n -= 1) {
        below = x + n/2/below;
    }
    const z = Math.fround(x); // has so few digits that its square is exact
    return Math.exp(-z*z)*Math.exp((z - x)*(z + x))/(Math.sqrt(Math.PI)*below);
}
