#pragma once
#include <stddef.h>

/// The UCI optical-digits data as CSV text: 1,797 lines of 64 pixels (0..16) and a label (0..9).
/// digits.md beside digits.csv tells where it comes from. `banquet_digits_csv_size` is in bytes; no NUL ends it.
extern const unsigned char *const banquet_digits_csv;
extern const size_t banquet_digits_csv_size;
