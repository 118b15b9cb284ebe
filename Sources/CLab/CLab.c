#include "CLab.h"

// #embed (C23) keeps the files in the binary and costs the compiler nothing.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char priority_flood[] = {
#embed "../../Specs/lab/priority-flood.csp"
};
static const unsigned char big_gang[] = {
#embed "../../Specs/lab/big-gang.csp"
};
static const unsigned char hold_and_wait[] = {
#embed "../../Specs/lab/hold-and-wait.csp"
};
static const unsigned char convoy[] = {
#embed "../../Specs/lab/convoy.csp"
};
static const unsigned char stuck_worker[] = {
#embed "../../Specs/lab/stuck-worker.csp"
};
static const unsigned char double_work[] = {
#embed "../../Specs/lab/double-work.csp"
};
static const unsigned char reconnect_storm[] = {
#embed "../../Specs/lab/reconnect-storm.csp"
};
static const unsigned char pipeline_buffers[] = {
#embed "../../Specs/lab/pipeline-buffers.csp"
};
static const unsigned char priority_flood_map[] = {
#embed "../../Specs/lab/priority-flood.replay"
};
static const unsigned char big_gang_map[] = {
#embed "../../Specs/lab/big-gang.replay"
};
static const unsigned char hold_and_wait_map[] = {
#embed "../../Specs/lab/hold-and-wait.replay"
};
static const unsigned char convoy_map[] = {
#embed "../../Specs/lab/convoy.replay"
};
static const unsigned char stuck_worker_map[] = {
#embed "../../Specs/lab/stuck-worker.replay"
};
static const unsigned char double_work_map[] = {
#embed "../../Specs/lab/double-work.replay"
};
static const unsigned char reconnect_storm_map[] = {
#embed "../../Specs/lab/reconnect-storm.replay"
};
static const unsigned char pipeline_buffers_map[] = {
#embed "../../Specs/lab/pipeline-buffers.replay"
};
static const unsigned char pipeline_buffers_plan[] = {
#embed "../../Specs/lab/pipeline-buffers.yaml"
};
static const unsigned char pipeline_buffers_repaired_plan[] = {
#embed "../../Specs/lab/pipeline-buffers-repaired.yaml"
};
static const unsigned char attacker_given[] = {
#embed "Exercises/attacker/given.csp"
};
static const unsigned char attacker_task[] = {
#embed "Exercises/attacker/task.csp"
};
static const unsigned char attacker_hidden[] = {
#embed "Exercises/attacker/hidden.csp"
};
static const unsigned char allocator_given[] = {
#embed "Exercises/allocator/given.csp"
};
static const unsigned char allocator_task[] = {
#embed "Exercises/allocator/task.csp"
};
static const unsigned char allocator_hidden[] = {
#embed "Exercises/allocator/hidden.csp"
};
static const unsigned char scheduler_given[] = {
#embed "Exercises/scheduler/given.csp"
};
static const unsigned char scheduler_task[] = {
#embed "Exercises/scheduler/task.csp"
};
static const unsigned char scheduler_hidden[] = {
#embed "Exercises/scheduler/hidden.csp"
};
static const unsigned char pipeline_given[] = {
#embed "Exercises/pipeline/given.csp"
};
static const unsigned char pipeline_task[] = {
#embed "Exercises/pipeline/task.csp"
};
static const unsigned char pipeline_hidden[] = {
#embed "Exercises/pipeline/hidden.csp"
};
static const unsigned char ledger_given[] = {
#embed "Exercises/ledger/given.csp"
};
static const unsigned char ledger_task[] = {
#embed "Exercises/ledger/task.csp"
};
static const unsigned char ledger_hidden[] = {
#embed "Exercises/ledger/hidden.csp"
};

#define FILE(name, bytes) {name, bytes, sizeof bytes}
static const struct banquet_lab_file files[] = {
    FILE("priority-flood.csp", priority_flood),
    FILE("big-gang.csp", big_gang),
    FILE("hold-and-wait.csp", hold_and_wait),
    FILE("convoy.csp", convoy),
    FILE("stuck-worker.csp", stuck_worker),
    FILE("double-work.csp", double_work),
    FILE("reconnect-storm.csp", reconnect_storm),
    FILE("pipeline-buffers.csp", pipeline_buffers),
    FILE("priority-flood.replay", priority_flood_map),
    FILE("big-gang.replay", big_gang_map),
    FILE("hold-and-wait.replay", hold_and_wait_map),
    FILE("convoy.replay", convoy_map),
    FILE("stuck-worker.replay", stuck_worker_map),
    FILE("double-work.replay", double_work_map),
    FILE("reconnect-storm.replay", reconnect_storm_map),
    FILE("pipeline-buffers.replay", pipeline_buffers_map),
    FILE("pipeline-buffers.yaml", pipeline_buffers_plan),
    FILE("pipeline-buffers-repaired.yaml", pipeline_buffers_repaired_plan),
    FILE("exercises/attacker/given.csp", attacker_given),
    FILE("exercises/attacker/task.csp", attacker_task),
    FILE("exercises/attacker/hidden.csp", attacker_hidden),
    FILE("exercises/allocator/given.csp", allocator_given),
    FILE("exercises/allocator/task.csp", allocator_task),
    FILE("exercises/allocator/hidden.csp", allocator_hidden),
    FILE("exercises/scheduler/given.csp", scheduler_given),
    FILE("exercises/scheduler/task.csp", scheduler_task),
    FILE("exercises/scheduler/hidden.csp", scheduler_hidden),
    FILE("exercises/pipeline/given.csp", pipeline_given),
    FILE("exercises/pipeline/task.csp", pipeline_task),
    FILE("exercises/pipeline/hidden.csp", pipeline_hidden),
    FILE("exercises/ledger/given.csp", ledger_given),
    FILE("exercises/ledger/task.csp", ledger_task),
    FILE("exercises/ledger/hidden.csp", ledger_hidden),
    {0, 0, 0},
};
const struct banquet_lab_file *const banquet_lab_files = files;
