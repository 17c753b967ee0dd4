// What the functions of Math lack: each is copied, under a name of its own, into the code that calls it.

function maximum(x, y) {
    return x >= y || x !== x ? x : y;
}

function minimum(x, y) {
    return x <= y || x !== x ? x : y;
}

// To the nearest integer, ties to even: Math.round takes the larger.
function round(x) {
    const found = Math.round(x);
    return found - x === 0.5 && found % 2 !== 0 ? found - 1 : found;
}

// As IEEE 754 has it: 1 to any power is 1, and so is -1 to an infinite one.
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
    const z = Math.fround(x); // few digits: its square is exact
    return Math.exp(-z*z)*Math.exp((z - x)*(z + x))/(Math.sqrt(Math.PI)*below);
}
