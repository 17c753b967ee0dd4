"""exp and log in C that compilers compute on vectors: without branches, tables and calls, in arithmetic alone.

Those of <math.h> are called number by number. GCC's vector library has up to 4 units in the last place, and only with
-ffast-math; these have at most 1, in any loop and outside of it.
"""

from __future__ import annotations

import re

POWER = """
static inline double vector_power_of_two(int64_t k)
{
    const uint64_t bits = (uint64_t)(k + 1023) << 52;
    double power;
    memcpy(&power, &bits, sizeof power);
    return power;
}
"""
EXP = """
/* exp(x) is exp(r)*2^k, for the rest r of x by log(2), and exp(r) a series. 2^k is two factors, so that only the last
   product rounds where the result is subnormal. */
static inline double vector_exp(double x)
{
    const double within = x > 710.0 ? 710.0 : x < -746.0 ? -746.0 : x, shift = 6755399441055744.0; /* 1.5*2^52 */
    const double shifted = within*1.4426950408889634 + shift, k = shifted - shift;
    int64_t bits, zero;
    memcpy(&bits, &shifted, sizeof bits);
    memcpy(&zero, &shift, sizeof zero);
    const int64_t whole = bits - zero, half = whole/2;
    const double r = within - k*0.693147180369123816490 - k*1.90821492927058770002e-10, r2 = r*r, r4 = r2*r2;
    const double low = (0.5 + r*(1.0/6)) + r2*(1.0/24 + r*(1.0/120));
    const double middle = (1.0/720 + r*(1.0/5040)) + r2*(1.0/40320 + r*(1.0/362880));
    const double high = (1.0/3628800 + r*(1.0/39916800)) + r2*(1.0/479001600 + r*(1.0/6227020800));
    const double y = 1.0 + (r + r2*(low + r4*(middle + r4*high)));
    return y*vector_power_of_two(half)*vector_power_of_two(whole - half);
}
#define exp(x) vector_exp(x)
"""
LOG = """
/* x is 2^k*(1 + f), and log(1 + f) a polynomial in f/(2 + f), as in fdlibm (Sun Microsystems, 1993). */
static inline double vector_log(double x)
{
    const double scaled = x < 2.2250738585072014e-308 ? x*18014398509481984.0 : x; /* times 2^54 */
    int64_t bits;
    memcpy(&bits, &scaled, sizeof bits);
    const int64_t whole = (bits - 0x3fe6a09e00000000) >> 52;
    const uint64_t rest = (uint64_t)bits - ((uint64_t)whole << 52);
    double m;
    memcpy(&m, &rest, sizeof m);
    const double k = (double)whole - (x < 2.2250738585072014e-308 ? 54.0 : 0.0);
    const double f = m - 1.0, s = f/(2.0 + f), z = s*s, w = z*z, half = 0.5*f*f;
    const double even = w*(0.3999999999940941908 + w*(0.2222219843214978396 + w*0.1531383769920937332));
    const double last = w*(0.1818357216161805012 + w*0.1479819860511658591);
    const double odd = z*(0.6666666666666735130 + w*(0.2857142874366239149 + last));
    const double low = s*(half + (even + odd)) + k*1.90821492927058770002e-10;
    const double y = k*0.693147180369123816490 - ((half - low) - f);
    return x > 0.0 ? (x < INFINITY ? y : x) : x == 0.0 ? -INFINITY : NAN;
}
#define log(x) vector_log(x)
"""
HEAD = """#include <math.h>
#include <stdint.h>
#include <string.h>
"""


def with_vector_functions(text: str) -> str:
    """The source of a library whose loops compute these functions on vectors."""
    functions = [each for name, each in (("exp", EXP), ("log", LOG)) if re.search(rf"\b{name}\(", text)]
    return "".join([HEAD, POWER, *functions, text]) if functions else text
