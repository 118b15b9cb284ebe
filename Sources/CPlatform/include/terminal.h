#pragma once

/// Takes a terminal for whole pictures: keys come one by one and aren't shown, and what stood there before is kept aside.
/// However the process ends, save by SIGKILL, the terminal is given back as it was: at exit, and where the process is killed by a fault of
/// its own. Returns 0, or -1 with errno set.
int banquet_terminal_enter(int input, int output);

/// Gives it back. Safe in a signal handler, and without effect where nothing was taken.
void banquet_terminal_leave(void);
