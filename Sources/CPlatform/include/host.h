#pragma once
#include <sys/timex.h>

/// Whether something (NTP, PTP) keeps the wall clock right: 1 yes, 0 no, -1 unknown.
static inline int banquet_clock_is_synchronized(void) {
    struct timex query = {.modes = 0};
    const int state = adjtimex(&query);
    if (state < 0) return -1;
    return state == TIME_ERROR || (query.status & STA_UNSYNC) ? 0 : 1;
}
