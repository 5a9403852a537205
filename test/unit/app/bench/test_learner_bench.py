"""`./dsrl bench learner` measures what it names."""

import pytest
from builders import make_config

from dsrl_core.app.bench import learner as bench
from dsrl_core.app.bench.starts import Start

FIGURES = {
    *("step_s", "steps_per_s", "gflop_per_step", "peak_fraction", "actor_p50_ms", "actor_p99_ms"),
    *("sampling_s", "sampling_fraction", "bytes_per_transition", "first_step_s", "second_start_s", "compile_s"),
}


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"EPISODES": 4, "SAMPLES": 3, "DECISIONS": 5, "BLOCKS": 2, "BLOCK_S": 0.01}.items():
        monkeypatch.setattr(bench, name, value)


@pytest.mark.parametrize("steps", [1, 2])
def test_every_figure_is_measured_and_follows_from_the_others(steps: int):
    figures = bench.measure(make_config({"steps_per_dispatch": steps}), Start(3.0, 2.0, 1.0), peak_gflops=100.0)
    assert figures.keys() == FIGURES | ({"block_step_s"} if steps > 1 else set())
    assert all(value > 0 for value in figures.values())
    assert figures["steps_per_s"] * figures["step_s"] == pytest.approx(1.0)
    assert figures["peak_fraction"] == pytest.approx(figures["gflop_per_step"] / figures["step_s"] / 100.0)
    assert figures["actor_p50_ms"] <= figures["actor_p99_ms"]
    assert (figures["first_step_s"], figures["second_start_s"], figures["compile_s"]) == (3.0, 2.0, 1.0)
