/// Specs that every coordinator carries with it, each as one text with all that it includes.
///
/// Printed from Specs by scripts/generate-vocabulary; don't edit it.
enum EmbeddedSpecs {
    /// Specs/journal/journal.csp
    static let journal = #"""
-- The journal: what its processes, side by side, can't do.
--
-- The coordinator writes down every decision before anybody hears of it, so a journal is the whole truth about a run. processes.csp
-- says what a journal may be, one process for each object. Here a few of these stand side by side, with a process that says
-- what the facts of the vocabulary mean, and what an operator cares for is proved of all of them together: whatever a
-- journal is that the monitor doesn't refuse, it kept these promises.
--
-- The model leaves out time, slots, and how often a unit may be tried. Bounds: a gang of 2 ranks on its own, and an array of 2 tasks
-- on its own; 2 workers, 3 leases. The processes never compare two objects, save by the facts, so a third worker or task is like
-- the second; a third lease of a unit is like the second, for LEASE and TASK keep nothing of the ones before.

-- The vocabulary of a journal: every event that the coordinator writes down, with the facts that decide what may come next.
--
-- Printed from the tables in Sources/Coordination/Vocabulary and Sources/Verification/Conformance by
-- scripts/generate-vocabulary; don't edit it. A spec that includes this file defines the sets, and so its bounds:
-- JOBS, INDICES (of a job's units), EPOCHS, WORKERS.

-- a job's number, an epoch: the next after the last one that was given out, or another
datatype Order = Next | Amiss

-- a gang, or an array of tasks
datatype Shape = Gang | Array

-- whether the job comes after others
datatype Claim = Unbound | Bound

-- of a rank: the next in its generation's row, and whether it is the last; else Astray. Of a task: Inner, if there is one
datatype Place = Inner | Last | Astray

-- against the last attempt of the gang, or of the array's task: the same, one more, or another
datatype Attempt = Same | Further | Wrong

-- stopped, or whatever else
datatype Outcome = Stopped | Failed

-- the whole gang, or one task of an array
datatype Part = All | One.INDICES

-- the program failed, a worker was lost, or it made room
datatype Reason = Failure | Loss | Preemption

-- a checkpoint's step: later than the one before, or not
datatype Step = Onward | Backward

-- succeeded, failed, cancelled
datatype End = Success | Defeat | Abort

-- an incarnation: later than the worker's last, that one itself, or an earlier one
datatype Life = Later | Present | Past

-- the unit of a job with an index
datatype Units = Unit.JOBS.INDICES
TASKS = Units

channel submit : JOBS.Order.Shape.Claim                    -- a job was submitted and admitted
channel form : JOBS                                        -- the ranks of an elastic gang's next generation were counted
channel assign : TASKS.EPOCHS.WORKERS.Order.Place.Attempt  -- a lease was granted to a worker
channel accept : TASKS.EPOCHS                              -- the worker took the lease; a task runs, a rank waits for its gang
channel start : JOBS.Attempt                               -- all ranks of a gang have accepted, and were told to run
channel finish : TASKS.EPOCHS                              -- the unit ended well, and so its lease
channel fail : TASKS.EPOCHS.Outcome                        -- the unit ended in another way, and so its lease
channel lapse : TASKS.EPOCHS                               -- the lease is void: its worker was lost or left
channel retry : JOBS.Part.Reason                           -- a task, or a whole gang, goes back to the queue
channel expire : JOBS.Part                                 -- the time limit of a task or gang is over; it is to stop
channel preempt : JOBS.Part                                -- a task or gang makes room for another job; it is to stop
channel checkpoint : JOBS.Step                             -- rank 0's checkpoint is in the store
channel cancel : JOBS                                      -- somebody asked for the job's end
channel end : JOBS.End                                     -- the job ended; nothing of it is held any more
channel join : WORKERS.Life                                -- a worker became a member
channel leave : WORKERS                                    -- a worker that held nothing went away in good order
channel crash : WORKERS.Life                               -- an incarnation of a worker is over; what it held lapsed before
channel cordon : WORKERS                                   -- the worker gets no new leases
channel uncordon : WORKERS                                 -- the worker gets leases again
channel recover                                            -- the coordinator started on a state folder that was used before

-- The processes that a journal is held against: one for each lease, unit, job, worker, and one for the cluster.
--
-- A journal is the trace of all of them side by side, however many there are: an entry is allowed when every process
-- whose events it is among allows it. Each process sees only the events of its own object. So the checker compiles it once, for
-- any one object, and the monitor keeps for every lease, unit, job and worker of a real journal no more than the state that it is in
-- (docs/conformance.md). journal.csp puts a small number of them side by side and proves what follows.
--
-- What an entry carries besides its object is seen as far as it decides what may come: whether a number is the one that
-- is due (Order, Place, Attempt, Life, Step), and what kind of end it was. vocabulary.csp says what each word means.
--
-- What is left out: how often a unit may be tried (its counters are the job's own data), time, and slots.

-- The right to run one unit, once: granted, taken, and ended in exactly one way. A result never counts before the
-- worker has the lease, nor twice.
LEASE(t, e) =
  let
    UNKNOWN = assign.t.e?w?o?p?a -> GRANTED
    GRANTED = accept.t.e -> TAKEN [] fail.t.e?o -> OVER [] lapse.t.e -> OVER
    TAKEN = finish.t.e -> OVER [] fail.t.e?o -> OVER [] lapse.t.e -> OVER
    OVER = STOP
  within UNKNOWN

LEASE_EVENTS(t, e) = {| assign.t.e, accept.t.e, finish.t.e, fail.t.e, lapse.t.e |}

-- What a worker holds: as long as it does, this life of it is not over.
HOLDING(t, e, w) =
  let
    FREE =
      (assign.t.e.w?o?p?a -> HELD)
      []
      (finish.t.e -> FREE)
      []
      (fail.t.e?o -> FREE)
      []
      (lapse.t.e -> FREE)
      []
      (leave.w -> FREE)
      []
      (crash.w?l -> FREE)
    HELD = finish.t.e -> FREE [] fail.t.e?o -> FREE [] lapse.t.e -> FREE
  within FREE

HOLDING_EVENTS(t, e, w) = {| assign.t.e.w, finish.t.e, fail.t.e, lapse.t.e, leave.w, crash.w |}

-- Why what holds a lease is to stop, although nobody cancelled its job: its time limit is over, or it makes room.
datatype Halt = None | Expired | Displaced

-- Why a lease ended in vain, by how it ended and what it was told before. A unit that stops without being asked was stopped by
-- its worker, which leaves.
failed(Expired, o) = Failure
failed(Displaced, o) = if o == Stopped then Preemption else Failure
failed(None, o) = if o == Stopped then Loss else Failure

lapsed(Expired) = Failure
lapsed(Displaced) = Preemption
lapsed(None) = Loss

-- One unit of a job, with one live lease at most. A task of an array is tried, and tried again after it was in vain; a rank of
-- a gang waits for the others once it has accepted, and all of them end together.
TASK(j, i) =
  let
    t = Unit.j.i
    NEW =
      (submit.j?o!Gang?c -> IDLE) [] (submit.j?o!Array?c -> WAITING(c == Bound))

    -- `bound`: its job comes after others, and fails with them.
    WAITING(bound) =
      (assign.t?e?w?o?p!Further -> ASSIGNED(None))
      []
      (cancel.j -> CANCELLED)
      []
      (bound & end.j!Defeat -> OVER)
    ASSIGNED(halt) =
      (accept.t?e -> RUNNING(halt))
      []
      (fail.t?e!Stopped -> IN_VAIN(failed(halt, Stopped)))
      []
      (lapse.t?e -> IN_VAIN(lapsed(halt)))
      []
      (halt == None & expire.j.One.i -> ASSIGNED(Expired))
      []
      (halt == None & preempt.j.One.i -> ASSIGNED(Displaced))
      []
      (cancel.j -> STOPPING(halt != None, false))
    RUNNING(halt) =
      (finish.t?e -> DONE)
      []
      (fail.t?e?o -> IN_VAIN(failed(halt, o)))
      []
      (lapse.t?e -> IN_VAIN(lapsed(halt)))
      []
      (halt == None & expire.j.One.i -> RUNNING(Expired))
      []
      (halt == None & preempt.j.One.i -> RUNNING(Displaced))
      []
      (cancel.j -> STOPPING(halt != None, true))
    IN_VAIN(reason) =
      (retry.j.One.i.reason -> WAITING(false))
      []
      (reason != Preemption & end.j!Defeat -> OVER)
      []
      (cancel.j -> CANCELLED)
    DONE = end.j?x:{Success, Defeat} -> OVER [] cancel.j -> CANCELLED
    -- It still holds its lease, and how that ends doesn't matter any more.
    STOPPING(halted, taken) =
      (not taken & accept.t?e -> STOPPING(halted, true))
      []
      (taken & finish.t?e -> CANCELLED)
      []
      (fail.t?e?o:(if taken then {Stopped, Failed} else {Stopped}) -> CANCELLED)
      []
      (lapse.t?e -> CANCELLED)
      []
      (not halted & expire.j.One.i -> STOPPING(true, taken))
      []
      (not halted & preempt.j.One.i -> STOPPING(true, taken))
    CANCELLED = end.j!Abort -> OVER

    IDLE =
      (assign.t?e?w?o?p?a -> INVITED)
      []
      (start.j?a -> IDLE)
      []
      (retry.j.All?r -> IDLE)
      []
      (cancel.j -> IDLE)
      []
      (end.j?x -> OVER)
    INVITED = accept.t?e -> READY [] LEAVES(INVITED)
    READY = start.j?a -> STARTED [] LEAVES(READY)
    STARTED = finish.t?e -> FINISHED [] LEAVES(STARTED)
    LEAVES(P) = fail.t?e?o -> LEFT [] lapse.t?e -> LEFT [] cancel.j -> P
    FINISHED = retry.j.All?r -> IDLE [] end.j?x -> OVER [] cancel.j -> FINISHED
    LEFT = retry.j.All?r -> IDLE [] end.j?x:{Defeat, Abort} -> OVER [] cancel.j -> LEFT

    OVER = STOP
  within NEW

TASK_EVENTS(j, i) =
  Union({
    {| submit.j, start.j, cancel.j, end.j, retry.j.All, retry.j.One.i, expire.j.One.i, preempt.j.One.i |},
    {| assign.Unit.j.i, accept.Unit.j.i, finish.Unit.j.i, fail.Unit.j.i, lapse.Unit.j.i |}
  })

-- What became of a generation of a gang: whole, broken by one of its own ranks, or bereft of a worker.
datatype Ruin = Whole | Broken | Bereft

-- A rank ends in vain. Once the rest is being stopped, what the others say of it is no news.
broken(ruin, Stopped, None, cancelled) = if ruin == Whole and not cancelled then Bereft else worse(ruin)
broken(ruin, o, halt, cancelled) = worse(ruin)

bereft(ruin, halt) = if halt == None then Bereft else worse(ruin)
worse(ruin) = if ruin == Bereft then Bereft else Broken

-- Why a generation was in vain.
cause(Expired, ruin) = Failure
cause(Displaced, ruin) = Preemption
cause(None, ruin) = if ruin == Bereft then Loss else Failure

-- A job: submitted once, ended once, and nothing of it after its end. The ranks of a gang come in a row, in one generation
-- after another, start once, when all are there, and are tried again for the reason that broke them.
JOB(j) =
  let
    NEW = submit.j?o!Array?c -> ARRAY(c == Bound) [] submit.j?o!Gang?c -> QUEUED(c == Bound)

    -- `vain`: there is something that it may have failed by.
    ARRAY(vain) =
      (assign.Unit.j?i?e?w?o!Inner?a -> ARRAY(vain))
      []
      (fail.Unit.j?i?e?o -> ARRAY(true))
      []
      (lapse.Unit.j?i?e -> ARRAY(true))
      []
      (retry.j.One?i?r -> ARRAY(vain))
      []
      (expire.j.One?i -> ARRAY(vain))
      []
      (preempt.j.One?i -> ARRAY(vain))
      []
      (cancel.j -> ABANDONED)
      []
      (end.j!Success -> OVER)
      []
      (vain & end.j!Defeat -> OVER)
    ABANDONED =
      (fail.Unit.j?i?e?o -> ABANDONED)
      []
      (lapse.Unit.j?i?e -> ABANDONED)
      []
      (expire.j.One?i -> ABANDONED)
      []
      (preempt.j.One?i -> ABANDONED)
      []
      (end.j!Abort -> OVER)

    QUEUED(bound) =
      (form.j -> FORMED) [] FORMED [] (cancel.j -> DROPPED) [] (bound & end.j!Defeat -> OVER)
    FORMED =
      (assign.Unit.j?i?e?w?o!Inner!Further -> RANKS(false, false, None, Whole, false))
      []
      (assign.Unit.j?i?e?w?o!Last!Further -> RANKS(true, false, None, Whole, false))
    DROPPED = end.j!Abort -> OVER

    RANKS(full, started, halt, ruin, cancelled) =
      let
        stopping = cancelled or halt != None or ruin != Whole
      within
        (not full and not stopping & assign.Unit.j?i?e?w?o!Inner!Same -> RANKS(false, started, halt, ruin, cancelled))
        []
        (not full and not stopping & assign.Unit.j?i?e?w?o!Last!Same -> RANKS(true, started, halt, ruin, cancelled))
        []
        (full and not started and not stopping & start.j!Same -> RANKS(full, true, halt, ruin, cancelled))
        []
        (fail.Unit.j?i?e?o -> RANKS(full, started, halt, broken(ruin, o, halt, cancelled), cancelled))
        []
        (lapse.Unit.j?i?e -> RANKS(full, started, halt, bereft(ruin, halt), cancelled))
        []
        (halt == None & expire.j.All -> RANKS(full, started, Expired, ruin, cancelled))
        []
        (halt == None & preempt.j.All -> RANKS(full, started, Displaced, ruin, cancelled))
        []
        (checkpoint.j!Onward -> RANKS(full, started, halt, ruin, cancelled))
        []
        (not cancelled & cancel.j -> RANKS(full, started, halt, ruin, true))
        []
        (ruin != Whole and not cancelled & retry.j.All!cause(halt, ruin) -> QUEUED(false))
        []
        (ruin != Whole and not cancelled and cause(halt, ruin) != Preemption & end.j!Defeat -> OVER)
        []
        (started and ruin == Whole and not cancelled & end.j!Success -> OVER)
        []
        (cancelled & end.j!Abort -> OVER)

    OVER = STOP
  within NEW

JOB_EVENTS(j) =
  Union({
    {| submit.j, form.j, start.j, retry.j, expire.j, preempt.j, checkpoint.j, cancel.j, end.j |},
    {| assign.Unit.j.i, fail.Unit.j.i, lapse.Unit.j.i | i <- INDICES |}
  })

-- A gang is granted in one go: from its first rank to its last nothing else happens. (Under the policy `greedy-gang` gangs
-- are granted in pieces, and this process is left out.)
GRANT(j) =
  let
    NEW =
      (submit.j?o!Gang?c -> CLOSED) [] (submit.j?o!Array?c -> ANY) [] ELSE(NEW)
    ANY = assign.Unit.j?i?e?w?o?p?a -> ANY [] ELSE(ANY)
    CLOSED =
      (form.j -> OPEN)
      []
      (assign.Unit.j?i?e?w?o!Inner?a -> OPEN)
      []
      (assign.Unit.j?i?e?w?o!Last?a -> CLOSED)
      []
      ELSE(CLOSED)
    OPEN = assign.Unit.j?i?e?w?o!Inner?a -> OPEN [] assign.Unit.j?i?e?w?o!Last?a -> CLOSED
    ELSE(P) = [] x : diff(Events, GRANT_EVENTS(j)) @ x -> P
  within NEW

GRANT_EVENTS(j) = Union({{| submit.j, form.j |}, {| assign.Unit.j.i | i <- INDICES |}})

-- A worker: one life after another, each later than the one before. It is given leases while it is a member and nobody has
-- taken it out of service.
WORKER(w) =
  let
    NEW = join.w!Later -> MEMBER(false)
    MEMBER(cordoned) =
      (leave.w -> AWAY(cordoned))
      []
      (crash.w!Present -> AWAY(cordoned))
      []
      (not cordoned & assign?t?e!w?o?p?a -> MEMBER(false))
      []
      (not cordoned & cordon.w -> MEMBER(true))
      []
      (cordoned & uncordon.w -> MEMBER(false))
    AWAY(cordoned) =
      (join.w!Later -> MEMBER(cordoned))
      []
      (not cordoned & cordon.w -> AWAY(true))
      []
      (cordoned & uncordon.w -> AWAY(false))
  within NEW

WORKER_EVENTS(w) =
  Union({{| join.w, leave.w, crash.w, cordon.w, uncordon.w |}, {| assign.t.e.w | t <- TASKS, e <- EPOCHS |}})

-- The cluster: numbers are given out one after the other and never again, and whoever recovers has something to recover.
CLUSTER =
  let
    BEGUN =
      (submit?j!Next?s?c -> BEGUN)
      []
      (assign?t?e?w!Next?p?a -> BEGUN)
      []
      (join?w?l -> BEGUN)
      []
      (recover -> BEGUN)
    NEW = submit?j!Next?s?c -> BEGUN [] join?w?l -> BEGUN
  within NEW

CLUSTER_EVENTS = {| submit, assign, join, recover |}


JOBS = {0}
INDICES = {0, 1}
EPOCHS = {1..3}
WORKERS = {0, 1}

-- What the facts mean ---------------------------------------------------------------------------------------------------

-- Epochs are given out from 1 on. (The attempt's number is compared with the gang's last, or the task's: JOB and TASK ask for
-- it, and nothing follows from it here.)
NUMBERS(n) = n <= card(EPOCHS) & assign?t!n?w!Next?p?a -> NUMBERS(n + 1)

-- The ranks of a generation are granted from 0 on; the last of them completes it.
ROW(n) =
  (n <= 1 & assign.Unit.0.n?e?w?o!(if n == 1 then Last else Inner)?a -> ROW(n + 1)) [] (retry.0.All?r -> ROW(0))
TASKS_OF_ARRAY = assign?t?e?w?o!Inner?a -> TASKS_OF_ARRAY [] retry.0.All?r -> TASKS_OF_ARRAY

-- A life of a worker after another.
LIVES(w) = join.w!Later -> LIVES(w) [] crash.w!Present -> LIVES(w)

-- Side by side ----------------------------------------------------------------------------------------------------------

LEASES = || t : TASKS, e : EPOCHS @ [LEASE_EVENTS(t, e)] LEASE(t, e)
HOLDINGS = || t : TASKS, e : EPOCHS, w : WORKERS @ [HOLDING_EVENTS(t, e, w)] HOLDING(t, e, w)
UNITS = || i : INDICES @ [TASK_EVENTS(0, i)] TASK(0, i)
STAFF = || w : WORKERS @ [WORKER_EVENTS(w)] (WORKER(w) [| {| join.w, crash.w |} |] LIVES(w))

ENTRIES = Union({JOB_EVENTS(0), TASK_EVENTS(0, 0), TASK_EVENTS(0, 1), WORKER_EVENTS(0), WORKER_EVENTS(1)})

-- A journal of one job; `ROWS` says what places its units have.
JOURNAL(shape, ROWS) =
  let
    JOBS_PART = JOB(0) [JOB_EVENTS(0) || Union({TASK_EVENTS(0, i) | i <- INDICES})] UNITS
    LEASES_PART = LEASES [| {| assign, finish, fail, lapse |} |] HOLDINGS
    FACTS = NUMBERS(1) [| {| assign |} |] ROWS
    ONE = submit.0!Next!shape!Unbound -> STOP
    OBJECTS =
      (JOBS_PART [| {| assign, accept, finish, fail, lapse |} |] LEASES_PART) [| {| assign, leave, crash |} |] STAFF
  within ((OBJECTS [| ENTRIES |] GRANT(0)) [| {| assign, retry.0.All |} |] FACTS) [| {| submit |} |] ONE

GANG = JOURNAL(Gang, ROW(0))
ARRAYS = JOURNAL(Array, TASKS_OF_ARRAY)

-- The promises ----------------------------------------------------------------------------------------------------------

-- A unit never has two live leases, and a result counts only for the live one, once.
FENCED(t) =
  assign.t?e?w?o?p?a -> LIVE(t, e)
LIVE(t, e) = finish.t.e -> STOP [] fail.t.e?o -> FENCED(t) [] lapse.t.e -> FENCED(t)
results(t) = {| assign.t, finish.t, fail.t, lapse.t |}

assert FENCED(Unit.0.0) [T= ARRAYS |\ results(Unit.0.0)

-- A rank that ended well may run once more, in the gang's next generation; its results are fenced all the same.
AGAIN(t) = assign.t?e?w?o?p?a -> ALIVE(t, e)
ALIVE(t, e) = finish.t.e -> AGAIN(t) [] fail.t.e?o -> AGAIN(t) [] lapse.t.e -> AGAIN(t)

assert AGAIN(Unit.0.0) [T= GANG |\ results(Unit.0.0)
assert AGAIN(Unit.0.1) [T= GANG |\ results(Unit.0.1)

-- A gang starts when both ranks have accepted, and hold what they have accepted.
PRESENT(n) =
  (n < 2 & accept?t?e -> PRESENT(n + 1))
  []
  (n == 2 & start.0?a -> RUN({| finish, fail, lapse, accept, start, retry |}))
  []
  (fail?t?e?o -> GONE)
  []
  (lapse?t?e -> GONE)
GONE = accept?t?e -> GONE [] fail?t?e?o -> GONE [] lapse?t?e -> GONE [] retry.0.All?r -> PRESENT(0)

assert PRESENT(0) [T= GANG |\ {| accept, start, finish, fail, lapse, retry |}

-- It holds all of its slots or none: between its two grants nothing happens.
WHOLE =
  (assign.Unit.0.0?e?w?o?p?a -> assign.Unit.0.1?f?v?o!Last?b -> WHOLE)
  []
  ([] x : diff(Events, {| assign |}) @ x -> WHOLE)

assert WHOLE [T= GANG

-- A job ends once, when nothing of it is held, and nothing of it comes after.
COUNT(n) =
  (n < 2 & assign?t?e?w?o?p?a -> COUNT(n + 1))
  []
  (n > 0 & finish?t?e -> COUNT(n - 1))
  []
  (n > 0 & fail?t?e?o -> COUNT(n - 1))
  []
  (n > 0 & lapse?t?e -> COUNT(n - 1))
  []
  (accept?t?e -> COUNT(n))
  []
  (n == 0 & end.0?x -> STOP)

assert COUNT(0) [T= GANG |\ {| assign, accept, finish, fail, lapse, end |}
assert COUNT(0) [T= ARRAYS |\ {| assign, accept, finish, fail, lapse, end |}

-- No life of a worker is over while it holds a lease, and only members are given one.
IN(w, held) =
  (assign?t?e!w?o?p?a -> IN(w, union(held, {(t, e)})))
  []
  (finish?t?e -> IN(w, diff(held, {(t, e)})))
  []
  (fail?t?e?o -> IN(w, diff(held, {(t, e)})))
  []
  (lapse?t?e -> IN(w, diff(held, {(t, e)})))
  []
  (empty(held) & leave.w -> OUT_OF(w))
  []
  (empty(held) & crash.w?l -> OUT_OF(w))
OUT_OF(w) =
  (join.w?l -> IN(w, {})) [] (finish?t?e -> OUT_OF(w)) [] (fail?t?e?o -> OUT_OF(w)) [] (lapse?t?e -> OUT_OF(w))

assert OUT_OF(0) [T= ARRAYS |\ {| join.0, leave.0, crash.0, assign.t.e.0, finish, fail, lapse | t <- TASKS, e <- EPOCHS |}

-- A cancelled job gets no new leases, and ends as cancelled.
CALM = assign?t?e?w?o?p?a -> CALM [] end.0?x:{Success, Defeat} -> STOP [] cancel.0 -> end.0!Abort -> STOP

assert CALM [T= GANG |\ {| assign, cancel, end |}
assert CALM [T= ARRAYS |\ {| assign, cancel, end |}

-- None of this is empty talk: jobs succeed, at the first try and at the second, fail, and are cancelled.
assert not STOP [T= GANG |\ {end.0.Success}
assert not STOP [T= GANG |\ {end.0.Defeat}
assert not STOP [T= ARRAYS |\ {end.0.Success}
assert not STOP [T= ARRAYS |\ {end.0.Abort}

AT_ONCE = end.0.Success -> AT_ONCE
assert not AT_ONCE [T= ARRAYS |\ {| retry, end.0.Success |}

"""#
}
