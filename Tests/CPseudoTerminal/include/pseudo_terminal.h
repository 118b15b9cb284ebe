#pragma once
#include <sys/types.h>

/// Opens a pseudo-terminal; returns the end where its user sits, and writes the other end's path. -1 with errno set where there is none.
int pseudo_terminal_open(char *path, int size);

/// Starts a program (looked up in PATH) on the terminal at `path`, as the leader of a session whose terminal that is. Returns 0 or an errno.
int pseudo_terminal_spawn(const char *path, char *const argv[], char *const envp[], pid_t *child);
