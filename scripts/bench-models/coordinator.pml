/* A coordinator with a queue of Q jobs of two classes and W workers, as coordinator.csp has them. -DW=6 -DQ=6, Q at most 8 */
#ifndef W
#define W 6
#endif
#ifndef Q
#define Q 6
#endif

byte waiting;           /* jobs in the queue */
byte classes;           /* bit k: the class of the k-th from the head */
byte worker[W];         /* 0 at rest, 1 ready, 2 or 3 at work on a job of class 0 or 1 */

active proctype Tenants() {
  do
  :: d_step { waiting < Q -> waiting++ }
  :: d_step { waiting < Q -> classes = classes | (1 << waiting); waiting++ }
  od
}

active [W] proctype Worker() {
  do
  :: d_step { worker[_pid - 1] == 0 -> worker[_pid - 1] = 1 }
  :: d_step { worker[_pid - 1] >= 2 -> worker[_pid - 1] = 0 }
  :: d_step {
       worker[_pid - 1] == 1 && waiting > 0 ->
       worker[_pid - 1] = 2 + (classes & 1);
       classes = classes >> 1;
       waiting--
     }
  od
}
