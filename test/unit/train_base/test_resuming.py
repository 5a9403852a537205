"""An interrupted train-base goes on where it stopped and ends with the bytes of an uninterrupted one."""

from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import pytest

from dsrl_core.config.resolve import load_run
from dsrl_core.environment.demonstration import Demonstration
from dsrl_core.train_base import evaluate as evaluation
from dsrl_core.train_base import fit
from dsrl_core.train_base.settings import BaseSettings
from dsrl_core.train_base.train import finish, train
from dsrl_core.train_base.work import Work
from dsrl_core.types import NoiseSource

SETTINGS = BaseSettings(demos=6, steps=300, batch_size=8, channels=(2,), strides=(16,), hidden=8, blocks=1)


class Source:
    """Makes demonstrations until it is interrupted."""

    def __init__(self, until=100):
        self.made, self._until = [], until

    def demonstrations(self, count, seed, first=0):
        for i in range(first, count):
            if i == self._until:
                raise KeyboardInterrupt
            self.made.append(i)
            rng = np.random.default_rng([seed, i])
            states, actions = rng.standard_normal((2, 12, 2)).astype(np.float32)
            images = rng.integers(256, size=(3, 64, 64, 3)).astype(np.uint8)
            yield Demonstration({"front": images}, states[:3], actions, np.array([0, 4, 8]))


def nothing(*call):
    pass


def begin(out, source, settings=SETTINGS, progress=nothing):
    return train(load_run("reach", "test").platform, source, settings, out, progress)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    out = tmp_path_factory.mktemp("base") / "w.npz"
    finish(begin(out, Source()), out, {})
    return out.read_bytes()


def test_demonstrations_are_kept_as_they_come(tmp_path, uninterrupted):
    out, source = tmp_path / "w.npz", Source()
    with pytest.raises(KeyboardInterrupt):
        begin(out, Source(until=4))
    assert not out.exists()
    finish(begin(out, source), out, {})
    assert source.made == [4, 5]
    assert out.read_bytes() == uninterrupted


def test_training_goes_on_from_what_it_saved(tmp_path, uninterrupted, monkeypatch):
    def interrupt(phase, done, of, left):
        if phase.startswith("training") and done == 200:
            raise KeyboardInterrupt

    monkeypatch.setattr(fit, "SAVE_STEPS", 150)
    out, source, seen = tmp_path / "w.npz", Source(), []
    with pytest.raises(KeyboardInterrupt):
        begin(out, Source(), progress=interrupt)
    finish(begin(out, source, progress=lambda *call: seen.append(call[1])), out, {})
    assert source.made == []
    assert seen == [200, 300]
    assert out.read_bytes() == uninterrupted


def test_the_work_of_other_settings_is_not_taken_up(tmp_path):
    out, source = tmp_path / "w.npz", Source()
    with pytest.raises(KeyboardInterrupt):
        begin(out, Source(until=4))
    begin(out, source, BaseSettings(**{**{k: getattr(SETTINGS, k) for k in SETTINGS.__slots__}, "seed": 1, "steps": 1}))
    assert source.made == [0, 1, 2, 3, 4, 5]


class FakePlayer:
    """Succeeds every third time under repeated noise, and never under zero noise."""

    played: ClassVar[list[tuple[NoiseSource, int]]] = []
    until = 100

    def __init__(self, config, environment, videos):
        self.endpoint = config.platform.policy.endpoint

    def play(self, planned, robot, number):
        if len(self.played) == self.until:
            raise KeyboardInterrupt
        self.played.append((planned.source, planned.index))
        return SimpleNamespace(success=planned.source is NoiseSource.PRIOR_REPEATED and planned.index % 3 == 0)

    def close(self):
        pass


def test_evaluation_goes_on_and_plays_each_start_once_under_each_noise(tmp_path, monkeypatch):
    monkeypatch.setattr(evaluation, "Player", FakePlayer)
    monkeypatch.setattr(FakePlayer, "played", [])
    monkeypatch.setattr(FakePlayer, "until", 5)
    config, work = load_run("reach", "test"), Work.of(tmp_path / "w.npz", "about")
    with pytest.raises(KeyboardInterrupt):
        evaluation.evaluate(config, None, work, 7, nothing)
    monkeypatch.setattr(FakePlayer, "until", 100)
    found = evaluation.evaluate(config, None, Work.of(tmp_path / "w.npz", "about"), 7, nothing)
    assert found == {"repeated": {"episodes": 7, "successes": 3}, "zero": {"episodes": 7, "successes": 0}}
    sources = (NoiseSource.PRIOR_REPEATED, NoiseSource.ZERO)
    assert FakePlayer.played == [(source, index) for source in sources for index in range(7)]
