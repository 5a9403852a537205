// Sums of products on the widest vectors that the processor has, chosen when the library is loaded.

#pragma once

#include <cstdlib>

// c[row][column] += sum over outer and inner of a * b, column by column in floats that lie side by side in b and c.
// Steps are in floats.
struct Product {
  long outer, inner;
  long a_outer, a_inner, a_row;
  long b_outer, b_inner;
  long c_row;
};

namespace {

constexpr int NARROWEST = 8;  // columns are a multiple of it

template <int LANES>
struct Vector {
  typedef float type __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
};

#define INLINE inline __attribute__((always_inline))

// ROWS x (VECTORS * LANES) sums, all in registers.
template <int LANES, int VECTORS, int ROWS>
INLINE void tile(const Product& p, const float* a, const float* b, float* c) {
  typedef typename Vector<LANES>::type V;
  V sum[ROWS][VECTORS];
  for (int r = 0; r < ROWS; ++r)
    for (int v = 0; v < VECTORS; ++v) sum[r][v] = *reinterpret_cast<const V*>(c + r * p.c_row + v * LANES);
  for (long i = 0; i < p.outer; ++i) {
    const float *x = a + i * p.a_outer, *y = b + i * p.b_outer;
    for (long k = 0; k < p.inner; ++k, x += p.a_inner, y += p.b_inner) {
      V right[VECTORS];
      for (int v = 0; v < VECTORS; ++v) right[v] = *reinterpret_cast<const V*>(y + v * LANES);
      for (int r = 0; r < ROWS; ++r)
        for (int v = 0; v < VECTORS; ++v) sum[r][v] += x[r * p.a_row] * right[v];
    }
  }
  for (int r = 0; r < ROWS; ++r)
    for (int v = 0; v < VECTORS; ++v) *reinterpret_cast<V*>(c + r * p.c_row + v * LANES) = sum[r][v];
}

template <int LANES, int VECTORS, int ROWS>
INLINE void tile_of(long rows, const Product& p, const float* a, const float* b, float* c) {
  if (rows == ROWS) return tile<LANES, VECTORS, ROWS>(p, a, b, c);
  if constexpr (ROWS > 1) tile_of<LANES, VECTORS, ROWS - 1>(rows, p, a, b, c);
}

// Tiles of at most ROWS rows, as even as can be: a tile of one row would wait for each of its sums.
template <int LANES, int ROWS>
INLINE void tiles(long rows, long columns, const Product& p, const float* a, const float* b, float* c) {
  constexpr int TAIL = LANES < NARROWEST ? LANES : NARROWEST;
  for (long count = (rows + ROWS - 1) / ROWS; count; --count) {
    const long some = (rows + count - 1) / count;
    long at = 0;
    for (; at + 2 * LANES <= columns; at += 2 * LANES) tile_of<LANES, 2, ROWS>(some, p, a, b + at, c + at);
    for (; at + LANES <= columns; at += LANES) tile_of<LANES, 1, ROWS>(some, p, a, b + at, c + at);
    for (; at < columns; at += TAIL) tile_of<TAIL, 1, ROWS>(some, p, a, b + at, c + at);
    rows -= some;
    a += some * p.a_row;
    c += some * p.c_row;
  }
}

typedef void Multiply(long rows, long columns, const Product& p, const float* a, const float* b, float* c);

void multiply_plainly(long rows, long columns, const Product& p, const float* a, const float* b, float* c) {
  tiles<4, 6>(rows, columns, p, a, b, c);  // 12 registers of 4 floats; some processors have 16
}

#ifdef __x86_64__
__attribute__((target("arch=x86-64-v4"))) void multiply_v4(long rows, long columns, const Product& p, const float* a,
                                                           const float* b, float* c) {
  tiles<16, 14>(rows, columns, p, a, b, c);  // 28 of 32 registers of 16 floats
}

__attribute__((target("arch=x86-64-v3"))) void multiply_v3(long rows, long columns, const Product& p, const float* a,
                                                           const float* b, float* c) {
  tiles<8, 6>(rows, columns, p, a, b, c);  // 12 of 16 registers of 8 floats
}

// DSRL_NATIVE_LANES=8 or less leaves the widest vectors out, so that every product can be tested on one machine.
Multiply* best() {
  const char* asked = std::getenv("DSRL_NATIVE_LANES");
  const int lanes = asked ? std::atoi(asked) : 16;
  if (__builtin_cpu_supports("x86-64-v4") && lanes >= 16) return multiply_v4;
  return __builtin_cpu_supports("x86-64-v3") && lanes >= 8 ? multiply_v3 : multiply_plainly;
}
#else
Multiply* best() { return multiply_plainly; }
#endif

Multiply* const multiply = best();

}  // namespace
