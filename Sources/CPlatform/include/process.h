#pragma once
#include <stdint.h>
#include <sys/types.h>

/// The file descriptor number under which a child finds the pipe for its metrics.
#define BANQUET_METRICS_DESCRIPTOR 3

/// A process that kills what an agent leaves; see `banquet_guard_start`.
struct banquet_guard;

/// A bound of setrlimit's, soft and hard.
struct banquet_limit {
    int resource;
    uint64_t value;
};

/// What a child is started as. The arrays end with a null pointer.
struct banquet_child {
    /// The file to execute; nothing is looked up.
    const char *path;
    char *const *arguments;
    char *const *environment;
    /// The child's working directory.
    const char *directory;
    /// Where it is registered, or null for nowhere.
    struct banquet_guard *guard;
    /// Not 0: it becomes `user`, in `group` and `groups` alone, and can't become anybody else by a setuid program.
    int changes_user;
    uid_t user;
    gid_t group;
    const gid_t *groups;
    int group_count;
    const struct banquet_limit *limits;
    int limit_count;
};

/// A child that runs. Read ends and the process descriptor don't block and are closed on exec; the caller closes them.
struct banquet_running {
    pid_t pid;
    /// Its place in the guard's list; negative for none.
    int place;
    /// Becomes readable when the child has ended.
    int process;
    int output;
    int error;
    int metrics;
};

/// What could not be done when `banquet_spawn` fails.
enum banquet_spawn_step {
    BANQUET_SPAWN_RESOURCES,
    BANQUET_SPAWN_LIMITS,
    BANQUET_SPAWN_USER,
    BANQUET_SPAWN_DIRECTORY,
    BANQUET_SPAWN_EXECUTE,
};

/// Starts a child: the leader of a process group of its own, with standard input from /dev/null, output, error and
/// metrics into pipes, no other file open, every signal at its default and none blocked.
///
/// The kernel kills the child (SIGKILL) when the THREAD that called this ends, so that no child outlives its agent:
/// call it from a thread that lives as long as the agent does. The calling thread waits until the child has executed
/// its program or failed to.
///
/// Returns 0, or an error number with `step` set; then no child is left.
int banquet_spawn(const struct banquet_child *child, struct banquet_running *running, enum banquet_spawn_step *step);

/// Asks whether the child has ended, without waiting, and when it has, takes its status: then its pid is free for
/// others. Returns 1 and sets `code` (exited) or `signal` (killed), the other one 0; returns 0 while it runs, -1 with
/// errno set on failure.
int banquet_reap(int process, int *code, int *signal);

/// Starts a process that outlives this one for a moment: when this one ends, however it ends, the guard kills (SIGKILL)
/// the process groups of all children that are registered with it. The death signal of `banquet_spawn` reaches a child
/// alone, not what that child started.
///
/// The list is memory that both share, so that registering costs a store and wakes nobody.
///
/// Returns the guard, to be given to `banquet_spawn`, which registers, and to `banquet_guard_forget`; null with errno set on
/// failure. All of it from one thread.
struct banquet_guard *banquet_guard_start(void);

/// Takes a child's process group off the guard's list: call it before `banquet_reap` frees the number.
void banquet_guard_forget(struct banquet_guard *guard, int place);

/// Ends the guard, as the agent's end does: it kills what is on its list.
void banquet_guard_close(struct banquet_guard *guard);
