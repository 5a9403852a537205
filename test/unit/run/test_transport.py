"""How large the messages between hosts are, and whether a system's buffers take them."""

from pathlib import Path

import pytest

from dsrl_core.app.compose import load_run
from dsrl_core.run.transport import largest_bytes, transport_words


@pytest.fixture
def rmem(tmp_path: Path) -> Path:
    (tmp_path / "rmem_max").write_text("212992\n")
    return tmp_path / "rmem_max"


def test_an_episode_crosses_hosts_or_an_image_where_steering_is_elsewhere():
    platform, preset = (config := load_run("reach", "run")).platform, config.preset
    decisions = -(-platform.episode.max_steps // platform.policy.execute)
    assert largest_bytes(config) == (decisions + 1) * 3 * preset.network.image_size**2
    camera = next(iter(platform.observation.cameras.values()))
    there = load_run("reach", "run", overrides=["hosts.steering=learner"])
    assert largest_bytes(there) == 3 * camera.height * camera.width


def test_over_tcp_the_buffers_of_udp_do_not_matter(rmem: Path):
    words, warned = transport_words(load_run("franka", "run"), {"FASTDDS_BUILTIN_TRANSPORTS": "LARGE_DATA"}, rmem)
    assert "by TCP" in words
    assert not warned


def test_over_udp_a_buffer_that_is_too_small_is_warned_of_with_the_remedy(rmem: Path):
    config = load_run("franka", "run")
    words, warned = transport_words(config, {}, rmem)
    assert warned
    assert "net.core.rmem_max=212992" in words
    assert "sudo sysctl -w net.core.rmem_max=" in words
    rmem.write_text("2000000000")
    assert not transport_words(config, {}, rmem)[1]


def test_of_another_middleware_nothing_is_claimed(rmem: Path):
    words, warned = transport_words(load_run("franka", "run"), {"RMW_IMPLEMENTATION": "rmw_cyclonedds_cpp"}, rmem)
    assert not warned
    assert "UDP" not in words
