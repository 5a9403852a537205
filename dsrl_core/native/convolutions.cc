// The small image encoder on CPUs as custom calls of XLA: 3x3 convolutions without padding, each followed by ReLU, and
// the gradient by their parameters.
//
// One image goes through all layers within the cache of one core, and every pass is a product whose sums stay in
// registers. Sums are taken in one order whatever the number of threads, so that results repeat to the last bit.
// docs/explanation/the-learner.md, "Speed", has what that is worth.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "arrays.h"
#include "parallel.h"
#include "products.h"
#include "xla/ffi/api/ffi.h"

namespace ffi = xla::ffi;

namespace {

constexpr long KERNEL = 3;
constexpr long CHUNKS = 32;    // pieces of a batch that threads share out; fixed: their gradients are summed in order
constexpr long ROW_BLOCK = 4;  // rows of a map that the gradient by weights takes at once: they fit the first cache

typedef std::vector<float> Floats;

ON_ANY_PROCESSOR void relu(long n, float* x) {
  for (long i = 0; i < n; ++i) x[i] = x[i] < 0 ? 0.0f : x[i];  // what is no number stays none
}

ON_ANY_PROCESSOR void stop_where_zero(long n, const float* y, float* gradient) {
  for (long i = 0; i < n; ++i) gradient[i] = y[i] > 0 ? gradient[i] : 0.0f;
}

// From x [height, width, channels] to y [rows, columns, features]; parameters are the kernel [3, 3, channels, features]
// and after it the bias [features].
struct Layer {
  long height, width, channels, features, stride, rows, columns;

  long inputs() const { return height * width * channels; }
  long outputs() const { return rows * columns * features; }
  long weights() const { return KERNEL * KERNEL * channels * features; }
  long params() const { return weights() + features; }
  long across() const { return KERNEL * channels; }  // of a window, side by side in x
  long input_row() const { return width * channels; }
  long output_row() const { return columns * features; }

  void forward(const float* x, const float* params, float* y) const {
    const Product p{.outer = KERNEL,
                    .inner = across(),
                    .a_outer = input_row(),
                    .a_inner = 1,
                    .a_row = stride * channels,
                    .b_outer = across() * features,
                    .b_inner = features,
                    .c_row = features};
    for (long r = 0; r < rows; ++r, y += output_row()) {
      for (long i = 0; i < columns; ++i) std::memcpy(y + i * features, params + weights(), sizeof(float) * features);
      multiply(columns, features, p, x + r * stride * input_row(), params, y);
      relu(output_row(), y);
    }
  }

  // Adds to the gradient by parameters; `gradient` is that by what ReLU is given.
  void by_params(const float* x, const float* gradient, float* sum) const {
    for (long r = 0; r < rows; r += ROW_BLOCK) {
      const Product p{.outer = std::min(ROW_BLOCK, rows - r),
                      .inner = columns,
                      .a_outer = stride * input_row(),
                      .a_inner = stride * channels,
                      .a_row = 1,
                      .b_outer = output_row(),
                      .b_inner = features,
                      .c_row = features};
      for (long i = 0; i < KERNEL; ++i)
        multiply(across(), features, p, x + (r * stride + i) * input_row(), gradient + r * output_row(),
                 sum + i * across() * features);
    }
    add_rows(rows * columns, features, gradient, sum + weights());
  }

  // The gradient by x, from that by what ReLU is given; `turned` is [3, 3, features, channels].
  void by_input(const float* gradient, const float* turned, float* by_x) const {
    std::memset(by_x, 0, sizeof(float) * inputs());
    const Product p{.outer = 1,
                    .inner = features,
                    .a_outer = 0,
                    .a_inner = 1,
                    .a_row = features,
                    .b_outer = 0,
                    .b_inner = channels,
                    .c_row = stride * channels};
    for (long r = 0; r < rows; ++r)
      for (long i = 0; i < KERNEL; ++i)
        for (long j = 0; j < KERNEL; ++j)
          multiply(columns, channels, p, gradient + r * output_row(), turned + (KERNEL * i + j) * channels * features,
                   by_x + (r * stride + i) * input_row() + j * channels);
  }

  Floats turn(const float* kernel) const {
    Floats turned(weights());
    for (long t = 0; t < KERNEL * KERNEL; ++t)
      for (long c = 0; c < channels; ++c)
        for (long f = 0; f < features; ++f)
          turned[(t * features + f) * channels + c] = kernel[(t * channels + c) * features + f];
    return turned;
  }
};

// All layers, and where each one's parameters and map begin; maps of all layers but the last lie one after the other.
struct Encoder {
  long images;
  std::vector<Layer> layers;
  std::vector<long> params, maps;

  Encoder(ffi::Span<const int64_t> pixels, ffi::Span<const int64_t> features, ffi::Span<const int64_t> strides)
      : images(pixels[0]), params{0}, maps{0} {
    long height = pixels[1], width = pixels[2], channels = pixels[3];
    for (size_t i = 0; i < features.size(); ++i) {
      const long rows = (height - KERNEL) / strides[i] + 1, columns = (width - KERNEL) / strides[i] + 1;
      layers.push_back({height, width, channels, features[i], strides[i], rows, columns});
      params.push_back(params.back() + layers[i].params());
      maps.push_back(maps.back() + layers[i].outputs());
      height = rows, width = columns, channels = features[i];
    }
  }

  long depth() const { return layers.size(); }
  long kept() const { return maps[depth() - 1]; }  // floats of an image's maps but the last
  const Layer& last() const { return layers.back(); }
  long chunks() const { return std::min(images, CHUNKS); }

  // Calls work(image) for each image of a chunk, in order.
  template <typename Work>
  void each(long chunk, const Work& work) const {
    for (long image = images * chunk / chunks(); image < images * (chunk + 1) / chunks(); ++image) work(image);
  }
};

// What `Encoder` and the products take for granted.
bool sound(ffi::Span<const int64_t> pixels, ffi::Span<const int64_t> features, ffi::Span<const int64_t> strides) {
  if (pixels.size() != 4 || features.size() == 0 || features.size() != strides.size()) return false;
  long side = std::min(pixels[1], pixels[2]);
  for (size_t i = 0; i < features.size(); ++i) {
    if (side < KERNEL || strides[i] < 1 || features[i] < 1 || features[i] % NARROWEST) return false;
    side = (side - KERNEL) / strides[i] + 1;
  }
  return true;
}

bool fits(const Encoder& e, const ffi::Buffer<ffi::F32>& params, long last) {
  return static_cast<long>(params.element_count()) == e.params.back() && last == e.images * e.last().outputs();
}

const char MISFIT[] = "the arrays do not have the sizes that pixels, features and strides ask for";

// y f32 [b, last map] of pixels u8 [b, h, w, c], and in `kept` f32 [b, maps] the other maps, or nothing if it is empty.
ffi::Error forward(ffi::ThreadPool pool, ffi::Buffer<ffi::U8> pixels, ffi::Buffer<ffi::F32> params,
                   ffi::Result<ffi::Buffer<ffi::F32>> y, ffi::Result<ffi::Buffer<ffi::F32>> kept,
                   ffi::Span<const int64_t> features, ffi::Span<const int64_t> strides) {
  if (!sound(pixels.dimensions(), features, strides)) return ffi::Error::InvalidArgument(MISFIT);
  const Encoder e(pixels.dimensions(), features, strides);
  const long floats = kept->element_count();
  if (!fits(e, params, y->element_count()) || (floats && floats != e.images * e.kept()))
    return ffi::Error::InvalidArgument(MISFIT);
  in_parallel(pool, e.chunks(), [&](long chunk) {
    Floats unit(e.layers[0].inputs()), own(floats ? 0 : e.kept());
    e.each(chunk, [&](long image) {
      to_unit(unit.size(), pixels.typed_data() + image * unit.size(), unit.data());
      float* maps = own.empty() ? kept->typed_data() + image * e.kept() : own.data();
      const float* x = unit.data();
      for (long i = 0; i < e.depth(); ++i) {
        float* to = i + 1 < e.depth() ? maps + e.maps[i] : y->typed_data() + image * e.last().outputs();
        e.layers[i].forward(x, params.typed_data() + e.params[i], to);
        x = to;
      }
    });
  });
  return ffi::Error::Success();
}

// The gradient by `params`, from that by y, f32 [b, last map].
ffi::Error backward(ffi::ThreadPool pool, ffi::Buffer<ffi::U8> pixels, ffi::Buffer<ffi::F32> params,
                    ffi::Buffer<ffi::F32> y, ffi::Buffer<ffi::F32> kept, ffi::Buffer<ffi::F32> by_y,
                    ffi::Result<ffi::Buffer<ffi::F32>> by_params, ffi::Span<const int64_t> features,
                    ffi::Span<const int64_t> strides) {
  if (!sound(pixels.dimensions(), features, strides)) return ffi::Error::InvalidArgument(MISFIT);
  const Encoder e(pixels.dimensions(), features, strides);
  if (!fits(e, params, y.element_count()) || static_cast<long>(kept.element_count()) != e.images * e.kept() ||
      by_y.element_count() != y.element_count() || by_params->element_count() != params.element_count())
    return ffi::Error::InvalidArgument(MISFIT);
  std::vector<Floats> turned(e.depth()), sums(e.chunks());
  for (long i = 1; i < e.depth(); ++i) turned[i] = e.layers[i].turn(params.typed_data() + e.params[i]);
  in_parallel(pool, e.chunks(), [&](long chunk) {
    Floats &sum = sums[chunk], unit(e.layers[0].inputs()), gradient(e.maps.back());
    sum.resize(e.params.back());
    e.each(chunk, [&](long image) {
      const float *maps = kept.typed_data() + image * e.kept(), *last = y.typed_data() + image * e.last().outputs();
      to_unit(unit.size(), pixels.typed_data() + image * unit.size(), unit.data());
      std::memcpy(gradient.data() + e.kept(), by_y.typed_data() + image * e.last().outputs(),
                  sizeof(float) * e.last().outputs());
      for (long i = e.depth() - 1; i >= 0; --i) {
        float* here = gradient.data() + e.maps[i];
        stop_where_zero(e.layers[i].outputs(), i + 1 < e.depth() ? maps + e.maps[i] : last, here);
        e.layers[i].by_params(i ? maps + e.maps[i - 1] : unit.data(), here, sum.data() + e.params[i]);
        if (i) e.layers[i].by_input(here, turned[i].data(), gradient.data() + e.maps[i - 1]);
      }
    });
  });
  std::memset(by_params->typed_data(), 0, by_params->size_bytes());
  for (const Floats& sum : sums) add_rows(1, sum.size(), sum.data(), by_params->typed_data());
  return ffi::Error::Success();
}

}  // namespace

#define WITH_LAYERS Attr<ffi::Span<const int64_t>>("features").Attr<ffi::Span<const int64_t>>("strides")

XLA_FFI_DEFINE_HANDLER_SYMBOL(dsrl_convolutions_forward, forward,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Arg<ffi::Buffer<ffi::U8>>()
                                  .Arg<ffi::Buffer<ffi::F32>>()
                                  .Ret<ffi::Buffer<ffi::F32>>()
                                  .Ret<ffi::Buffer<ffi::F32>>()
                                  .WITH_LAYERS);

XLA_FFI_DEFINE_HANDLER_SYMBOL(dsrl_convolutions_backward, backward,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Arg<ffi::Buffer<ffi::U8>>()
                                  .Arg<ffi::Buffer<ffi::F32>>()
                                  .Arg<ffi::Buffer<ffi::F32>>()
                                  .Arg<ffi::Buffer<ffi::F32>>()
                                  .Arg<ffi::Buffer<ffi::F32>>()
                                  .Ret<ffi::Buffer<ffi::F32>>()
                                  .WITH_LAYERS);
