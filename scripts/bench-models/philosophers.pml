/* Dining philosophers, as philosophers.csp has them: six steps each, and forks that are free or held. -DN=8, -DASYMMETRIC */
#ifndef N
#define N 8
#endif
#ifdef ASYMMETRIC
#define FIRST  (_pid == 0 -> 1 : _pid)
#define SECOND (_pid == 0 -> 0 : (_pid + 1) % N)
#else
#define FIRST  _pid
#define SECOND ((_pid + 1) % N)
#endif

bit held[N];

active [N] proctype Philosopher() {
sit:
  true;
  atomic { !held[FIRST]  -> held[FIRST] = 1 };
  atomic { !held[SECOND] -> held[SECOND] = 1 };
  true;
  held[SECOND] = 0;
  held[FIRST] = 0;
  goto sit
}
