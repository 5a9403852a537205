"""Batches over several devices, which are virtual and in processes of their own, give one device's numbers to 1e-5."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from learner_samples import make_config, make_preset

from dsrl_core.config.checks import check_preset
from dsrl_core.errors import ConfigError
from dsrl_core.learner.devices.placement import ONE_DEVICE, place

HERE = Path(__file__).parent
PROGRAM = """
import sys
from pathlib import Path
sys.path[:0] = {paths!r}
import jax
import numpy as np
from builders import make_config, make_episode
from dsrl_core.learner import checkpoint
from dsrl_core.learner.learner import Learner, named_leaves

out = Path({out!r})
changes = {{"sac": {{"color_jitter": {jitter}}}, "steps_per_dispatch": {block}}}

def learner_of(seen):
    learner = Learner(make_config(changes))
    for number in range(seen):
        learner.ingest(make_episode(number))
    return learner

learner = learner_of(3)
while learner.gradient_steps < 4:
    learner.advance()
checkpoint.save(learner, out / "learner_1.ckpt")
again = Learner(make_config(changes))
checkpoint.load(again, out / "learner_1.ckpt")
for number in range(3):
    again.restore_episode(make_episode(number))
for each in (learner, again):
    while each.gradient_steps < 6:
        each.advance()
assert again.params_sha256() == learner.params_sha256()
learner.check_finite()
used = {{len(leaf.sharding.device_set) for leaf in jax.tree.leaves(learner.state)}}
state = {{"actor": learner.state.actor, "critic": learner.state.critic, "target": learner.state.target_critic}}
loss, temperature = learner.metrics["critic_loss"], learner.state.log_temperature
np.savez(out / "state.npz", used=sorted(used), loss=loss, log_temperature=temperature, **dict(named_leaves(state)))
"""


def _train(out: Path, local: int, block: int = 1, jitter: bool = False) -> dict[str, np.ndarray]:
    out.mkdir()
    paths = [str(HERE), str(HERE.parents[2])]
    program = PROGRAM.format(paths=paths, out=str(out), block=block, jitter=jitter)
    environment = {**os.environ, "XLA_FLAGS": f"--xla_force_host_platform_device_count={local}"}
    subprocess.run([sys.executable, "-c", program], env=environment, check=True, timeout=300)
    with np.load(out / "state.npz") as file:
        return {name: file[name] for name in file.files}


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:
    state = _train(tmp_path_factory.mktemp("one") / "run", 1)
    assert state.pop("used").tolist() == [1]
    return state


@pytest.mark.parametrize(("local", "block"), [(2, 1), (4, 1), (2, 2)])
def test_several_devices_agree_with_one(one: dict[str, np.ndarray], tmp_path: Path, local: int, block: int):
    several = _train(tmp_path / "run", local, block)
    assert several.pop("used").tolist() == [local]
    for name, expected in one.items():
        np.testing.assert_allclose(several[name], expected, rtol=1e-5, atol=1e-5, err_msg=name)


def test_one_device_is_left_alone():
    assert place(0, 8) is ONE_DEVICE
    tree = {"a": np.zeros(8)}
    assert ONE_DEVICE.split(tree) is tree
    assert ONE_DEVICE.replicate(tree) is tree


def test_devices_that_are_not_there_or_do_not_divide_a_batch_are_refused():
    with pytest.raises(ConfigError, match="devices=64 is more than there are; allowed: 0 to 1"):
        place(64, 64)
    with pytest.raises(ConfigError, match=r"devices=3 must divide sac\.batch_size=8"):
        check_preset(make_preset({"devices": 3}))
    assert make_config().preset.devices == 0
