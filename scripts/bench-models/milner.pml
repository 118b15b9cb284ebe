/* Milner's cyclic scheduler, as milner.csp has it: the token is handed on by rendezvous. -DN=14 */
#ifndef N
#define N 14
#endif
#define NEXT ((_pid + 1) % N)

chan token[N] = [0] of { bit };

inline work() {
  true;                                 /* start */
  if
  :: true -> token[NEXT]!1              /* finish, then hand on */
  :: token[NEXT]!1 -> true              /* hand on, then finish */
  fi
}

active proctype FirstCell() {
again:
  work();
  token[_pid]?1;
  goto again
}

active [N - 1] proctype Cell() {
again:
  token[_pid]?1;
  work();
  goto again
}
