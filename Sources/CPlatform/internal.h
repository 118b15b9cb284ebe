#pragma once

/// Closes every file descriptor from `first` on. Only calls the kernel: fit for a child between fork and exec.
void banquet_close_from(int first);
