#pragma once
#include "host.h"
#include "memory.h"
#include "process.h"
#include "reactor.h"
#include "signals.h"
#include "terminal.h"
