#pragma once
#include <sys/eventfd.h>
#include <sys/prctl.h>

/// A counter in the kernel that one thread writes to end another's poll; closed on exec, never blocking.
/// Returns the file descriptor, or -1 with errno set.
static inline int banquet_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

/// Names the calling thread, for debuggers and `top`; the kernel keeps 15 bytes.
static inline void banquet_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }
