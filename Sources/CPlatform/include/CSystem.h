#pragma once
#include "process.h"
#include "reactor.h"
#include "signals.h"
