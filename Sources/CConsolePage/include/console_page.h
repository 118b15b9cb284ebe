#ifndef BANQUET_CONSOLE_PAGE_H
#define BANQUET_CONSOLE_PAGE_H

#include <stddef.h>

/// A file of the console's page, as it stands in the folder `page`: part of the program, so that the console needs no files beside it.
struct console_file {
    const char *name;
    const unsigned char *bytes;
    size_t size;
};

extern const size_t console_file_count;

/// The file with this number, from 0 to `console_file_count` - 1.
struct console_file console_file_at(size_t number);

#endif
