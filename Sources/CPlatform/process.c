#define _GNU_SOURCE
#include "include/process.h"
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

void banquet_close_from(int first) {
    if (syscall(SYS_close_range, first, ~0U, 0) == 0) return;
    // A kernel before 5.9, or a sandbox that knows no close_range.
    struct rlimit limit;
    int end = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < 65536 ? (int)limit.rlim_cur : 65536;
    for (int descriptor = first; descriptor < end; descriptor++) close(descriptor);
}

uint64_t banquet_ignored_signals(void) {
    uint64_t ignored = 0;
    for (int number = 1; number <= SIGRTMAX; number++) {
        unsigned long action[8];
        if (syscall(SYS_rt_sigaction, number, NULL, action, 8) == 0 && action[0] == (unsigned long)SIG_IGN) {
            ignored |= UINT64_C(1) << (number - 1);
        }
    }
    return ignored;
}

/// Exec itself resets what has a handler; what is ignored stays ignored.
static void reset_signals(uint64_t ignored) {
    // The kernel's own call, for the C library keeps two signals to itself, which a parent may have left ignored. All
    // zeros is SIG_DFL.
    const unsigned long action[8] = {0};
    for (int number = 1; number <= SIGRTMAX; number++) {
        if (ignored >> (number - 1) & 1) syscall(SYS_rt_sigaction, number, action, NULL, 8);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/// The four ends that a child gets, in the order of their numbers there: standard input, output, error, metrics.
enum { CHILD_DESCRIPTORS = BANQUET_METRICS_DESCRIPTOR + 1 };

/// Only the kernel's own calls: the C library's would make every thread of the parent, whose memory this is, change too.
static int change_user(const struct banquet_child *child) {
    if (!child->changes_user) return 0;
    if (syscall(SYS_setgroups, (size_t)child->group_count, child->groups) != 0) return errno;
    if (syscall(SYS_setresgid, child->group, child->group, child->group) != 0) return errno;
    if (syscall(SYS_setresuid, child->user, child->user, child->user) != 0) return errno;
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : errno;
}

static int set_limits(const struct banquet_child *child) {
    for (int i = 0; i < child->limit_count; i++) {
        const struct rlimit64 limit = {.rlim_cur = child->limits[i].value, .rlim_max = child->limits[i].value};
        if (syscall(SYS_prlimit64, 0, child->limits[i].resource, &limit, NULL) != 0) return errno;
    }
    return 0;
}

/// Runs in the child, between vfork and exec: it shares the parent's memory, so it only calls the kernel, and tells its
/// failure by writing to `step`. Returns the error number; does not return when it succeeds.
static int become(const struct banquet_child *child, const int ends[CHILD_DESCRIPTORS], int place, pid_t parent,
                  uint64_t ignored, volatile enum banquet_spawn_step *step) {
    *step = BANQUET_SPAWN_RESOURCES;
    if (setpgid(0, 0) != 0) return errno;
    banquet_guard_register(child->guard, place, getpid());
    // First out of the way of the numbers they are to have: the parent's own standard files may have been closed.
    int moved[CHILD_DESCRIPTORS];
    for (int i = 0; i < CHILD_DESCRIPTORS; i++) {
        moved[i] = fcntl(ends[i], F_DUPFD, CHILD_DESCRIPTORS);
        if (moved[i] < 0) return errno;
    }
    for (int i = 0; i < CHILD_DESCRIPTORS; i++) {
        if (dup2(moved[i], i) < 0) return errno;
    }
    banquet_close_from(CHILD_DESCRIPTORS);
    int failure;
    *step = BANQUET_SPAWN_LIMITS;
    if ((failure = set_limits(child)) != 0) return failure;
    *step = BANQUET_SPAWN_USER;
    if ((failure = change_user(child)) != 0) return failure;
    // After the change of user, which disarms it.
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return errno;
    // The parent may have died before the death signal was armed.
    if (getppid() != parent) return ESRCH;
    *step = BANQUET_SPAWN_DIRECTORY;
    if (chdir(child->directory) != 0) return errno;
    *step = BANQUET_SPAWN_EXECUTE;
    reset_signals(ignored);
    execve(child->path, child->arguments, child->environment);
    return errno;
}

/// vfork, so that the cost does not grow with the agent's memory; every signal is blocked meanwhile, because a handler
/// that ran in the child would run in the parent's memory. Returns the pid, or -1 with the error number in `failure`.
static pid_t start(const struct banquet_child *child, const int ends[CHILD_DESCRIPTORS], int place,
                   uint64_t ignored, enum banquet_spawn_step *step, int *failure) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    volatile int code = 0;
    volatile enum banquet_spawn_step reached = BANQUET_SPAWN_RESOURCES;
    const pid_t parent = getpid();
    const pid_t pid = vfork();
    if (pid == 0) {
        code = become(child, ends, place, parent, ignored, &reached);
        _exit(127);
    }
    if (pid < 0) code = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    *step = reached;
    *failure = code;
    if (pid > 0 && code != 0) {
        banquet_guard_forget(child->guard, place);
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
        return -1;
    }
    return pid;
}

static void close_all(const int *descriptors, int count) {
    for (int i = 0; i < count; i++) {
        if (descriptors[i] >= 0) close(descriptors[i]);
    }
}

int banquet_spawn(const struct banquet_child *child, struct banquet_running *running, enum banquet_spawn_step *step) {
    int ends[CHILD_DESCRIPTORS] = {-1, -1, -1, -1};   // The child's.
    int mine[CHILD_DESCRIPTORS] = {-1, -1, -1, -1};   // The process, and the read ends.
    int failure = 0;
    *step = BANQUET_SPAWN_RESOURCES;
    ends[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (ends[0] < 0) failure = errno;
    for (int i = 1; i < CHILD_DESCRIPTORS && failure == 0; i++) {
        int both[2];
        if (pipe2(both, O_CLOEXEC) != 0) {
            failure = errno;
            break;
        }
        mine[i] = both[0];
        ends[i] = both[1];
        // The reader alone must not block; the child's end stays as programs expect theirs.
        if (fcntl(mine[i], F_SETFL, O_NONBLOCK) != 0) failure = errno;
    }
    pid_t pid = -1;
    const int place = banquet_guard_place(child->guard);
    const uint64_t ignored = child->guard != NULL ? banquet_guard_ignored(child->guard) : banquet_ignored_signals();
    if (failure == 0) pid = start(child, ends, place, ignored, step, &failure);
    if (pid > 0) {
        mine[0] = (int)syscall(SYS_pidfd_open, pid, 0);
        if (mine[0] < 0) {
            failure = errno;
            kill(-pid, SIGKILL);
            banquet_guard_forget(child->guard, place);
            while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
        }
    }
    close_all(ends, CHILD_DESCRIPTORS);
    if (failure != 0) {
        close_all(mine, CHILD_DESCRIPTORS);
        return failure;
    }
    fcntl(mine[0], F_SETFD, FD_CLOEXEC);
    *running = (struct banquet_running){
        .pid = pid, .place = place, .process = mine[0], .output = mine[1], .error = mine[2], .metrics = mine[3]};
    return 0;
}

int banquet_reap(int process, int *code, int *signal) {
    siginfo_t information = {0};
    const idtype_t by_process_descriptor = (idtype_t)3;   // P_PIDFD, which older headers lack.
    int result;
    do {
        result = waitid(by_process_descriptor, (id_t)process, &information, WEXITED | WNOHANG);
    } while (result != 0 && errno == EINTR);
    if (result != 0) return -1;
    if (information.si_pid == 0) return 0;
    const int exited = information.si_code == CLD_EXITED;
    *code = exited ? information.si_status : 0;
    *signal = exited ? 0 : information.si_status;
    return 1;
}
