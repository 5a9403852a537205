"""ctrl-C at any moment of training in one process: the state that is saved is whole, and goes on to the same end."""

import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from random import Random
from time import monotonic

import pytest
from builders import make_config, make_episode

from dsrl_core.run.folder import open_run
from dsrl_core.training.trainer import Trainer

INTERRUPTS = 150
CONFIG = make_config({"schedule": {"episodes": 4, "start_episodes": 2}, "sac": {"utd": 500}, "checkpoint_every": 2})
EPISODES = [make_episode(number) for number in range(4)]


@pytest.fixture(autouse=True)
def _ctrl_c() -> Iterator[None]:
    """The usual handler, also where the tests were started to ignore ctrl-C."""
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, handler)


def trained(trainer: Trainer) -> str:
    while trainer.work():
        pass
    return trainer.learner.params_sha256()


def interrupted(trainer: Trainer, after_s: float) -> bool:
    """Whether a ctrl-C came before all was trained on."""
    main = threading.main_thread().ident
    assert main is not None
    timer = threading.Timer(after_s, signal.pthread_kill, (main, signal.SIGINT))
    try:
        timer.start()
        while trainer.work():
            pass
        timer.cancel()
        timer.join()
        return False
    except KeyboardInterrupt:
        return True


def test_the_state_survives_an_interruption_at_any_moment(tmp_path: Path):
    whole, cut = (Trainer(CONFIG, open_run(CONFIG, tmp_path / name).folder) for name in ("whole", "cut"))
    for trainer in (whole, cut):
        trainer.warm_up()
        for episode in EPISODES:
            assert trainer.receive(episode)
    expected, random, came = trained(whole), Random(1), 0
    until = monotonic() + 120
    while came < INTERRUPTS and monotonic() < until:
        if not interrupted(cut, random.uniform(0.0, 0.005)):
            break
        came += 1
        cut.save()
        if came % 50 == 0:
            cut.close()
            cut = Trainer(CONFIG, cut.folder)
    assert came >= INTERRUPTS / 3, "on a slow machine training ends sooner than the interruptions"
    assert trained(cut) == expected
    assert cut.learner.gradient_steps == whole.learner.gradient_steps
