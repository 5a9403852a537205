// Loops over arrays, each compiled for several kinds of vectors.

#pragma once

#include <cstdint>

#ifdef __x86_64__
#define ON_ANY_PROCESSOR __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define ON_ANY_PROCESSOR
#endif

namespace {

ON_ANY_PROCESSOR void to_unit(long n, const uint8_t* pixels, float* x) {
  for (long i = 0; i < n; ++i) x[i] = pixels[i] * (1.0f / 255.0f);  // as XLA divides by a constant
}

ON_ANY_PROCESSOR void add_rows(long rows, long columns, const float* from, float* to) {
  for (long r = 0; r < rows; ++r)
    for (long i = 0; i < columns; ++i) to[i] += from[r * columns + i];
}

}  // namespace
