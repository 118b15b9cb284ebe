#pragma once
#include <stddef.h>

/// A text file that the binary carries: the lab's specs, and its exercises.
struct banquet_lab_file {
    /// `priority-flood.csp`, `exercises/allocator/given.csp`; null ends the list.
    const char *name;
    const unsigned char *bytes;
    size_t size;
};

extern const struct banquet_lab_file *const banquet_lab_files;
