#pragma once
#include <sys/types.h>

#include "include/process.h"

/// Closes every file descriptor from `first` on. Only calls the kernel: fit for a child between fork and exec.
void banquet_close_from(int first);

/// A free place on the guard's list for the child that is about to be made; negative when there is none. It is the same one
/// until a child has taken it.
int banquet_guard_place(struct banquet_guard *guard);

/// Puts a process group on the list. Fit for a child between vfork and exec.
void banquet_guard_register(struct banquet_guard *guard, int place, pid_t group);
