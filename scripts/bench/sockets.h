/* What the programs here share: sockets without bounds, and children that end with their parent. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

static void fail(const char *what) {
    fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, zmq_strerror(errno));
    exit(2);
}

static void *open_socket(void *context, int type) {
    void *socket = zmq_socket(context, type);
    int unlimited = 0;
    if (!socket || zmq_setsockopt(socket, ZMQ_SNDHWM, &unlimited, sizeof unlimited) ||
        zmq_setsockopt(socket, ZMQ_RCVHWM, &unlimited, sizeof unlimited))
        fail("socket");
    return socket;
}

static int child(void) {
    int pid = fork();
    if (pid < 0) fail("fork");
    if (pid == 0) prctl(PR_SET_PDEATHSIG, SIGKILL);
    return pid;
}

static double seconds(clockid_t clock) {
    struct timespec time;
    if (clock_gettime(clock, &time)) fail("clock");
    return time.tv_sec + time.tv_nsec / 1e9;
}
