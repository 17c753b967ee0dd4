"""The functions of C's standard library, and others that compilers know: no program may define one of these names."""

from __future__ import annotations

import re
from collections.abc import Collection

LIBRARY = """
abort abs aligned_alloc alloca asctime assert at_quick_exit atexit atof atoi atol bcmp bcopy bsearch btowc bzero cabs
cacos cacosh call_once calloc carg casin casinh catan catanh ccos ccosh cexp cimag clearerr clock clog clog10
cnd_broadcast cnd_destroy cnd_init cnd_signal cnd_timedwait cnd_wait conj cpow cproj creal csin csinh csqrt ctan ctanh
ctime dcgettext dgettext difftime div errno execl execle execlp execv execve execvp exit fclose feclearexcept fegetenv
fegetexceptflag fegetround feholdexcept feof feraiseexcept ferror fesetenv fesetexceptflag fesetround fetestexcept
feupdateenv fflush ffs ffsimax ffsll fgetc fgetpos fgets fgetwc fgetws finited128 finited32 finited64 finitef finitel
fopen fork fprintf fprintf_unlocked fputc fputc_unlocked fputs fputs_unlocked fputwc fputws fread free freopen fscanf
fseek fsetpos ftell fwide fwprintf fwrite fwrite_unlocked fwscanf gamma_r gammaf_r gammal_r getc getchar getenv gets
gettext getwc getwchar gmtime imaxabs imaxdiv index isalnum isalpha isascii isblank iscntrl isdigit isgraph isinfd128
isinfd32 isinfd64 isinff isinfl islower isnand128 isnand32 isnand64 isnanf isnanl isprint ispunct isspace isupper
iswalnum iswalpha iswblank iswcntrl iswctype iswdigit iswgraph iswlower iswprint iswpunct iswspace iswupper iswxdigit
isxdigit labs ldiv lgamma_r lgammaf_r lgammal_r llabs lldiv localeconv localtime longjmp malloc mblen mbrlen mbrtowc
mbsinit mbsrtowcs mbstowcs mbtowc memccpy memchr memcmp memcpy memmove mempcpy memset mktime mtx_destroy mtx_init
mtx_lock mtx_timedlock mtx_trylock mtx_unlock perror posix_memalign printf printf_unlocked putc putc_unlocked putchar
putchar_unlocked puts puts_unlocked putwc putwchar qsort quick_exit raise rand realloc remove rename rewind rindex
roundeven scanf setbuf setjmp setlocale setvbuf signal signbitd128 signbitd32 signbitd64 signbitf signbitl snprintf
sprintf srand sscanf stderr stdin stdout stpcpy stpncpy strcasecmp strcat strchr strcmp strcoll strcpy strcspn strdup
strerror strfmon strftime strlen strncasecmp strncat strncmp strncpy strndup strnlen strpbrk strrchr strspn strstr
strtod strtof strtoimax strtok strtol strtold strtoul strtoumax strxfrm swprintf swscanf system thrd_create
thrd_current thrd_detach thrd_equal thrd_exit thrd_join thrd_sleep thrd_yield time timespec_get tmpfile tmpnam toascii
tolower toupper towctrans towlower towupper tss_create tss_delete tss_get tss_set ungetc ungetwc va_arg va_copy va_end
va_start vfprintf vfscanf vfwprintf vfwscanf vprintf vscanf vsnprintf vsprintf vsscanf vswprintf vswscanf vwprintf
vwscanf wcrtomb wcscat wcschr wcscmp wcscoll wcscpy wcscspn wcsftime wcslen wcsncat wcsncmp wcsncpy wcspbrk wcsrchr
wcsrtombs wcsspn wcsstr wcstod wcstof wcstoimax wcstok wcstol wcstold wcstombs wcstoul wcstoumax wcsxfrm wctob wctomb
wctrans wctype wmemchr wmemcmp wmemcpy wmemmove wmemset wprintf wscanf
"""
"""The functions of the headers of C23 and those that GCC has built in, but for <math.h>."""


def is_library_function(name: str, mathematics: Collection[str]) -> bool:
    """Whether the library has this function, with one of these names in mathematics or another, for any float type."""
    stem = re.sub(r"(f|l|[df]\d+x?)$", "", name)
    return not {name, stem}.isdisjoint([*mathematics, *LIBRARY.split()])
