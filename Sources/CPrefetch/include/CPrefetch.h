#ifndef BANQUET_CPREFETCH_H
#define BANQUET_CPREFETCH_H

/// Asks for the memory at an address to be brought near; the processor goes on at once. Any address will do.
static inline void prefetch(const void *address) { __builtin_prefetch(address); }

/// Tells the processor that this is a loop that waits for another thread.
static inline void pause_waiting(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

#endif
