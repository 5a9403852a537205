"""Sinks besides `metrics.jsonl`: what they are given, and that none of them can stop or hold up a run."""

import dataclasses
import json
import logging
import re
import shlex
import sys
import threading
from collections.abc import Mapping
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from builders import make_config, make_episode
from run_samples import reaching

from dsrl_core.app.check import missing_parts
from dsrl_core.config.resolve import load_run
from dsrl_core.config.run import LogSettings, RunConfig
from dsrl_core.errors import ConfigError
from dsrl_core.record.video import VideoName, write_video
from dsrl_core.run import background_sink
from dsrl_core.run.background_sink import BackgroundSink
from dsrl_core.run.folder import RunFolder, open_run
from dsrl_core.run.metrics import read_metrics
from dsrl_core.training.sinks.base import check_sinks, open_sinks
from dsrl_core.training.sinks.wandb import identity, install
from dsrl_core.training.trainer import Trainer

SCHEDULE = {"episodes": 4, "start_episodes": 1, "record_every": 2, "record_eval": 0}
CONFIG = make_config({"schedule": SCHEDULE})
ASKED = dataclasses.replace(CONFIG, log=LogSettings(wandb="steering", wandb_mode="offline"))


class Fake(ModuleType):
    """What is used of the package, on a list."""

    def __init__(self) -> None:
        super().__init__("wandb")
        self.__spec__ = ModuleSpec("wandb", None, origin="fake")
        self.asked: dict[str, Any] = {}
        self.logged: list[dict[str, Any]] = []
        self.axes: dict[str, str] = {}
        self.finished = 0
        self.known = False

    def login(self, prompt: bool) -> bool:
        assert not prompt, "a run must not wait for an answer"
        return self.known

    def init(self, **asked: Any) -> SimpleNamespace:
        self.asked, self.summary = asked, dict[str, Any]()
        return SimpleNamespace(
            log=self.logged.append,
            define_metric=self.define_metric,
            summary=self.summary,
            finish=lambda: setattr(self, "finished", self.finished + 1),
        )

    def define_metric(self, name: str, step_metric: str) -> None:
        self.axes[name] = step_metric

    def values(self, name: str) -> list[Any]:
        return [line[name] for line in self.logged if name in line]

    Settings = staticmethod(dict)
    Video = staticmethod(lambda path, format: (Path(path).name, format))
    Image = staticmethod(lambda image: image.size)
    Histogram = staticmethod(lambda np_histogram: np_histogram)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Fake:
    made = Fake()
    monkeypatch.setitem(sys.modules, "wandb", made)
    return made


def short_run(path: Path, config: RunConfig = ASKED) -> RunFolder:
    """Four training episodes; the videos of the first and the third are there, one sooner and one later."""
    folder = open_run(config, path).folder
    trainer = Trainer(config, folder)
    for number in range(4):
        if number == 2:
            film(folder, 0)
        trainer.receive(make_episode(number, stamps_ns=np.arange(4) * 200_000_000))
        while trainer.work():
            pass
    film(folder, 2)
    trainer.close()
    return folder


def film(folder: RunFolder, number: int) -> None:
    frames = reaching(True, np.random.default_rng(number))[:16]
    write_video(frames, folder.videos / VideoName("robot0", number, "train", False).file_name(), 20)


def test_a_run_arrives_as_scalars_histograms_videos_and_pictures(tmp_path: Path, fake: Fake):
    folder = short_run(tmp_path)
    asked = fake.asked
    assert (asked["project"], asked["mode"], asked["dir"]) == ("steering", "offline", folder.path)
    assert asked["config"]["preset"]["sac"]["utd"] == 2
    lines = read_metrics(folder.metrics)
    gradients = [line for line in lines if line["kind"] == "gradient"]
    assert fake.values("learner/critic_loss") == [line["critic_loss"] for line in gradients]
    assert fake.values("train/return") == [-3.0] * 4
    assert fake.axes["learner/*"] == "gradient_step"
    assert fake.values("gradient_step") == sorted(fake.values("gradient_step"))
    for name in ("noise", "reward", "q"):
        counts = [histogram[0].sum() for histogram in fake.values(f"learner/{name}_histogram")]
        assert counts == [6 if name == "noise" else 3] * len(gradients), name
    names = [VideoName("robot0", number, "train", False).file_name() for number in (0, 2)]
    assert fake.values("train/video") == [(name, "mp4") for name in names]
    ((width, height),) = fake.values("train/value_and_reward")  # no critic had been trained at the first
    assert width > 400
    assert height > 300
    assert fake.finished == 1


def test_a_finished_run_leaves_its_headline(tmp_path: Path, fake: Fake):
    folder = open_run(ASKED, tmp_path).folder
    sinks = open_sinks(ASKED, folder)
    sinks.write({"kind": "event"})
    folder.summary.write_text(json.dumps({"final_success": 0.9, "baselines": {"iid": 0.2}}))
    sinks.close()
    assert fake.summary == {"final_success": 0.9}


def test_nothing_is_loaded_or_begun_where_nothing_is_asked_for(tmp_path: Path, fake: Fake):
    short_run(tmp_path, CONFIG)
    assert fake.asked == {}
    trainer = Trainer(ASKED, open_run(ASKED, tmp_path / "looked_at").folder)
    trainer.close()
    assert fake.asked == {}, "a sink that gets no line starts no run there"


def test_a_restarted_run_is_the_same_run_there_and_another_is_not(tmp_path: Path):
    first, other = (open_run(CONFIG, tmp_path / name).folder for name in ("run", "other"))
    assert identity(CONFIG, first) == identity(CONFIG, open_run(CONFIG, tmp_path / "run").folder)
    assert identity(CONFIG, first) != identity(CONFIG, other)
    assert identity(CONFIG, first).startswith("run-")


@pytest.mark.parametrize("broken", ["init", "Histogram", "Video"])
def test_whatever_fails_there_is_one_warning(
    tmp_path: Path, fake: Fake, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, broken: str
):
    def fail(*args: Any, **named: Any) -> None:
        raise RuntimeError("no such project")

    monkeypatch.setattr(fake, broken, fail)
    folder = short_run(tmp_path)
    (warning,) = [entry.getMessage() for entry in caplog.records if entry.levelno >= logging.WARNING]
    assert "no longer go to wandb (RuntimeError: no such project)" in warning
    assert sum(line["kind"] == "gradient" for line in read_metrics(folder.metrics)) == 4


class Stuck:
    """A sink that never comes back from its first line."""

    def __init__(self) -> None:
        self.gate = threading.Event()

    def write(self, line: Mapping[str, Any]) -> None:
        self.gate.wait(60)

    def histograms(self, gradient_step: int, values: Mapping[str, Any]) -> None: ...

    def close(self) -> None: ...


@pytest.mark.parametrize("lines", [3, 30])
def test_a_sink_that_hangs_is_left_behind(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, lines: int
):
    monkeypatch.setattr(background_sink, "CLOSE_S", 0.01)
    monkeypatch.setattr(background_sink, "MOST_WAITING", 10)
    stuck = Stuck()
    sink = BackgroundSink("lab", lambda: stuck)
    for number in range(lines):
        sink.write({"kind": "event", "number": number})
    sink.close()
    stuck.gate.set()
    (entry,) = caplog.records
    assert ("10 calls behind" if lines > 10 else "did not end within") in entry.getMessage()


def test_a_sink_from_elsewhere_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab" / "sink.py").write_text(
        "def check(config): pass\n"
        "class Sink:\n"
        "    def __init__(self, path): self.path = path\n"
        "    def write(self, line): open(self.path, 'a').write(line['kind'] + ' ')\n"
        "    def histograms(self, gradient_step, values): open(self.path, 'a').write('histograms ')\n"
        "    def close(self): open(self.path, 'a').write('end')\n"
        "def make(config, folder): return Sink(folder.path / 'lab.txt')\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    folder = short_run(tmp_path / "run", dataclasses.replace(CONFIG, log=LogSettings(sinks=("lab.sink",))))
    words = (folder.path / "lab.txt").read_text().split()
    assert words[:5] == ["episode", "values", "gradient", "histograms", "episode"]
    assert words[-1] == "end"


def test_a_missing_package_is_refused_before_anything_starts(monkeypatch: pytest.MonkeyPatch):
    config = load_run("reach", "run", 0, ["log.wandb=steering"])
    monkeypatch.setattr("dsrl_core.training.sinks.wandb.find_spec", lambda name: None)
    pins = Path(__file__).parents[3] / "requirements-wandb.txt"
    command = f"./dsrl exec python -m pip install --no-deps -r {shlex.quote(str(pins))}"
    with pytest.raises(ConfigError, match=rf"log\.wandb='steering' needs a package .* run: {re.escape(command)}$"):
        check_sinks(config)
    assert any(command in fault for fault in missing_parts(config))


def test_without_a_checkout_the_package_comes_without_pins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr("dsrl_core.training.sinks.wandb.share", lambda: tmp_path)
    assert install() == "python -m pip install wandb"


def test_an_account_is_needed_online_alone(fake: Fake):
    online = load_run("reach", "run", 0, ["log.wandb=steering"])
    with pytest.raises(ConfigError, match=r"run: \./dsrl exec wandb login, or take offline"):
        check_sinks(online)
    fake.known = True
    check_sinks(online)
    fake.known = False
    check_sinks(ASKED)


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("log.sinks=[wandb]", r"log\.wandb=PROJECT"),
        ("log.sinks=[tensorbord]", r"log\.sinks='tensorbord' is unknown; allowed: wandb"),
        ("log.wandb_mode=later", "allowed: online, offline"),
        ("log.project=x", "allowed: sinks, wandb, wandb_mode"),
    ],
)
def test_settings_that_do_not_fit_are_refused(override: str, words: str):
    with pytest.raises(ConfigError, match=words):
        check_sinks(load_run("reach", "run", 0, [override]))


@pytest.mark.skipif(find_spec("wandb") is None, reason="the package wandb is not installed")
def test_the_real_package_works_offline_without_an_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    folder = short_run(tmp_path / "run")
    assert not [entry for entry in caplog.records if entry.name.startswith("dsrl_core")]
    (kept,) = (folder.path / "wandb").glob("offline-run-*")
    (data,) = kept.glob("run-*.wandb")
    assert data.stat().st_size > 1000
    media = [path.suffix for path in (kept / "files" / "media").rglob("*") if path.is_file()]
    assert sorted(media) == [".mp4", ".mp4", ".png"]
