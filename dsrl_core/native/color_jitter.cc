// Colour jitter on CPUs as a custom call of XLA: brightness, contrast, saturation and hue, in an order for each image.
//
// What the changes are stands in dsrl_core/augmentations/color_jitter.py, which these loops follow operation by
// operation; there XLA takes most of its time to bring the channels apart and together again.

#include <algorithm>
#include <cstdint>
#include <vector>

#include "arrays.h"
#include "parallel.h"
#include "xla/ffi/api/ffi.h"

namespace ffi = xla::ffi;

namespace {

constexpr long CHANGES = 4;
enum Change { BRIGHTNESS, CONTRAST, SATURATION, HUE };

inline float clip(float x) { return std::min(std::max(x, 0.0f), 1.0f); }

ON_ANY_PROCESSOR void to_bytes(long n, const float* x, uint8_t* pixels) {
  for (long i = 0; i < n; ++i) pixels[i] = static_cast<uint8_t>(static_cast<int32_t>(x[i] * 255.0f));
}

ON_ANY_PROCESSOR void brighten(long n, float delta, float* x) {
  for (long i = 0; i < n; ++i) x[i] = clip(x[i] + delta);
}

// `mean` is that of each number's channel, for one row.
ON_ANY_PROCESSOR void contrast(long rows, long columns, float factor, const float* mean, float* x) {
  for (long r = 0; r < rows; ++r, x += columns)
    for (long i = 0; i < columns; ++i) x[i] = clip(factor * (x[i] - mean[i]) + mean[i]);
}

ON_ANY_PROCESSOR void saturate(long colours, float factor, float* x) {
  for (long i = 0; i < colours; ++i, x += 3) {
    const float value = std::max(std::max(x[0], x[1]), x[2]);
    const float chroma = value - std::min(std::min(x[0], x[1]), x[2]);
    const float most = chroma > 0 ? value / (chroma > 0 ? chroma : 1.0f) : 0.0f;
    const float by = std::min(factor, most);
    for (int c = 0; c < 3; ++c) x[c] = clip(value - (value - x[c]) * by);
  }
}

inline float unwound(float x, float period) { return x >= period ? x - period : x; }

inline float wrapped(float x, float period) { return unwound(x < 0 ? x + period : x, period); }

// How far a channel falls, in chromas, whose own hue is `start` sixths of a turn away from red.
inline float fall(float start, float hue) {
  const float sector = unwound(start + 6.0f * hue, 6.0f);
  return clip(std::min(sector, 4.0f - sector));
}

ON_ANY_PROCESSOR void turn_hue(long colours, float delta, float* x) {
  for (long i = 0; i < colours; ++i, x += 3) {
    const float r = x[0], g = x[1], b = x[2];
    const float value = std::max(std::max(r, g), b);
    const float chroma = value - std::min(std::min(r, g), b);
    const float sixth = 1.0f / (6.0f * (chroma > 0 ? chroma : 1.0f));
    const float red = sixth * (g - b), green = sixth * (b - r) + 1.0f / 3, blue = sixth * (r - g) + 2.0f / 3;
    const float from = chroma > 0 ? wrapped(r == value ? red : g == value ? green : blue, 1.0f) : 0.0f;
    const float hue = wrapped(from + delta, 1.0f);
    x[0] = clip(value - chroma * fall(5, hue));
    x[1] = clip(value - chroma * fall(3, hue));
    x[2] = clip(value - chroma * fall(1, hue));
  }
}

struct Image {
  long height, width, channels;

  long size() const { return height * width * channels; }

  // The mean of each channel of each camera, repeated along a row.
  std::vector<float> mean(const float* x) const {
    std::vector<float> columns(width * channels), mean(channels);
    add_rows(height, columns.size(), x, columns.data());
    add_rows(width, channels, columns.data(), mean.data());
    for (size_t i = 0; i < columns.size(); ++i) columns[i] = mean[i % channels] / (height * width);
    return columns;
  }

  void change(int which, float amount, float* x) const {
    if (which == BRIGHTNESS) brighten(size(), amount, x);
    if (which == CONTRAST) contrast(height, width * channels, amount, mean(x).data(), x);
    if (which == SATURATION) saturate(size() / 3, amount, x);
    if (which == HUE) turn_hue(size() / 3, amount, x);
  }
};

const char MISFIT[] = "the arrays do not have the sizes that pixels ask for";

// pixels u8 [b, h, w, 3c]; of each image whether it is changed, the order of the changes i32 [b, 4], and their amounts
// f32 [b, 4].
ffi::Error color_jitter(ffi::ThreadPool pool, ffi::Buffer<ffi::U8> pixels, ffi::Buffer<ffi::PRED> apply,
                        ffi::Buffer<ffi::S32> order, ffi::Buffer<ffi::F32> amounts,
                        ffi::Result<ffi::Buffer<ffi::U8>> result) {
  const auto shape = pixels.dimensions();
  if (shape.size() != 4) return ffi::Error::InvalidArgument(MISFIT);
  const Image image{shape[1], shape[2], shape[3]};
  const size_t images = shape[0];
  if (image.channels % 3 || apply.element_count() != images || order.element_count() != CHANGES * images ||
      amounts.element_count() != CHANGES * images || result->element_count() != pixels.element_count())
    return ffi::Error::InvalidArgument(MISFIT);
  in_parallel(pool, images, [&](long at) {
    std::vector<float> x(image.size());
    to_unit(x.size(), pixels.typed_data() + at * image.size(), x.data());
    for (long place = 0; place < CHANGES && apply.typed_data()[at]; ++place) {
      const int which = order.typed_data()[CHANGES * at + place];
      if (which < 0 || which >= CHANGES) continue;  // no change has this number
      image.change(which, amounts.typed_data()[CHANGES * at + which], x.data());
    }
    to_bytes(x.size(), x.data(), result->typed_data() + at * image.size());
  });
  return ffi::Error::Success();
}

}  // namespace

XLA_FFI_DEFINE_HANDLER_SYMBOL(dsrl_color_jitter, color_jitter,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Arg<ffi::Buffer<ffi::U8>>()
                                  .Arg<ffi::Buffer<ffi::PRED>>()
                                  .Arg<ffi::Buffer<ffi::S32>>()
                                  .Arg<ffi::Buffer<ffi::F32>>()
                                  .Ret<ffi::Buffer<ffi::U8>>());
