#include "CSpecs.h"

// #embed (C23) keeps the files in the binary and costs the compiler nothing.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char vocabulary[] = {
#embed "../../Specs/vocabulary.csp"
};
static const unsigned char journal_vocabulary[] = {
#embed "../../Specs/journal/vocabulary.csp"
};
static const unsigned char journal_processes[] = {
#embed "../../Specs/journal/processes.csp"
};
static const unsigned char journal_journal[] = {
#embed "../../Specs/journal/journal.csp"
};
static const unsigned char core_world[] = {
#embed "../../Specs/core/world.csp"
};
static const unsigned char core_laws[] = {
#embed "../../Specs/core/laws.csp"
};
static const unsigned char policies_cluster[] = {
#embed "../../Specs/policies/cluster.csp"
};
static const unsigned char policies_fair[] = {
#embed "../../Specs/policies/fair.csp"
};
static const unsigned char policies_fifo[] = {
#embed "../../Specs/policies/fifo.csp"
};
static const unsigned char policies_backfill[] = {
#embed "../../Specs/policies/backfill.csp"
};
static const unsigned char policies_strict_priority[] = {
#embed "../../Specs/policies/strict-priority.csp"
};
static const unsigned char policies_first_fit[] = {
#embed "../../Specs/policies/first-fit.csp"
};
static const unsigned char policies_greedy_gang[] = {
#embed "../../Specs/policies/greedy-gang.csp"
};

#define FILE(name, bytes) {name, bytes, sizeof bytes}
static const struct banquet_spec files[] = {
    FILE("vocabulary.csp", vocabulary),
    FILE("journal/vocabulary.csp", journal_vocabulary),
    FILE("journal/processes.csp", journal_processes),
    FILE("journal/journal.csp", journal_journal),
    FILE("core/world.csp", core_world),
    FILE("core/laws.csp", core_laws),
    FILE("policies/cluster.csp", policies_cluster),
    FILE("policies/fair.csp", policies_fair),
    FILE("policies/fifo.csp", policies_fifo),
    FILE("policies/backfill.csp", policies_backfill),
    FILE("policies/strict-priority.csp", policies_strict_priority),
    FILE("policies/first-fit.csp", policies_first_fit),
    FILE("policies/greedy-gang.csp", policies_greedy_gang),
    {0, 0, 0},
};
const struct banquet_spec *const banquet_specs = files;
