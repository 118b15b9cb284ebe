#pragma once
#include <stddef.h>

/// A spec that every coordinator carries with it.
struct banquet_spec {
    /// Its path in Specs, such as `journal/journal.csp`; null ends the list.
    const char *name;
    const unsigned char *bytes;
    size_t size;
};

extern const struct banquet_spec *const banquet_specs;
