"""The figures of the loop are those of what happened."""

import numpy as np
import pytest

from dsrl_ros.robot_ends.fci.figures import Figures


def test_the_peaks_are_those_of_the_commands() -> None:
    figures = Figures()
    for tick in range(1000):
        figures.tick(1e-3, 1e-4, 1e-3, False, 1.0)
        figures.commanded(np.full(7, 0.1 * np.sin(2 * np.pi * tick * 1e-3)))
    told, w = figures.told(), 2 * np.pi
    assert told["peak_speed"] == pytest.approx(0.1 * w, rel=1e-2)
    assert told["peak_acceleration"] == pytest.approx(0.1 * w**2, rel=1e-2)
    assert told["peak_jerk"] == pytest.approx(0.1 * w**3, rel=1e-2)


def test_ticks_are_counted_and_a_gap_is_no_peak() -> None:
    figures = Figures()
    for tick in range(200):
        figures.tick(2e-3 if tick == 150 else 1e-3, 1e-4, 8e-3 if tick == 150 else 1e-3, tick == 160, 1.0 - tick / 1000)
        figures.commanded(np.full(7, 0.0 if tick < 150 else 0.1))
    told = figures.told()
    assert (told["ticks"], told["lost_ticks"], told["late_ticks"]) == (200, 7, 1)
    assert told["least_success_rate"] == pytest.approx(0.801)
    assert told["period_p50_ms"] == pytest.approx(1.05, abs=0.06)
    assert (told["peak_speed"], told["peak_jerk"]) == (0.0, 0.0)
