#pragma once

/// Gives back the memory that the program's code takes: what is needed of it again is mapped again from its files, which the system
/// keeps in its cache anyway. For a service that has started up and mostly waits. Returns 0, or -1 with errno set.
int banquet_release_code(void);
