"""Demonstrations of a task, reversed into noise for its base: an actor that begins with them, also on an arm."""

from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dsrl_core.acting.player import Player
from dsrl_core.app.commands import reverse as command
from dsrl_core.app.compose import environment_module, load_run, make_environment
from dsrl_core.app.reversing import load_reversal, reverse
from dsrl_core.app.training import train
from dsrl_core.environment.demonstration import Demonstration
from dsrl_core.environment.demonstration_file import save_demonstration
from dsrl_core.environment.expert import Expert
from dsrl_core.environment.protocol import Environment
from dsrl_core.errors import ConfigError, PolicyError
from dsrl_core.record.segment import read_episodes
from dsrl_core.run.folder import RunFolder
from dsrl_core.schedule.schedule import Planned
from dsrl_core.training.recording import recorded_by_operator
from dsrl_core.types import Episode, NoiseSource

CLONED = ("schedule.episodes=0", "schedule.baselines=[]", "schedule.eval_episodes=40", "clone.steps=600")
DEMONSTRATIONS = 24


@pytest.fixture(scope="module")
def demonstrations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Successes of `reach`'s expert, as many of each variant."""
    folder, platform = tmp_path_factory.mktemp("demonstrations"), load_run("reach", "demos").platform
    with closing(make_environment(platform)) as environment:
        expert = environment_module(platform).make_expert(environment)
        for number in range(DEMONSTRATIONS):
            environment.reset(number, number % environment.spec.variants)
            expert.begin(number, number % environment.spec.variants)
            save_demonstration(folder / f"{number:03d}.npz", demonstrated(environment, expert))
    return folder


def demonstrated(environment: Environment, expert: Expert) -> Demonstration:
    """One success of the expert."""
    seen, states, actions, success = [], [], [], False
    while not success:
        seen.append(environment.render()["front"])
        states.append(environment.state())
        actions.append(expert.chunk(len(actions), 1)[0])
        success = environment.step(actions[-1]).success
    return Demonstration({"front": np.stack(seen)}, np.stack(states), np.stack(actions))


@pytest.fixture(scope="module")
def recorded(demonstrations: Path, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    out = tmp_path_factory.mktemp("runs") / "demos"
    reverse(*load_reversal("reach", "demos", [demonstrations]), out)
    return RunFolder(out)


def test_each_becomes_an_operators_success(recorded: RunFolder, demonstrations: Path):
    episodes, files = list(read_episodes(recorded.path)), sorted(demonstrations.iterdir())
    assert len(episodes) == len(files)
    for episode, file in zip(episodes, files, strict=True):
        assert episode.success
        assert set(episode.noise_sources) == {NoiseSource.OPERATOR}
        with np.load(file) as demo:
            assert episode.env_steps == len(demo["actions"])
            np.testing.assert_array_equal(episode.states[0], demo["states"][0])
    residuals = np.concatenate([episode.residuals for episode in episodes if episode.residuals is not None])
    assert np.median(residuals) < 0.1, "the base was cloned from such demonstrations: it can follow them"


def test_an_actor_cloned_from_them_does_the_task(recorded: RunFolder, tmp_path: Path):
    config = load_run("reach", "cloned", 0, [*CLONED, f"operator.recording={recorded.path}"])
    summary = train(config, tmp_path / "cloned")
    assert summary["final_success"] >= 0.6, "the base alone: about .26"


def test_one_that_was_stopped_goes_on_to_the_same_recording(
    recorded: RunFolder, demonstrations: Path, tmp_path: Path
) -> None:
    config, files = load_reversal("reach", "demos", [demonstrations])

    def stop(trainer: object) -> None:
        if len(list((tmp_path / "cut" / "bag").glob("robot0_*"))) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reverse(config, files, tmp_path / "cut", stop)
    reverse(config, files, tmp_path / "cut")
    for whole, cut in zip(read_episodes(recorded.path), read_episodes(tmp_path / "cut"), strict=True):
        np.testing.assert_array_equal(whole.noises, cut.noises)
        np.testing.assert_array_equal(whole.states, cut.states)


@pytest.mark.parametrize("platform", ["franka_sim", "franka"])
def test_those_of_an_arm_pass_by_without_it(platform: str, tmp_path: Path):
    flow = [] if platform == "franka_sim" else ["policy.kind='null'", "policy.feature_dim=0"]
    contract = load_run(platform, "here", 0, flow).platform
    steps = 2 * contract.policy.execute
    images = {
        name: np.zeros((steps, camera.height, camera.width, 3), np.uint8)
        for name, camera in contract.observation.cameras.items()
    }
    states, actions = (np.zeros((steps, size), np.float32) for size in (contract.state_dim, contract.action.size))
    save_demonstration(tmp_path / "demo.npz", Demonstration(images, states, actions))
    reverse(*load_reversal(platform, "demos", [tmp_path], flow), tmp_path / "demos")
    taken = load_run(platform, "here", 0, [*flow, f"operator.recording={tmp_path / 'demos'}"])
    assert [episode.decisions for episode in recorded_by_operator(taken)] == [2]


def test_what_a_run_is_asked_for_beside_policy_and_noise_changes_nothing(demonstrations: Path):
    odd = ("schedule.guard.enabled=true", "schedule.select_every=5", "operator.reversal=none", "num_robots=2")
    faults = ("operator.expert.wrong_labels=1.0", "operator.expert.delay_s=0.3", "reward.kind=native")
    assert load_reversal("reach", "demos", [demonstrations], [*odd, *faults]) == load_reversal(
        "reach", "demos", [demonstrations]
    )


def test_a_run_that_explores_otherwise_takes_them_too(recorded: RunFolder):
    wide = load_run("reach", "here", 0, [f"operator.recording={recorded.path}", "noise.prior_std=2"])
    assert recorded_by_operator(wide)
    other = load_run("reach", "here", 0, [f"operator.recording={recorded.path}", "noise.magnitude=1.1"])
    with pytest.raises(ConfigError, match=r"had noise\.vectors=1 noise\.magnitude="):
        recorded_by_operator(other)


def test_one_that_is_dropped_at_its_end_comes_again(
    recorded: RunFolder, demonstrations: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    config, files = load_reversal("reach", "demos", [demonstrations])
    play, failed = Player.play_request, []

    def fails_once(player: Player, planned: Planned, *rest: Any) -> Episode:
        episode = play(player, planned, *rest)
        if planned.index == 1 and not failed:
            failed.append(planned)
            raise PolicyError("the server did not answer")
        return episode

    monkeypatch.setattr(Player, "play_request", fails_once)
    summary = reverse(config, files, tmp_path / "dropped")
    assert summary["dropped_episodes"] == 1
    for whole, again in zip(read_episodes(recorded.path), read_episodes(tmp_path / "dropped"), strict=True):
        np.testing.assert_array_equal(whole.noises, again.noises)


def test_the_command_says_how_closely_they_are_followed_and_what_to_do_next(recorded: RunFolder):
    said = command.followed(recorded, most=0.0)
    assert "demonstrations, " in said
    assert "standard deviations of the actions; too far to be cloned (operator.max_residual=0): " in said
    assert command.followed(recorded, most=1.0).endswith(": 0")


def test_a_recording_of_other_demonstrations_is_refused(recorded: RunFolder, demonstrations: Path):
    config, files = load_reversal("reach", "demos", [demonstrations])
    with pytest.raises(ConfigError, match="robot0_000001 is one more than the 1 given"):
        reverse(config, files[:1], recorded.path)
    with pytest.raises(ConfigError, match=r"robot0_000000 is not .*001\.npz: .* records other demonstrations"):
        reverse(config, files[1:], recorded.path)
