#include "CDigits.h"

// #embed (C23) keeps the data in the binary, so that a worker host needs nothing but `banquet` itself, and costs the
// compiler nothing, which a Swift array literal of this size would.
#pragma clang diagnostic ignored "-Wc23-extensions"
const unsigned char banquet_digits_csv[] = {
#embed "digits.csv"
};
const size_t banquet_digits_csv_size = sizeof banquet_digits_csv;
