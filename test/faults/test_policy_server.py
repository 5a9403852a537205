"""A policy server behind the graph: the same run as with the policy inside, also when the server dies in the middle."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from graphs import QUICK, GraphRun
from policy_process import PolicyProcess

from dsrl_core.run.interrupt import INTERRUPTED

pytestmark = pytest.mark.slow


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PolicyProcess]:
    server = PolicyProcess(tmp_path / "server.log")
    yield server
    server.kill()


def test_a_served_policy_steers_and_learns_like_one_inside(tmp_path: Path, server: PolicyProcess):
    inside = GraphRun(tmp_path / "inside", "--episodes=4", *QUICK, command="train")
    code, output = inside.finish()
    assert code == 0, output
    served = GraphRun(tmp_path / "served", "--episodes=4", f"policy.endpoint={server.address}", *QUICK)
    code, output = served.finish()
    assert code == 0, output + served.logs()
    for key in ("transitions_sha256", "params_sha256", "gradient_steps", "final_success", "exact"):
        assert inside.summary()[key] == served.summary()[key], key
    assert served.summary()["gradient_steps"] > 0
    assert not served.left_over()
    assert server.stop() == INTERRUPTED


def test_a_server_that_dies_costs_an_episode_and_not_the_run(tmp_path: Path, server: PolicyProcess):
    run = GraphRun(tmp_path / "run", "--episodes=8", f"policy.endpoint={server.address}", *QUICK)
    run.wait_until(lambda: run.settled() >= 5, "5 settled episodes")
    server.kill()
    again = PolicyProcess(tmp_path / "again.log", server.port)
    code, output = run.finish()
    again.kill()
    assert code == 0, output + run.logs()
    summary = run.summary()
    assert summary["episodes"] == 8
    assert summary["dropped_episodes"] <= 1, "none begins before the server is back"
    assert summary["gradient_steps"] > 0


def test_a_server_that_stays_away_ends_the_run_and_says_so(tmp_path: Path, server: PolicyProcess):
    settings = (f"policy.endpoint={server.address}", "policy.patience_s=1", *QUICK)
    run = GraphRun(tmp_path / "run", "--episodes=50", *settings)
    run.wait_until(lambda: run.settled() >= 3, "3 settled episodes")
    server.kill()
    code, output = run.finish(60)
    assert code == 1
    assert "was away for more than 1 s" in output + run.logs()
    assert not run.left_over()
