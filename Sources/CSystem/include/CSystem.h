#pragma once
#include "reactor.h"
