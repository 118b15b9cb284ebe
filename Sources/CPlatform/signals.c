#define _GNU_SOURCE
#include "include/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static volatile int write_end = -1;

static void forward(int number) {
    const int saved = errno;
    const unsigned char byte = (unsigned char)number;
    // A full pipe has enough unread signals in it.
    (void)!write(write_end, &byte, 1);
    errno = saved;
}

int banquet_catch_signals(int first, int second) {
    int both[2];
    if (pipe2(both, O_CLOEXEC | O_NONBLOCK) != 0) return -1;
    write_end = both[1];
    struct sigaction action = {.sa_handler = forward, .sa_flags = SA_RESTART};
    sigfillset(&action.sa_mask);
    if (sigaction(first, &action, NULL) != 0) return -1;
    if (second != 0 && sigaction(second, &action, NULL) != 0) return -1;
    return both[0];
}
