#define _GNU_SOURCE
#include "include/process.h"
#include "internal.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <unistd.h>

/// More children than one agent ever has at once; a group beyond them is killed by its death signal alone.
enum { GROUPS_MAX = 65536 };

struct banquet_guard {
    /// The agent's end of a pipe: closed, by whatever cause, it tells the guard that the agent has ended.
    int channel;
    /// Where a free place is looked for first.
    int next;
    /// Shared with the guard; 0 is a free place.
    pid_t *groups;
    uint64_t ignored;
};

static const size_t LIST_SIZE = GROUPS_MAX * sizeof(pid_t);

/// What the guard is between its birth and its end.
static void stand_guard(int channel, pid_t *groups) {
    // A session of its own: what a terminal or a service manager sends to the agent's group must not end the guard
    // first.
    setsid();
    // A second fork, so that the agent never has to reap the guard.
    const pid_t pid = fork();
    if (pid != 0) _exit(pid < 0 ? 1 : 0);
    prctl(PR_SET_NAME, "banquet-guard");
    dup2(channel, 0);
    banquet_close_from(1);
    char nothing;
    ssize_t got;
    do {
        got = read(0, &nothing, 1);
    } while (got < 0 && errno == EINTR);
    for (int place = 0; place < GROUPS_MAX; place++) {
        const pid_t group = __atomic_load_n(&groups[place], __ATOMIC_ACQUIRE);
        if (group > 0) kill(-group, SIGKILL);
    }
    _exit(0);
}

struct banquet_guard *banquet_guard_start(void) {
    int both[2];
    struct banquet_guard *guard = malloc(sizeof *guard);
    pid_t *groups = mmap(NULL, LIST_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (guard == NULL || groups == MAP_FAILED || pipe2(both, O_CLOEXEC) != 0) {
        const int failure = errno;
        if (groups != MAP_FAILED) munmap(groups, LIST_SIZE);
        free(guard);
        errno = failure;
        return NULL;
    }
    *guard = (struct banquet_guard){.channel = both[1], .groups = groups, .ignored = banquet_ignored_signals()};
    // Signals stay blocked in the guard: it ends when the agent does, and not before.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const pid_t pid = fork();
    if (pid == 0) stand_guard(both[0], groups);
    int failure = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(both[0]);
    int status = 0;
    if (pid > 0) {
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
        failure = EAGAIN;
    }
    if (pid < 0 || status != 0) {
        banquet_guard_close(guard);
        errno = failure;
        return NULL;
    }
    return guard;
}

uint64_t banquet_guard_ignored(const struct banquet_guard *guard) { return guard->ignored; }

int banquet_guard_place(struct banquet_guard *guard) {
    if (guard == NULL) return -1;
    for (int step = 0; step < GROUPS_MAX; step++) {
        const int place = (guard->next + step) % GROUPS_MAX;
        if (guard->groups[place] == 0) return guard->next = place;
    }
    return -1;
}

void banquet_guard_register(struct banquet_guard *guard, int place, pid_t group) {
    if (place >= 0) __atomic_store_n(&guard->groups[place], group, __ATOMIC_RELEASE);
}

void banquet_guard_forget(struct banquet_guard *guard, int place) {
    if (guard == NULL || place < 0) return;
    banquet_guard_register(guard, place, 0);
    if (place < guard->next) guard->next = place;
}

void banquet_guard_close(struct banquet_guard *guard) {
    close(guard->channel);
    munmap(guard->groups, LIST_SIZE);
    free(guard);
}
