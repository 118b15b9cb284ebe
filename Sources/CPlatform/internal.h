#pragma once
#include <sys/types.h>

#include "include/process.h"

/// Closes every file descriptor from `first` on. Only calls the kernel: fit for a child between fork and exec.
void banquet_close_from(int first);

/// The signals that this process ignores, and a child would too: bit 0 is signal 1.
uint64_t banquet_ignored_signals(void);

/// The same, as it was when the guard began: an agent changes none later, and asking for all of them costs a child some 60 calls.
uint64_t banquet_guard_ignored(const struct banquet_guard *guard);

/// A free place on the guard's list for the child that is about to be made; negative when there is none. It is the same one
/// until a child has taken it.
int banquet_guard_place(struct banquet_guard *guard);

/// Puts a process group on the list. Fit for a child between vfork and exec.
void banquet_guard_register(struct banquet_guard *guard, int place, pid_t group);
