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

    /// Specs/policies/fair.csp
    static let fair = #"""
-- Fair: the policy `fair`, the default. Everybody eats.
--
-- Each tenant's jobs wait in a line of their own. The tenant who holds the smallest share goes first. But a line ages with
-- every start of others, and once it has seen PATIENCE of them its first job goes before all shares, the line that has waited
-- for longest before the rest. Whoever is first in this order and doesn't fit LEADS: he has a reservation, and what becomes
-- free is kept for him until he starts. Others may still start on the slots outside of the reservation (`backfill`);
-- that can't delay him. So every job starts at some time, of every tenant and every size, whatever the others submit.
--
-- What the model leaves out: shares and weights. As long as no line is aged, any line's first job may be the next here, so
-- what is proved holds for all weights and in every order. The slots outside of the reservation are counted and not named:
-- whoever runs already counts as inside of it, which allows more than any choice of slots does. Nobody says how
-- long he will run (a job with a time limit may also backfill if it ends before the reservation begins).
-- The cluster, its tenants and the bounds are in cluster.csp. Three tenants: the flood, and the owners of Gang.2 and of Gang.3.

-- The cluster and the tenants that every policy is tried on; the policies' files include this one.
--
-- One tenant floods: two jobs of one slot, each submitted again as soon as it has ended. Another has gangs of every
-- size that fits, and submits them again too. All slots are alike, and a job's slots are taken and given back in one step.
--
-- What the model leaves out: workers, failures (Specs/protocol has both) and time: a job ends at some time, and nobody knows
-- when. Bounds: SLOTS = 3, two jobs in the flood, one gang of each size from 1 to 3. An event `start` stands for the whole
-- of a job's slots being granted.
--
-- What is fair here? PROMPT: the coordinator does not put off for ever what it may do all the time, and what runs ends at
-- some time. Nothing is asked of the tenants: they submit whenever, and as often as, it hurts most.

-- The vocabulary: the events that the specs, the coordinator and its journal share, one channel each.
--
-- Printed from the table in Sources/Coordination/Vocabulary/Vocabulary.swift by scripts/generate-vocabulary;
-- don't edit it. A spec that includes this file defines the sets, and so its bounds:
-- EPOCHS, JOBS, TASKS, WORKERS. What an event carries besides is data that specs leave out.

channel submit : JOBS                  -- a job was submitted and admitted
channel reject : JOBS                  -- a submission was refused; nothing is kept of it (not in the journal)
channel form : JOBS                    -- the ranks of an elastic gang's next generation were counted
channel assign : TASKS.EPOCHS.WORKERS  -- a lease was granted to a worker
channel accept : TASKS.EPOCHS          -- the worker took the lease; a task runs, a rank waits for its gang
channel start : JOBS                   -- all ranks of a gang have accepted, and were told to run
channel finish : TASKS.EPOCHS          -- the unit ended well, and so its lease
channel fail : TASKS.EPOCHS            -- the unit ended in another way, and so its lease
channel lapse : TASKS.EPOCHS           -- the lease is void: its worker was lost or left
channel retry : JOBS                   -- a task, or a whole gang, goes back to the queue
channel expire : JOBS                  -- the time limit of a task or gang is over; it is to stop
channel preempt : JOBS                 -- a task or gang makes room for another job; it is to stop
channel checkpoint : JOBS              -- rank 0's checkpoint is in the store
channel cancel : JOBS                  -- somebody asked for the job's end
channel end : JOBS                     -- the job ended; nothing of it is held any more
channel join : WORKERS                 -- a worker became a member
channel leave : WORKERS                -- a worker that held nothing went away in good order
channel crash : WORKERS                -- an incarnation of a worker is over; what it held lapsed before
channel cordon : WORKERS               -- the worker gets no new leases
channel uncordon : WORKERS             -- the worker gets leases again
channel recover                        -- the coordinator started on a state folder that was used before


SLOTS = 3
FLOOD = 2       -- jobs of one slot, each submitted again as soon as it has ended
SIZES = {1..3}  -- one gang of each

datatype Job = Flood.{0..FLOOD - 1} | Gang.SIZES

JOBS = Job
TASKS = {0}
EPOCHS = {0}
WORKERS = {0}

size(Flood.i) = 1
size(Gang.g) = g

-- The slots that a set of jobs holds, and whether one more fits.
slots(jobs) = card({(j, n) | j <- jobs, n <- {1..size(j)}})
fits(j, running) = slots(running) + size(j) <= SLOTS

-- The jobs that may be submitted: those that neither wait nor run.
idle(waiting, running) = diff(JOBS, union(waiting, running))

-- A job, again and again; and the tenants together.
JOB(j) = submit.j -> start.j -> end.j -> JOB(j)
TENANTS(jobs) = ||| j : jobs @ JOB(j)

-- Tenants who submit these jobs to a scheduler.
CLUSTER(jobs, SCHEDULER) = TENANTS(jobs) [| {| submit, start, end |} |] SCHEDULER

PROMPT = {| start, end |}

-- Who waits for what.
EVERYBODY = {(submit.j, start.j) | j <- JOBS}
GANGS = {(submit.Gang.g, start.Gang.g) | g <- SIZES}

-- Policies with reservations start a job in one of two ways: in its turn, or on slots outside of the reservation. To the job
-- it is all the same; others see a start.
channel backfill : JOBS

SHARED(jobs, SCHEDULER) =
  TENANTS(jobs)[[start.j <- start.j, start.j <- backfill.j | j <- JOBS]]
  [| {| submit, start, backfill, end |} |]
  SCHEDULER
seen(P) = P[[backfill.j <- start.j | j <- JOBS]]

-- Between a submission of this job and its start at most so many others start in their turn. A start outside of the
-- reservation isn't counted: it delays nobody who has one, and as long as one who does runs on, it may come any number of times.
BOUND(j, most) = submit.j -> WAITS(j, most, most) [] start?k:diff(JOBS, {j}) -> BOUND(j, most)
WAITS(j, most, left) =
  (start.j -> BOUND(j, most))
  []
  (backfill.j -> BOUND(j, most))
  []
  (left > 0 & start?k:diff(JOBS, {j}) -> WAITS(j, most, left - 1))

overtaking(P, j) = P \ diff(Events, Union({{| start |}, {submit.j, backfill.j}}))


PATIENCE = 2
MEMBERS = diff(JOBS, {Gang.1})  -- the flood has jobs of one slot enough

channel lead : JOBS  -- the job has a reservation from now on

tenant(Flood.i) = 0
tenant(Gang.g) = g

-- A line: how many starts it has seen since its first job is the first, up to PATIENCE; and its jobs, in order. The lines
-- are in the order of their age.
jobs(lines) = Union({set(line) | (n, line) <- set(lines)})

-- A job comes to the end of its tenant's line, or begins a new one.
joined(lines, j) =
  if null(<0 | (n, line) <- lines, tenant(head(line)) == tenant(j)>) then lines ^ <(0, <j>)>
  else <(n, if tenant(head(line)) == tenant(j) then line ^ <j> else line) | (n, line) <- lines>

-- A job starts: the lines age, and its own, if it was the first there, begins anew with what is left of it.
started(lines, j) =
  let
    ages(n) = if n < PATIENCE then n + 1 else n
    rest = <(ages(n), <k | k <- line, k != j>) | (n, line) <- lines, head(line) != j>
    own = <(0, tail(line)) | (n, line) <- lines, head(line) == j, not null(tail(line))>
  within rest ^ own

-- The scheduler of a cluster with these jobs. With a patience beyond PATIENCE no line is ever aged.
SCHEDULER(members, patience) =
  let
    NEXT(lines, running) =
      let
        waiting = jobs(lines)
        old = <head(line) | (n, line) <- lines, n >= patience>
        next = if null(old) then {head(line) | (n, line) <- set(lines)} else {head(old)}
      within
        (submit?j:diff(members, union(waiting, running)) -> NEXT(joined(lines, j), running))
        []
        (end?j:running -> NEXT(lines, diff(running, {j})))
        []
        (start?j:{k | k <- next, fits(k, running)} -> NEXT(started(lines, j), union(running, {j})))
        []
        (lead?j:{k | k <- next, not fits(k, running)} -> LED(lines, running, {}, j))
    -- `outside` are the jobs that were started outside of the present reservation.
    LED(lines, running, outside, leader) =
      let
        waiting = jobs(lines)
      within
        (submit?j:diff(members, union(waiting, running)) -> LED(joined(lines, j), running, outside, leader))
        []
        (end?j:running -> LED(lines, diff(running, {j}), diff(outside, {j}), leader))
        []
        (fits(leader, running) & start!leader -> NEXT(started(lines, leader), union(running, {leader})))
        []
        (backfill?j:{k |
          k <- diff(waiting, {leader}), fits(k, running), slots(union(outside, {k, leader})) <= SLOTS} ->
          LED(started(lines, j), union(running, {j}), union(outside, {j}), leader))
  within NEXT(<>, {})

POLICY(members, patience) = SHARED(members, SCHEDULER(members, patience))
SYSTEM = POLICY(MEMBERS, PATIENCE)

assert SYSTEM :[deadlock free [F]]

-- Nobody starves: no tenant, no size of gang, whatever is submitted besides.
{-# assert seen(SYSTEM) :[starvation free [WF PROMPT]]: {(submit.j, start.j) | j <- MEMBERS} #-}

-- Overtaking is bounded: three others start before a tenant's first job, six before one that has another of its tenant's
-- before it (cluster.csp says what is counted). However long the flood is, the numbers stay the same.
assert BOUND(Gang.3, 3) [T= overtaking(SYSTEM, Gang.3)
assert BOUND(Gang.2, 3) [T= overtaking(SYSTEM, Gang.2)
assert BOUND(Flood.0, 6) [T= overtaking(SYSTEM, Flood.0)

-- None of this is empty talk: the bounds are met, also by a flood of one job; and others are started outside of reservations.
assert not BOUND(Gang.3, 2) [T= overtaking(SYSTEM, Gang.3)
assert not BOUND(Gang.3, 2) [T= overtaking(POLICY(diff(MEMBERS, {Flood.1}), PATIENCE), Gang.3)
assert not BOUND(Flood.0, 5) [T= overtaking(SYSTEM, Flood.0)
assert not STOP [T= SYSTEM \ diff(Events, {| backfill |})

-- If no line ever aged, there would be an order in which the flood starves the big gang in spite of all reservations.
AGELESS = POLICY({Flood.0, Flood.1, Gang.3}, PATIENCE + 1)

{-# assert not AGELESS :[starvation free [WF PROMPT]]: {(submit.Gang.3, start.Gang.3)} #-}

"""#

    /// Specs/policies/fifo.csp
    static let fifo = #"""
-- First in, first out: the policy `fifo`. Fair, and slow.
--
-- Jobs start in the order of their submission. What waits at the head holds back everything behind it until it fits. So
-- nobody starves, and how long anybody waits is easy to say: as long as it takes those before him. That is its weakness
-- too. A tenant who floods the queue makes everybody wait for the flood; and a gang at the head that waits for one
-- slot keeps the others idle (head-of-line blocking, kueue#8309).
--
-- The cluster, its tenants and the bounds are in cluster.csp.

-- The cluster and the tenants that every policy is tried on; the policies' files include this one.
--
-- One tenant floods: two jobs of one slot, each submitted again as soon as it has ended. Another has gangs of every
-- size that fits, and submits them again too. All slots are alike, and a job's slots are taken and given back in one step.
--
-- What the model leaves out: workers, failures (Specs/protocol has both) and time: a job ends at some time, and nobody knows
-- when. Bounds: SLOTS = 3, two jobs in the flood, one gang of each size from 1 to 3. An event `start` stands for the whole
-- of a job's slots being granted.
--
-- What is fair here? PROMPT: the coordinator does not put off for ever what it may do all the time, and what runs ends at
-- some time. Nothing is asked of the tenants: they submit whenever, and as often as, it hurts most.

-- The vocabulary: the events that the specs, the coordinator and its journal share, one channel each.
--
-- Printed from the table in Sources/Coordination/Vocabulary/Vocabulary.swift by scripts/generate-vocabulary;
-- don't edit it. A spec that includes this file defines the sets, and so its bounds:
-- EPOCHS, JOBS, TASKS, WORKERS. What an event carries besides is data that specs leave out.

channel submit : JOBS                  -- a job was submitted and admitted
channel reject : JOBS                  -- a submission was refused; nothing is kept of it (not in the journal)
channel form : JOBS                    -- the ranks of an elastic gang's next generation were counted
channel assign : TASKS.EPOCHS.WORKERS  -- a lease was granted to a worker
channel accept : TASKS.EPOCHS          -- the worker took the lease; a task runs, a rank waits for its gang
channel start : JOBS                   -- all ranks of a gang have accepted, and were told to run
channel finish : TASKS.EPOCHS          -- the unit ended well, and so its lease
channel fail : TASKS.EPOCHS            -- the unit ended in another way, and so its lease
channel lapse : TASKS.EPOCHS           -- the lease is void: its worker was lost or left
channel retry : JOBS                   -- a task, or a whole gang, goes back to the queue
channel expire : JOBS                  -- the time limit of a task or gang is over; it is to stop
channel preempt : JOBS                 -- a task or gang makes room for another job; it is to stop
channel checkpoint : JOBS              -- rank 0's checkpoint is in the store
channel cancel : JOBS                  -- somebody asked for the job's end
channel end : JOBS                     -- the job ended; nothing of it is held any more
channel join : WORKERS                 -- a worker became a member
channel leave : WORKERS                -- a worker that held nothing went away in good order
channel crash : WORKERS                -- an incarnation of a worker is over; what it held lapsed before
channel cordon : WORKERS               -- the worker gets no new leases
channel uncordon : WORKERS             -- the worker gets leases again
channel recover                        -- the coordinator started on a state folder that was used before


SLOTS = 3
FLOOD = 2       -- jobs of one slot, each submitted again as soon as it has ended
SIZES = {1..3}  -- one gang of each

datatype Job = Flood.{0..FLOOD - 1} | Gang.SIZES

JOBS = Job
TASKS = {0}
EPOCHS = {0}
WORKERS = {0}

size(Flood.i) = 1
size(Gang.g) = g

-- The slots that a set of jobs holds, and whether one more fits.
slots(jobs) = card({(j, n) | j <- jobs, n <- {1..size(j)}})
fits(j, running) = slots(running) + size(j) <= SLOTS

-- The jobs that may be submitted: those that neither wait nor run.
idle(waiting, running) = diff(JOBS, union(waiting, running))

-- A job, again and again; and the tenants together.
JOB(j) = submit.j -> start.j -> end.j -> JOB(j)
TENANTS(jobs) = ||| j : jobs @ JOB(j)

-- Tenants who submit these jobs to a scheduler.
CLUSTER(jobs, SCHEDULER) = TENANTS(jobs) [| {| submit, start, end |} |] SCHEDULER

PROMPT = {| start, end |}

-- Who waits for what.
EVERYBODY = {(submit.j, start.j) | j <- JOBS}
GANGS = {(submit.Gang.g, start.Gang.g) | g <- SIZES}

-- Policies with reservations start a job in one of two ways: in its turn, or on slots outside of the reservation. To the job
-- it is all the same; others see a start.
channel backfill : JOBS

SHARED(jobs, SCHEDULER) =
  TENANTS(jobs)[[start.j <- start.j, start.j <- backfill.j | j <- JOBS]]
  [| {| submit, start, backfill, end |} |]
  SCHEDULER
seen(P) = P[[backfill.j <- start.j | j <- JOBS]]

-- Between a submission of this job and its start at most so many others start in their turn. A start outside of the
-- reservation isn't counted: it delays nobody who has one, and as long as one who does runs on, it may come any number of times.
BOUND(j, most) = submit.j -> WAITS(j, most, most) [] start?k:diff(JOBS, {j}) -> BOUND(j, most)
WAITS(j, most, left) =
  (start.j -> BOUND(j, most))
  []
  (backfill.j -> BOUND(j, most))
  []
  (left > 0 & start?k:diff(JOBS, {j}) -> WAITS(j, most, left - 1))

overtaking(P, j) = P \ diff(Events, Union({{| start |}, {submit.j, backfill.j}}))


-- `queue` are the jobs that wait, in order; `running` those that hold slots.
FIFO(queue, running) =
  (submit?j:idle(set(queue), running) -> FIFO(queue ^ <j>, running))
  []
  (not null(queue) and fits(head(queue), running) & start!head(queue) ->
    FIFO(tail(queue), union(running, {head(queue)})))
  []
  (end?j:running -> FIFO(queue, diff(running, {j})))

SYSTEM = CLUSTER(JOBS, FIFO(<>, {}))

assert SYSTEM :[deadlock free [F]]

-- Jobs start in the order of their submission.
IN_ORDER(queue) =
  (submit?j:idle(set(queue), {}) -> IN_ORDER(queue ^ <j>))
  []
  (not null(queue) & start!head(queue) -> IN_ORDER(tail(queue)))

assert IN_ORDER(<>) [T= SYSTEM \ {| end |}

-- Nobody starves, whatever the tenants do.
{-# assert SYSTEM :[starvation free [WF PROMPT]]: EVERYBODY #-}

-- What it breaks -----------------------------------------------------------------------------------------------------

-- The flood is in everybody's way: four jobs can be before a gang, where without the flood there were two.
{-# assert CLUSTER({Gang.g | g <- {1..SLOTS}}, FIFO(<>, {})) :[overtaking bounded by 2]: GANGS #-}
{-# assert SYSTEM :[overtaking bounded by 4]: EVERYBODY #-}
{-# assert not SYSTEM :[overtaking bounded by 3]: EVERYBODY #-}

-- Two jobs never end, and a gang of two waits for a slot of theirs: then Gang.1 never starts, although a slot is free.
ENDLESS(j) = submit.j -> start.j -> STOP
STUCK =
  (ENDLESS(Flood.0) ||| ENDLESS(Flood.1) ||| TENANTS({Gang.1, Gang.2}))
  [| {| submit, start, end |} |]
  FIFO(<>, {})

{-# assert not STUCK :[starvation free [SF]]: {(submit.Gang.1, start.Gang.1)} #-}

"""#

    /// Specs/policies/backfill.csp
    static let backfill = #"""
-- Backfill: the policy `backfill`. No slot idle, and no share for anybody.
--
-- Jobs start in the order of their submission, as with fifo. But when the head of the queue doesn't fit, it gets a
-- RESERVATION: what becomes free is kept for it, and others may be started on the slots outside of that (EASY backfilling,
-- Lifka 1995). So nobody starves and fewer slots stand idle. What it does not know is whose jobs these are: who
-- submits much before the others makes them wait for all of it.
--
-- What the model leaves out: a job with a time limit may also backfill if it ends before the reservation begins. The slots
-- outside of the reservation are counted and not named: whoever runs already counts as inside of it, which allows more than any
-- choice of slots does. The cluster, its tenants and the bounds are in cluster.csp.

-- The cluster and the tenants that every policy is tried on; the policies' files include this one.
--
-- One tenant floods: two jobs of one slot, each submitted again as soon as it has ended. Another has gangs of every
-- size that fits, and submits them again too. All slots are alike, and a job's slots are taken and given back in one step.
--
-- What the model leaves out: workers, failures (Specs/protocol has both) and time: a job ends at some time, and nobody knows
-- when. Bounds: SLOTS = 3, two jobs in the flood, one gang of each size from 1 to 3. An event `start` stands for the whole
-- of a job's slots being granted.
--
-- What is fair here? PROMPT: the coordinator does not put off for ever what it may do all the time, and what runs ends at
-- some time. Nothing is asked of the tenants: they submit whenever, and as often as, it hurts most.

-- The vocabulary: the events that the specs, the coordinator and its journal share, one channel each.
--
-- Printed from the table in Sources/Coordination/Vocabulary/Vocabulary.swift by scripts/generate-vocabulary;
-- don't edit it. A spec that includes this file defines the sets, and so its bounds:
-- EPOCHS, JOBS, TASKS, WORKERS. What an event carries besides is data that specs leave out.

channel submit : JOBS                  -- a job was submitted and admitted
channel reject : JOBS                  -- a submission was refused; nothing is kept of it (not in the journal)
channel form : JOBS                    -- the ranks of an elastic gang's next generation were counted
channel assign : TASKS.EPOCHS.WORKERS  -- a lease was granted to a worker
channel accept : TASKS.EPOCHS          -- the worker took the lease; a task runs, a rank waits for its gang
channel start : JOBS                   -- all ranks of a gang have accepted, and were told to run
channel finish : TASKS.EPOCHS          -- the unit ended well, and so its lease
channel fail : TASKS.EPOCHS            -- the unit ended in another way, and so its lease
channel lapse : TASKS.EPOCHS           -- the lease is void: its worker was lost or left
channel retry : JOBS                   -- a task, or a whole gang, goes back to the queue
channel expire : JOBS                  -- the time limit of a task or gang is over; it is to stop
channel preempt : JOBS                 -- a task or gang makes room for another job; it is to stop
channel checkpoint : JOBS              -- rank 0's checkpoint is in the store
channel cancel : JOBS                  -- somebody asked for the job's end
channel end : JOBS                     -- the job ended; nothing of it is held any more
channel join : WORKERS                 -- a worker became a member
channel leave : WORKERS                -- a worker that held nothing went away in good order
channel crash : WORKERS                -- an incarnation of a worker is over; what it held lapsed before
channel cordon : WORKERS               -- the worker gets no new leases
channel uncordon : WORKERS             -- the worker gets leases again
channel recover                        -- the coordinator started on a state folder that was used before


SLOTS = 3
FLOOD = 2       -- jobs of one slot, each submitted again as soon as it has ended
SIZES = {1..3}  -- one gang of each

datatype Job = Flood.{0..FLOOD - 1} | Gang.SIZES

JOBS = Job
TASKS = {0}
EPOCHS = {0}
WORKERS = {0}

size(Flood.i) = 1
size(Gang.g) = g

-- The slots that a set of jobs holds, and whether one more fits.
slots(jobs) = card({(j, n) | j <- jobs, n <- {1..size(j)}})
fits(j, running) = slots(running) + size(j) <= SLOTS

-- The jobs that may be submitted: those that neither wait nor run.
idle(waiting, running) = diff(JOBS, union(waiting, running))

-- A job, again and again; and the tenants together.
JOB(j) = submit.j -> start.j -> end.j -> JOB(j)
TENANTS(jobs) = ||| j : jobs @ JOB(j)

-- Tenants who submit these jobs to a scheduler.
CLUSTER(jobs, SCHEDULER) = TENANTS(jobs) [| {| submit, start, end |} |] SCHEDULER

PROMPT = {| start, end |}

-- Who waits for what.
EVERYBODY = {(submit.j, start.j) | j <- JOBS}
GANGS = {(submit.Gang.g, start.Gang.g) | g <- SIZES}

-- Policies with reservations start a job in one of two ways: in its turn, or on slots outside of the reservation. To the job
-- it is all the same; others see a start.
channel backfill : JOBS

SHARED(jobs, SCHEDULER) =
  TENANTS(jobs)[[start.j <- start.j, start.j <- backfill.j | j <- JOBS]]
  [| {| submit, start, backfill, end |} |]
  SCHEDULER
seen(P) = P[[backfill.j <- start.j | j <- JOBS]]

-- Between a submission of this job and its start at most so many others start in their turn. A start outside of the
-- reservation isn't counted: it delays nobody who has one, and as long as one who does runs on, it may come any number of times.
BOUND(j, most) = submit.j -> WAITS(j, most, most) [] start?k:diff(JOBS, {j}) -> BOUND(j, most)
WAITS(j, most, left) =
  (start.j -> BOUND(j, most))
  []
  (backfill.j -> BOUND(j, most))
  []
  (left > 0 & start?k:diff(JOBS, {j}) -> WAITS(j, most, left - 1))

overtaking(P, j) = P \ diff(Events, Union({{| start |}, {submit.j, backfill.j}}))


-- `outside` are the jobs that were started outside of the head's reservation.
EASY(queue, running, outside) =
  (submit?j:idle(set(queue), running) -> EASY(queue ^ <j>, running, outside))
  []
  (end?j:running -> EASY(queue, diff(running, {j}), diff(outside, {j})))
  []
  (not null(queue) &
    if fits(head(queue), running) then start!head(queue) -> EASY(tail(queue), union(running, {head(queue)}), {})
    else
      backfill?j:{k |
        k <- set(tail(queue)), fits(k, running), slots(union(outside, {k, head(queue)})) <= SLOTS} ->
      EASY(<k | k <- queue, k != j>, union(running, {j}), union(outside, {j})))

SYSTEM = SHARED(JOBS, EASY(<>, {}, {}))

assert SYSTEM :[deadlock free [F]]

-- Nobody starves.
{-# assert seen(SYSTEM) :[starvation free [WF PROMPT]]: EVERYBODY #-}

-- Slots outside of the reservation are used.
assert not STOP [T= SYSTEM \ diff(Events, {| backfill |})

-- What it breaks -----------------------------------------------------------------------------------------------------

-- Everybody waits for the whole of the flood: four start in their turn before Gang.3, two if nobody floods.
assert BOUND(Gang.3, 4) [T= overtaking(SYSTEM, Gang.3)
assert not BOUND(Gang.3, 3) [T= overtaking(SYSTEM, Gang.3)
assert BOUND(Gang.3, 2) [T= overtaking(SHARED({Gang.g | g <- {1..SLOTS}}, EASY(<>, {}, {})), Gang.3)

-- Those outside of the reservation may overtake any number of times as long as one inside of it runs.
{-# assert not seen(SYSTEM) :[overtaking bounded by 100]: EVERYBODY #-}

"""#

    /// Specs/policies/strict-priority.csp
    static let strictPriority = #"""
-- Strict priority: the policy `strict-priority`. The flood that drowns a cluster.
--
-- A job of a higher priority always goes first; jobs of one priority go in the order of their submission. Whoever waits
-- with the highest priority holds everybody else back until he fits. It looks reasonable, and it is the simplest denial of
-- service there is: a tenant who may submit at high priority, and does so again and again, starves all others. No
-- assumption of fairness helps, because nothing is neglected: there is always somebody more important.
--
-- The cluster, its tenants and the bounds are in cluster.csp. Here the flood has the higher priority.

-- The cluster and the tenants that every policy is tried on; the policies' files include this one.
--
-- One tenant floods: two jobs of one slot, each submitted again as soon as it has ended. Another has gangs of every
-- size that fits, and submits them again too. All slots are alike, and a job's slots are taken and given back in one step.
--
-- What the model leaves out: workers, failures (Specs/protocol has both) and time: a job ends at some time, and nobody knows
-- when. Bounds: SLOTS = 3, two jobs in the flood, one gang of each size from 1 to 3. An event `start` stands for the whole
-- of a job's slots being granted.
--
-- What is fair here? PROMPT: the coordinator does not put off for ever what it may do all the time, and what runs ends at
-- some time. Nothing is asked of the tenants: they submit whenever, and as often as, it hurts most.

-- The vocabulary: the events that the specs, the coordinator and its journal share, one channel each.
--
-- Printed from the table in Sources/Coordination/Vocabulary/Vocabulary.swift by scripts/generate-vocabulary;
-- don't edit it. A spec that includes this file defines the sets, and so its bounds:
-- EPOCHS, JOBS, TASKS, WORKERS. What an event carries besides is data that specs leave out.

channel submit : JOBS                  -- a job was submitted and admitted
channel reject : JOBS                  -- a submission was refused; nothing is kept of it (not in the journal)
channel form : JOBS                    -- the ranks of an elastic gang's next generation were counted
channel assign : TASKS.EPOCHS.WORKERS  -- a lease was granted to a worker
channel accept : TASKS.EPOCHS          -- the worker took the lease; a task runs, a rank waits for its gang
channel start : JOBS                   -- all ranks of a gang have accepted, and were told to run
channel finish : TASKS.EPOCHS          -- the unit ended well, and so its lease
channel fail : TASKS.EPOCHS            -- the unit ended in another way, and so its lease
channel lapse : TASKS.EPOCHS           -- the lease is void: its worker was lost or left
channel retry : JOBS                   -- a task, or a whole gang, goes back to the queue
channel expire : JOBS                  -- the time limit of a task or gang is over; it is to stop
channel preempt : JOBS                 -- a task or gang makes room for another job; it is to stop
channel checkpoint : JOBS              -- rank 0's checkpoint is in the store
channel cancel : JOBS                  -- somebody asked for the job's end
channel end : JOBS                     -- the job ended; nothing of it is held any more
channel join : WORKERS                 -- a worker became a member
channel leave : WORKERS                -- a worker that held nothing went away in good order
channel crash : WORKERS                -- an incarnation of a worker is over; what it held lapsed before
channel cordon : WORKERS               -- the worker gets no new leases
channel uncordon : WORKERS             -- the worker gets leases again
channel recover                        -- the coordinator started on a state folder that was used before


SLOTS = 3
FLOOD = 2       -- jobs of one slot, each submitted again as soon as it has ended
SIZES = {1..3}  -- one gang of each

datatype Job = Flood.{0..FLOOD - 1} | Gang.SIZES

JOBS = Job
TASKS = {0}
EPOCHS = {0}
WORKERS = {0}

size(Flood.i) = 1
size(Gang.g) = g

-- The slots that a set of jobs holds, and whether one more fits.
slots(jobs) = card({(j, n) | j <- jobs, n <- {1..size(j)}})
fits(j, running) = slots(running) + size(j) <= SLOTS

-- The jobs that may be submitted: those that neither wait nor run.
idle(waiting, running) = diff(JOBS, union(waiting, running))

-- A job, again and again; and the tenants together.
JOB(j) = submit.j -> start.j -> end.j -> JOB(j)
TENANTS(jobs) = ||| j : jobs @ JOB(j)

-- Tenants who submit these jobs to a scheduler.
CLUSTER(jobs, SCHEDULER) = TENANTS(jobs) [| {| submit, start, end |} |] SCHEDULER

PROMPT = {| start, end |}

-- Who waits for what.
EVERYBODY = {(submit.j, start.j) | j <- JOBS}
GANGS = {(submit.Gang.g, start.Gang.g) | g <- SIZES}

-- Policies with reservations start a job in one of two ways: in its turn, or on slots outside of the reservation. To the job
-- it is all the same; others see a start.
channel backfill : JOBS

SHARED(jobs, SCHEDULER) =
  TENANTS(jobs)[[start.j <- start.j, start.j <- backfill.j | j <- JOBS]]
  [| {| submit, start, backfill, end |} |]
  SCHEDULER
seen(P) = P[[backfill.j <- start.j | j <- JOBS]]

-- Between a submission of this job and its start at most so many others start in their turn. A start outside of the
-- reservation isn't counted: it delays nobody who has one, and as long as one who does runs on, it may come any number of times.
BOUND(j, most) = submit.j -> WAITS(j, most, most) [] start?k:diff(JOBS, {j}) -> BOUND(j, most)
WAITS(j, most, left) =
  (start.j -> BOUND(j, most))
  []
  (backfill.j -> BOUND(j, most))
  []
  (left > 0 & start?k:diff(JOBS, {j}) -> WAITS(j, most, left - 1))

overtaking(P, j) = P \ diff(Events, Union({{| start |}, {submit.j, backfill.j}}))


external prioritise

priority(Flood.i) = 1
priority(Gang.g) = 0

-- The jobs of a queue that have the highest priority in it, in order.
urgent(queue) =
  let most = if empty({j | j <- set(queue), priority(j) == 1}) then 0 else 1
  within <j | j <- queue, priority(j) == most>

STRICT(queue, running) =
  (submit?j:idle(set(queue), running) -> STRICT(queue ^ <j>, running))
  []
  (not null(queue) and fits(head(urgent(queue)), running) & start!head(urgent(queue)) ->
    STRICT(<j | j <- queue, j != head(urgent(queue))>, union(running, {head(urgent(queue))})))
  []
  (end?j:running -> STRICT(queue, diff(running, {j})))

SYSTEM = CLUSTER(JOBS, STRICT(<>, {}))

assert SYSTEM :[deadlock free [F]]

-- Those of high priority have nothing to fear, except one another.
{-# assert SYSTEM :[starvation free [WF PROMPT]]: {(submit.Flood.i, start.Flood.i) | i <- {0..1}} #-}

-- What it breaks -----------------------------------------------------------------------------------------------------

-- Even under strong fairness to everybody the flood starves every job that needs more than it leaves over.
{-# assert not SYSTEM :[starvation free [SF]]: {(submit.Gang.2, start.Gang.2)} #-}
{-# assert not SYSTEM :[starvation free [SF]]: {(submit.Gang.3, start.Gang.3)} #-}
{-# assert not SYSTEM :[overtaking bounded by 100]: EVERYBODY #-}

-- A coordinator that starts at once whatever it may start, as the real one does, starves them, too: the next job of the flood is
-- there before the last one has ended. (`banquet replay` puts the real one through this run.)
AT_ONCE = prioritise(SYSTEM, <{| start |}, {| submit, end |}>)

{-# assert not AT_ONCE :[starvation free [SF]]: {(submit.Gang.2, start.Gang.2)} #-}

-- It is the flood that does it: a single job of high priority leaves all slots free again and again, and the big gang
-- starts, if only the coordinator takes a chance that comes again and again.
TRICKLE = CLUSTER({Flood.0, Gang.3}, STRICT(<>, {}))

{-# assert TRICKLE :[starvation free [SF PROMPT]]: {(submit.Gang.3, start.Gang.3)} #-}

"""#

    /// Specs/policies/greedy-gang.csp
    static let greedyGang = #"""
-- Greedy gangs: the policy `greedy-gang`. Two forks, each in the hand of another.
--
-- Slots are handed out one by one, each to the waiting job that has least, and a gang keeps what it has while it waits for the
-- rest. Two gangs that came at the same time each end up with a part of the cluster, and wait for the other's part: hold and
-- wait (volcano#3373). Nobody computes, nobody lets go. Specs/lab/hold-and-wait.csp tells the same without a policy. The
-- default policy takes all of a gang's slots in one step, or none.
--
-- What the model leaves out: failures and time, as in cluster.csp. Bounds: 2 workers of one slot, two gangs of 2 ranks, and
-- a third job of one task. The argument needs only gangs enough to hold all slots while each still wants one.

-- The vocabulary: the events that the specs, the coordinator and its journal share, one channel each.
--
-- Printed from the table in Sources/Coordination/Vocabulary/Vocabulary.swift by scripts/generate-vocabulary;
-- don't edit it. A spec that includes this file defines the sets, and so its bounds:
-- EPOCHS, JOBS, TASKS, WORKERS. What an event carries besides is data that specs leave out.

channel submit : JOBS                  -- a job was submitted and admitted
channel reject : JOBS                  -- a submission was refused; nothing is kept of it (not in the journal)
channel form : JOBS                    -- the ranks of an elastic gang's next generation were counted
channel assign : TASKS.EPOCHS.WORKERS  -- a lease was granted to a worker
channel accept : TASKS.EPOCHS          -- the worker took the lease; a task runs, a rank waits for its gang
channel start : JOBS                   -- all ranks of a gang have accepted, and were told to run
channel finish : TASKS.EPOCHS          -- the unit ended well, and so its lease
channel fail : TASKS.EPOCHS            -- the unit ended in another way, and so its lease
channel lapse : TASKS.EPOCHS           -- the lease is void: its worker was lost or left
channel retry : JOBS                   -- a task, or a whole gang, goes back to the queue
channel expire : JOBS                  -- the time limit of a task or gang is over; it is to stop
channel preempt : JOBS                 -- a task or gang makes room for another job; it is to stop
channel checkpoint : JOBS              -- rank 0's checkpoint is in the store
channel cancel : JOBS                  -- somebody asked for the job's end
channel end : JOBS                     -- the job ended; nothing of it is held any more
channel join : WORKERS                 -- a worker became a member
channel leave : WORKERS                -- a worker that held nothing went away in good order
channel crash : WORKERS                -- an incarnation of a worker is over; what it held lapsed before
channel cordon : WORKERS               -- the worker gets no new leases
channel uncordon : WORKERS             -- the worker gets leases again
channel recover                        -- the coordinator started on a state folder that was used before


GREEDY_SLOTS = 2  -- workers of one slot
GREEDY_GANG = 2   -- ranks of each gang

datatype Job = Left | Right | Single
datatype Unit = Rank.Job.{0..GREEDY_GANG - 1}

JOBS = Job
size(j) = if j == Single then 1 else GREEDY_GANG
TASKS = {Rank.j.r | j <- JOBS, r <- {0..size(j) - 1}}
EPOCHS = {1}  -- a rank's first lease: nothing fails here, so there is no other
WORKERS = {0..GREEDY_SLOTS - 1}

-- A gang takes its ranks' slots in order, starts when it has all, and ends.
GANG(j) =
  let
    placed(r) = if r < size(j) then assign.Rank.j.r.1?w -> placed(r + 1) else start.j -> leaving(0)
    leaving(r) = if r < size(j) then finish.Rank.j.r.1 -> leaving(r + 1) else end.j -> GANG(j)
  within submit.j -> placed(0)

-- A worker's slot: whose it is, and free again when that rank has ended.
WORKER(w) = assign?t.1!w -> finish.t.1 -> WORKER(w)

-- Each slot goes to one of the waiting jobs that have least; `has` are pairs of a job that waits and what it has.
POOREST(has) =
  let
    least = {j | (j, n) <- has, empty({k | (k, m) <- has, m < n})}
  within
    (submit?j:diff(JOBS, {j | (j, n) <- has}) -> POOREST(union(has, {(j, 0)})))
    []
    (assign?t:{Rank.j.n | (j, n) <- has, member(j, least)}!1?w ->
      let taken = {(j, n) | (j, n) <- has, t == (Rank.j.n)}
      within POOREST(union(diff(has, taken), {(j, n + 1) | (j, n) <- taken, n + 1 < size(j)})))

STAFF = ||| w : WORKERS @ WORKER(w)
ONE_BY_ONE =
  ((||| j : JOBS @ GANG(j)) [| {| assign, finish |} |] STAFF) [| {| submit, assign |} |] POOREST({})

-- What it breaks -----------------------------------------------------------------------------------------------------

-- Left and Right each hold a slot and wait for the other's, for ever; and behind them waits whoever comes later.
assert not ONE_BY_ONE :[deadlock free [F]]
{-# assert not ONE_BY_ONE :[starvation free [SF]]: {(submit.j, start.j) | j <- JOBS} #-}

-- The repair ---------------------------------------------------------------------------------------------------------

-- The coordinator's way: all of a gang's slots in one step, or none. `free` slots are left; the grant of a job goes on, slot by
-- slot, before anybody else is served.
WHOLE(free) =
  (submit?j -> WHOLE(free))
  []
  (free < card(WORKERS) & finish?t?e -> WHOLE(free + 1))
  []
  ([] j : {k | k <- JOBS, size(k) <= free} @ assign.Rank.j.0.1?w -> REST(j, 1, free - 1))
REST(j, r, free) =
  if r == size(j) then WHOLE(free) else assign.Rank.j.r.1?w -> REST(j, r + 1, free - 1)

AT_ONCE =
  ((||| j : JOBS @ GANG(j)) [| {| assign, finish |} |] STAFF)
  [| {| submit, assign, finish |} |]
  WHOLE(card(WORKERS))

assert AT_ONCE :[deadlock free [F]]
assert AT_ONCE :[divergence free]
{-# assert AT_ONCE :[starvation free [SF]]: {(submit.j, start.j) | j <- JOBS} #-}

"""#

    /// Specs/policies/first-fit.csp
    static let firstFit = #"""
-- First fit: the policy `first-fit`. Whoever fits starts.
--
-- No slot is idle while anybody fits, and nothing is kept for anybody. A gang fits only when enough slots are free together; before that
-- happens a smaller job has taken the one that there is. As long as small jobs come in, the gang waits (volcano#947). It is here to be seen
-- failing: Specs/lab/big-gang.csp tells the same as a lesson.
--
-- The cluster, its tenants and the bounds are in cluster.csp.

-- The cluster and the tenants that every policy is tried on; the policies' files include this one.
--
-- One tenant floods: two jobs of one slot, each submitted again as soon as it has ended. Another has gangs of every
-- size that fits, and submits them again too. All slots are alike, and a job's slots are taken and given back in one step.
--
-- What the model leaves out: workers, failures (Specs/protocol has both) and time: a job ends at some time, and nobody knows
-- when. Bounds: SLOTS = 3, two jobs in the flood, one gang of each size from 1 to 3. An event `start` stands for the whole
-- of a job's slots being granted.
--
-- What is fair here? PROMPT: the coordinator does not put off for ever what it may do all the time, and what runs ends at
-- some time. Nothing is asked of the tenants: they submit whenever, and as often as, it hurts most.

-- The vocabulary: the events that the specs, the coordinator and its journal share, one channel each.
--
-- Printed from the table in Sources/Coordination/Vocabulary/Vocabulary.swift by scripts/generate-vocabulary;
-- don't edit it. A spec that includes this file defines the sets, and so its bounds:
-- EPOCHS, JOBS, TASKS, WORKERS. What an event carries besides is data that specs leave out.

channel submit : JOBS                  -- a job was submitted and admitted
channel reject : JOBS                  -- a submission was refused; nothing is kept of it (not in the journal)
channel form : JOBS                    -- the ranks of an elastic gang's next generation were counted
channel assign : TASKS.EPOCHS.WORKERS  -- a lease was granted to a worker
channel accept : TASKS.EPOCHS          -- the worker took the lease; a task runs, a rank waits for its gang
channel start : JOBS                   -- all ranks of a gang have accepted, and were told to run
channel finish : TASKS.EPOCHS          -- the unit ended well, and so its lease
channel fail : TASKS.EPOCHS            -- the unit ended in another way, and so its lease
channel lapse : TASKS.EPOCHS           -- the lease is void: its worker was lost or left
channel retry : JOBS                   -- a task, or a whole gang, goes back to the queue
channel expire : JOBS                  -- the time limit of a task or gang is over; it is to stop
channel preempt : JOBS                 -- a task or gang makes room for another job; it is to stop
channel checkpoint : JOBS              -- rank 0's checkpoint is in the store
channel cancel : JOBS                  -- somebody asked for the job's end
channel end : JOBS                     -- the job ended; nothing of it is held any more
channel join : WORKERS                 -- a worker became a member
channel leave : WORKERS                -- a worker that held nothing went away in good order
channel crash : WORKERS                -- an incarnation of a worker is over; what it held lapsed before
channel cordon : WORKERS               -- the worker gets no new leases
channel uncordon : WORKERS             -- the worker gets leases again
channel recover                        -- the coordinator started on a state folder that was used before


SLOTS = 3
FLOOD = 2       -- jobs of one slot, each submitted again as soon as it has ended
SIZES = {1..3}  -- one gang of each

datatype Job = Flood.{0..FLOOD - 1} | Gang.SIZES

JOBS = Job
TASKS = {0}
EPOCHS = {0}
WORKERS = {0}

size(Flood.i) = 1
size(Gang.g) = g

-- The slots that a set of jobs holds, and whether one more fits.
slots(jobs) = card({(j, n) | j <- jobs, n <- {1..size(j)}})
fits(j, running) = slots(running) + size(j) <= SLOTS

-- The jobs that may be submitted: those that neither wait nor run.
idle(waiting, running) = diff(JOBS, union(waiting, running))

-- A job, again and again; and the tenants together.
JOB(j) = submit.j -> start.j -> end.j -> JOB(j)
TENANTS(jobs) = ||| j : jobs @ JOB(j)

-- Tenants who submit these jobs to a scheduler.
CLUSTER(jobs, SCHEDULER) = TENANTS(jobs) [| {| submit, start, end |} |] SCHEDULER

PROMPT = {| start, end |}

-- Who waits for what.
EVERYBODY = {(submit.j, start.j) | j <- JOBS}
GANGS = {(submit.Gang.g, start.Gang.g) | g <- SIZES}

-- Policies with reservations start a job in one of two ways: in its turn, or on slots outside of the reservation. To the job
-- it is all the same; others see a start.
channel backfill : JOBS

SHARED(jobs, SCHEDULER) =
  TENANTS(jobs)[[start.j <- start.j, start.j <- backfill.j | j <- JOBS]]
  [| {| submit, start, backfill, end |} |]
  SCHEDULER
seen(P) = P[[backfill.j <- start.j | j <- JOBS]]

-- Between a submission of this job and its start at most so many others start in their turn. A start outside of the
-- reservation isn't counted: it delays nobody who has one, and as long as one who does runs on, it may come any number of times.
BOUND(j, most) = submit.j -> WAITS(j, most, most) [] start?k:diff(JOBS, {j}) -> BOUND(j, most)
WAITS(j, most, left) =
  (start.j -> BOUND(j, most))
  []
  (backfill.j -> BOUND(j, most))
  []
  (left > 0 & start?k:diff(JOBS, {j}) -> WAITS(j, most, left - 1))

overtaking(P, j) = P \ diff(Events, Union({{| start |}, {submit.j, backfill.j}}))


FIRST_FIT(waiting, running) =
  (submit?j:idle(waiting, running) -> FIRST_FIT(union(waiting, {j}), running))
  []
  (start?j:{k | k <- waiting, fits(k, running)} -> FIRST_FIT(diff(waiting, {j}), union(running, {j})))
  []
  (end?j:running -> FIRST_FIT(waiting, diff(running, {j})))

SYSTEM = CLUSTER(JOBS, FIRST_FIT({}, {}))

assert SYSTEM :[deadlock free [F]]

-- The small ones have nothing to fear.
{-# assert SYSTEM :[starvation free [SF PROMPT]]: {(submit.Flood.i, start.Flood.i) | i <- {0..1}} #-}

-- What it breaks -----------------------------------------------------------------------------------------------------

-- Even under strong fairness to everybody the big gangs starve.
{-# assert not SYSTEM :[starvation free [SF]]: {(submit.Gang.2, start.Gang.2)} #-}
{-# assert not SYSTEM :[starvation free [SF]]: {(submit.Gang.3, start.Gang.3)} #-}

"""#
}
