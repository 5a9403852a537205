"""Demonstrations of a task, reversed into noise for its base: an actor that begins with them, also on an arm."""

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from dsrl_core.app.commands import reverse as command
from dsrl_core.app.compose import environment_module, load_run, make_environment
from dsrl_core.app.reversing import load_reversal, reverse
from dsrl_core.app.training import train
from dsrl_core.config.run import RunConfig
from dsrl_core.environment.demonstration import Demonstration
from dsrl_core.environment.demonstration_file import save_demonstration
from dsrl_core.environment.expert import Expert
from dsrl_core.environment.protocol import Environment
from dsrl_core.errors import ConfigError
from dsrl_core.record.segment import read_episodes
from dsrl_core.run.folder import RunFolder
from dsrl_core.training.recording import recorded_by_operator
from dsrl_core.types import NoiseSource

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


def test_those_of_an_arm_pass_by_without_it(tmp_path: Path):
    arm: RunConfig = load_run("franka_sim", "here")
    contract, steps = arm.platform, 2 * arm.platform.policy.execute
    images = {
        name: np.zeros((steps, camera.height, camera.width, 3), np.uint8)
        for name, camera in contract.observation.cameras.items()
    }
    states, actions = (np.zeros((steps, size), np.float32) for size in (contract.state_dim, contract.action.size))
    save_demonstration(tmp_path / "demo.npz", Demonstration(images, states, actions))
    reverse(*load_reversal("franka_sim", "demos", [tmp_path]), tmp_path / "demos")
    taken = load_run("franka_sim", "here", 0, [f"operator.recording={tmp_path / 'demos'}"])
    assert [episode.decisions for episode in recorded_by_operator(taken)] == [2]


def test_the_command_says_how_closely_they_are_followed_and_what_to_do_next(recorded: RunFolder):
    said = command.followed(recorded, most=0.0)
    assert "demonstrations, " in said
    assert "standard deviations of the actions; too far to be cloned (operator.max_residual=0): " in said
    assert command.followed(recorded, most=1.0).endswith(": 0")


def test_fewer_demonstrations_than_are_recorded_are_refused(recorded: RunFolder, demonstrations: Path):
    config, files = load_reversal("reach", "demos", [sorted(demonstrations.iterdir())[0]])
    with pytest.raises(ConfigError, match="demonstrations already, more than the 1 given"):
        reverse(config, files, recorded.path)
