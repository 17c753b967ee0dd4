"""Linear algebra by elimination in Rust, on matrices row by row."""

from __future__ import annotations

from collections.abc import Mapping

ELIMINATION: Mapping[str, str] = {
    "eliminate": """
// Gaussian elimination with partial pivoting makes the n rows of a triangular, and does the same to the m columns of b.
// Returns the sign of the permutation of rows, or 0 where there is no pivot.
fn eliminate(n: usize, m: usize, a: &mut [f64], b: &mut [f64]) -> f64 {
    let mut sign = 1.0;
    for k in 0..n {
        let mut pivot = k;
        for i in k + 1..n {
            pivot = if a[n*i + k].abs() > a[n*pivot + k].abs() { i } else { pivot };
        }
        if a[n*pivot + k] == 0.0 {
            return 0.0;
        }
        if pivot != k {
            sign = -sign;
            for j in k..n {
                a.swap(n*k + j, n*pivot + j);
            }
            for j in 0..m {
                b.swap(m*k + j, m*pivot + j);
            }
        }
        for i in k + 1..n {
            let factor = a[n*i + k]/a[n*k + k];
            for j in k + 1..n {
                a[n*i + j] -= factor*a[n*k + j];
            }
            for j in 0..m {
                b[m*i + j] -= factor*b[m*k + j];
            }
        }
    }
    sign
}""",
    "substitute": """
// The m columns of b become the solutions x of a @ x = b, for a triangular a.
fn substitute(n: usize, m: usize, a: &[f64], b: &mut [f64]) {
    for k in (0..n).rev() {
        for i in k + 1..n {
            for j in 0..m {
                b[m*k + j] -= a[n*k + i]*b[m*i + j];
            }
        }
        for j in 0..m {
            b[m*k + j] /= a[n*k + k];
        }
    }
}""",
    "solve_columns": """
// The m columns of b become the solutions x of a @ x = b, NaN where a is singular.
fn solve_columns(n: usize, m: usize, a: &mut [f64], b: &mut [f64]) {
    if eliminate(n, m, a, b) == 0.0 {
        b.fill(f64::NAN);
    } else {
        substitute(n, m, a, b);
    }
}""",
    "determinant": """
fn determinant(n: usize, a: &mut [f64]) -> f64 {
    let mut product = eliminate(n, 0, a, &mut []);
    for k in 0..n {
        product = if product == 0.0 { 0.0 } else { product*a[n*k + k] };
    }
    product
}""",
    "log_determinant": """
// The logarithm of the absolute value of the determinant.
fn log_determinant(n: usize, a: &mut [f64]) -> f64 {
    let mut sum = eliminate(n, 0, a, &mut []).abs().ln();
    for k in 0..n {
        sum = if sum == f64::NEG_INFINITY { sum } else { sum + a[n*k + k].abs().ln() };
    }
    sum
}""",
    "cofactors": """
// The cofactors of a: det(a)*inv(a).T, but of small and of singular matrices each the determinant of what is left
// without its row and its column, which is copied to rest. All are NaN where an entry of a is not finite.
fn cofactors(n: usize, a: &mut [f64], rest: &mut [f64], result: &mut [f64]) {
    let zero: f64 = a.iter().map(|entry| 0.0*entry).sum();
    if n > 8 {
        rest.copy_from_slice(a);
        result.fill(0.0);
        result.iter_mut().step_by(n + 1).for_each(|entry| *entry = 1.0);
        let mut product = eliminate(n, n, rest, result);
        if product != 0.0 {
            substitute(n, n, rest, result);
            for k in 0..n {
                product *= rest[n*k + k];
            }
            for i in 0..n {
                for j in 0..i {
                    result.swap(n*i + j, n*j + i);
                }
            }
            result.iter_mut().for_each(|entry| *entry = *entry*product + zero);
            return;
        }
    }
    for row in 0..n {
        for column in 0..n {
            let mut place = 0;
            for i in 0..n {
                for j in 0..n {
                    if i != row && j != column {
                        rest[place] = a[n*i + j];
                        place += 1;
                    }
                }
            }
            let minor = determinant(n - 1, rest);
            result[n*row + column] = zero + if (row + column) % 2 == 1 { -minor } else { minor };
        }
    }
}""",
    "cholesky_factor": """
// The lower triangle of a becomes the factor y with y @ y.T = a, and the entries above it 0; all become NaN where a is
// not positive definite.
fn cholesky_factor(n: usize, a: &mut [f64]) {
    let mut is_positive = true;
    for k in 0..n {
        for i in k..n {
            for j in 0..k {
                a[n*i + k] -= a[n*i + j]*a[n*k + j];
            }
            if i == k {
                is_positive = is_positive && a[n*k + k] > 0.0;
                a[n*k + k] = a[n*k + k].sqrt();
            } else {
                a[n*i + k] /= a[n*k + k];
                a[n*k + i] = 0.0;
            }
        }
    }
    if !is_positive {
        a.fill(f64::NAN);
    }
}""",
}
"""The functions that loops call for whole matrices; each changes its operands."""
