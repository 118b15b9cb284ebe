#ifndef BANQUET_CPREFETCH_H
#define BANQUET_CPREFETCH_H

/// Asks for the memory at an address to be brought near; the processor goes on at once. Any address will do.
static inline void prefetch(const void *address) { __builtin_prefetch(address); }

#endif
