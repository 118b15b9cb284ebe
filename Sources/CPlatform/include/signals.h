#pragma once

/// From now on `first` and `second` (0 for none) don't end this process: each arrival makes the returned file
/// descriptor readable, which gives the signal's number as one byte. Never blocks, closed on exec. Once a process; -1
/// with errno set on failure.
int banquet_catch_signals(int first, int second);
