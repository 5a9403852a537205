"""Loop = graph, run after run: the same transitions and the same parameters, to the last bit."""

from pathlib import Path

import pytest
from bag_contents import contents
from graphs import GraphRun

from dsrl_core.acting.golden_ticket import GoldenTicket, write_ticket

SETTINGS = (
    "--seed=3",
    "--episodes=8",
    "schedule.start_episodes=3",
    "schedule.eval_episodes=2",
    "schedule.baselines=[repeated]",
    "schedule.select_every=4",
    "schedule.select_episodes=2",
    "schedule.record_every=0",
    "schedule.record_eval=0",
    "sac.utd=10",
    "schedule.first_steps=20",
    "noise.prior_std=1.5",
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("algorithm", "runs"),
    [("sac", (("loop", "train"), ("graph", "up"), ("again", "up"))), ("na", (("loop", "train"), ("graph", "up")))],
)
def test_loop_and_graph_are_equal(tmp_path: Path, algorithm: str, runs: tuple[tuple[str, str], ...]) -> None:
    facts, held, ticket = [], [], tmp_path / "golden.json"
    write_ticket(ticket, GoldenTicket("reach", "", [[1.0, -0.5]], 20, 0.5, None))
    for name, command in runs:
        run = GraphRun(
            tmp_path / name, *SETTINGS, f"sac.algorithm={algorithm}", f"schedule.golden={ticket}", command=command
        )
        code, output = run.finish()
        assert code == 0, output + run.logs()
        facts.append(run.summary())
        held.append(contents(run.folder.bag_merged))
        assert not run.left_over()
    assert facts[0]["episodes"] == 8
    assert facts[0]["gradient_steps"] >= 200
    for key in ("transitions_sha256", "params_sha256", "base_success", "final_success", "gradient_steps", "exact"):
        assert len({fact[key] for fact in facts}) == 1, key
    assert facts[0]["exact"] is True
    assert facts[0]["groups"]["base_golden"]["episodes"] == 2
    assert all(fact["groups"] == facts[0]["groups"] for fact in facts)
    assert all(bag == held[0] for bag in held), "pictures, actions, decisions, at the same times"
    assert {"observation/images/front/compressed", "decision", "recorded/action"} <= held[0].keys()


@pytest.mark.slow
def test_another_seed_is_another_run(tmp_path: Path) -> None:
    """The digests can differ: equality above is no accident of an empty digest."""
    settings = ("--episodes=2", *SETTINGS[2:])
    runs = [GraphRun(tmp_path / str(seed), f"--seed={seed}", *settings, command="train") for seed in (3, 4)]
    summaries = [(run.finish(), run.summary())[1] for run in runs]
    assert summaries[0]["transitions_sha256"] != summaries[1]["transitions_sha256"]
    assert summaries[0]["params_sha256"] != summaries[1]["params_sha256"]


@pytest.mark.slow
def test_images_at_every_step_change_nothing(tmp_path: Path) -> None:
    """In the loop they are rendered when a decision is due, in the graph at every step and sent as well."""
    runs = [
        GraphRun(tmp_path / "seldom", "--episodes=3", *SETTINGS[2:], command="train"),
        GraphRun(tmp_path / "always", "--episodes=3", *SETTINGS[2:], "robot_end.render=every_step"),
    ]
    summaries = []
    for run in runs:
        code, output = run.finish()
        assert code == 0, output + run.logs()
        summaries.append(run.summary())
    assert summaries[0]["transitions_sha256"] == summaries[1]["transitions_sha256"]
    assert summaries[0]["params_sha256"] == summaries[1]["params_sha256"]
