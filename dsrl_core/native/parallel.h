// Work shared out to the threads of XLA.

#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>

#include "xla/ffi/api/ffi.h"

// Calls work(0) to work(n - 1) on this thread and on those of the pool that are free. It never waits for a thread that
// has not begun: those of the pool may all be waiting here.
template <typename Work>
void in_parallel(xla::ffi::ThreadPool pool, long n, const Work& work) {
  struct Shared {
    std::atomic<long> next{0};
    long left;
    std::mutex mutex;
    std::condition_variable done;
  };
  auto shared = std::make_shared<Shared>();
  shared->left = n;
  auto run = [shared, n, &work]() noexcept {  // to leave early would leave the helpers with a `work` that is gone
    for (long i = shared->next++; i < n; i = shared->next++) {
      work(i);
      std::lock_guard<std::mutex> lock(shared->mutex);
      if (--shared->left == 0) shared->done.notify_all();
    }
  };
  for (long helper = 1; helper < std::min<long>(pool.num_threads(), n); ++helper) pool.Schedule([run] { run(); });
  run();
  std::unique_lock<std::mutex> lock(shared->mutex);
  shared->done.wait(lock, [&] { return shared->left == 0; });
}
