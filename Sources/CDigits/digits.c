#include "CDigits.h"

// #embed (C23) keeps the data in the binary, so that a worker host needs nothing but `banquet` itself, and costs the
// compiler nothing, which a Swift array literal of this size would.
#pragma clang diagnostic ignored "-Wc23-extensions"
static const unsigned char csv[] = {
#embed "digits.csv"
};
// A pointer, for Swift can't see an array whose length the header does not tell.
const unsigned char *const banquet_digits_csv = csv;
const size_t banquet_digits_csv_size = sizeof csv;
