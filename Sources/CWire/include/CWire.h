#pragma once
#include "banquet.pb-c.h"
