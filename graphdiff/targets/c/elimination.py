"""Linear algebra by elimination in C, on matrices row by row."""

from __future__ import annotations

from collections.abc import Mapping

ELIMINATION: Mapping[str, str] = {
    "eliminate": """
/* Gaussian elimination with partial pivoting makes the n rows of a triangular, and does the same to the m columns of b.
   Returns the sign of the permutation of rows, or 0 where there is no pivot. */
static double eliminate(int n, int m, double *a, double *b)
{
    double sign = 1.0;
    for (int k = 0; k < n; k++) {
        int pivot = k;
        for (int i = k + 1; i < n; i++)
            pivot = fabs(a[n*i + k]) > fabs(a[n*pivot + k]) ? i : pivot;
        if (a[n*pivot + k] == 0.0)
            return 0.0;
        sign = pivot == k ? sign : -sign;
        for (int j = k; j < n && pivot != k; j++) {
            const double entry = a[n*k + j];
            a[n*k + j] = a[n*pivot + j];
            a[n*pivot + j] = entry;
        }
        for (int j = 0; j < m && pivot != k; j++) {
            const double entry = b[m*k + j];
            b[m*k + j] = b[m*pivot + j];
            b[m*pivot + j] = entry;
        }
        for (int i = k + 1; i < n; i++) {
            const double factor = a[n*i + k]/a[n*k + k];
            for (int j = k + 1; j < n; j++)
                a[n*i + j] -= factor*a[n*k + j];
            for (int j = 0; j < m; j++)
                b[m*i + j] -= factor*b[m*k + j];
        }
    }
    return sign;
}
""",
    "substitute": """
/* The m columns of b become the solutions x of a @ x = b, for a triangular a. */
static void substitute(int n, int m, const double *a, double *b)
{
    for (int k = n - 1; k >= 0; k--) {
        for (int i = k + 1; i < n; i++)
            for (int j = 0; j < m; j++)
                b[m*k + j] -= a[n*k + i]*b[m*i + j];
        for (int j = 0; j < m; j++)
            b[m*k + j] /= a[n*k + k];
    }
}
""",
    "solve_columns": """
/* The m columns of b become the solutions x of a @ x = b, NAN where a is singular. */
static void solve_columns(int n, int m, double *a, double *b)
{
    if (eliminate(n, m, a, b) == 0.0)
        for (int place = 0; place < n*m; place++)
            b[place] = NAN;
    else
        substitute(n, m, a, b);
}
""",
    "determinant": """
static double determinant(int n, double *a)
{
    double product = eliminate(n, 0, a, a);
    for (int k = 0; k < n && product != 0.0; k++)
        product *= a[n*k + k];
    return product;
}
""",
    "log_determinant": """
/* The logarithm of the absolute value of the determinant. */
static double log_determinant(int n, double *a)
{
    double sum = log(fabs(eliminate(n, 0, a, a)));
    for (int k = 0; k < n && sum != -INFINITY; k++)
        sum += log(fabs(a[n*k + k]));
    return sum;
}
""",
    "cofactors": """
/* The cofactors of a: det(a)*inv(a).T, but of small and of singular matrices each the determinant of what is left
   without its row and its column, which is copied to rest. All are NAN where an entry of a is not finite. */
static void cofactors(int n, const double *a, double *rest, double *result)
{
    double product = 0.0, zero = 0.0;
    for (int place = 0; place < n*n; place++) {
        zero += 0.0*a[place];
        rest[place] = a[place];
        result[place] = place % (n + 1) == 0 ? 1.0 : 0.0;
    }
    if (n > 8)
        product = eliminate(n, n, rest, result);
    if (product != 0.0) {
        substitute(n, n, rest, result);
        for (int k = 0; k < n; k++)
            product *= rest[n*k + k];
        for (int i = 0; i < n; i++)
            for (int j = 0; j <= i; j++) {
                const double entry = product*result[n*i + j] + zero;
                result[n*i + j] = product*result[n*j + i] + zero;
                result[n*j + i] = entry;
            }
        return;
    }
    for (int row = 0; row < n; row++)
        for (int column = 0; column < n; column++) {
            int place = 0;
            for (int i = 0; i < n; i++)
                for (int j = 0; j < n; j++)
                    if (i != row && j != column)
                        rest[place++] = a[n*i + j];
            const double minor = determinant(n - 1, rest);
            result[n*row + column] = ((row + column) % 2 ? -minor : minor) + zero;
        }
}
""",
    "cholesky_factor": """
/* The lower triangle of a becomes the factor y with y @ y.T = a, and the entries above it 0; all become NAN where a is
   not positive definite. */
static void cholesky_factor(int n, double *a)
{
    int is_positive = 1;
    for (int k = 0; k < n; k++)
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < k && i >= k; j++)
                a[n*i + k] -= a[n*i + j]*a[n*k + j];
            is_positive = is_positive && (i != k || a[n*k + k] > 0.0);
            a[n*i + k] = i < k ? 0.0 : i == k ? sqrt(a[n*k + k]) : a[n*i + k]/a[n*k + k];
        }
    for (int place = 0; place < n*n && !is_positive; place++)
        a[place] = NAN;
}
""",
}
"""The functions that loops call for whole matrices; each changes its operands."""
