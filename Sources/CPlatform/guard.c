#define _GNU_SOURCE
#include "include/process.h"
#include "internal.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/// More children than one agent ever has at once; a group beyond them is killed by its death signal alone.
enum { GROUPS_MAX = 65536 };

/// In memory of the guard's own once it has forked; nothing is allocated after that.
static int32_t groups[GROUPS_MAX];

/// A record is a process group to kill at the end, or its negative, which takes it off the list.
static void watch(int channel) {
    int count = 0;
    int32_t record;
    for (;;) {
        const ssize_t got = recv(channel, &record, sizeof record, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got != (ssize_t)sizeof record) break;
        if (record > 0 && count < GROUPS_MAX) groups[count++] = record;
        for (int i = 0; record < 0 && i < count; i++) {
            if (groups[i] == -record) {
                groups[i] = groups[--count];
                break;
            }
        }
    }
    for (int i = 0; i < count; i++) kill(-groups[i], SIGKILL);
}

/// What the guard is between its birth and its end.
static void stand_guard(int channel) {
    // A session of its own: what a terminal or a service manager sends to the agent's group must not end the guard
    // first.
    setsid();
    // A second fork, so that the agent never has to reap the guard.
    const pid_t pid = fork();
    if (pid != 0) _exit(pid < 0 ? 1 : 0);
    prctl(PR_SET_NAME, "banquet-guard");
    dup2(channel, 0);
    banquet_close_from(1);
    watch(0);
    _exit(0);
}

int banquet_guard_start(void) {
    int both[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, both) != 0) return -1;
    // Signals stay blocked in the guard: it ends when the agent does, and not before.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const pid_t pid = fork();
    if (pid == 0) stand_guard(both[0]);
    int failure = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(both[0]);
    int status = 0;
    if (pid > 0) {
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
        failure = EAGAIN;
    }
    if (pid < 0 || status != 0) {
        close(both[1]);
        errno = failure;
        return -1;
    }
    return both[1];
}

int banquet_guard_forget(int guard, pid_t group) {
    const int32_t record = -group;
    ssize_t sent;
    do {
        sent = send(guard, &record, sizeof record, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)sizeof record ? 0 : -1;
}
