"""The mass matrix is MuJoCo's, as near as point masses come; a load of joints is a share of what torques may change."""

from dataclasses import replace

import mujoco
import numpy as np
import pytest
from torque_judge import model_of_the_arm

from dsrl_core.acting.execution.arm.dynamics import mass_matrix
from dsrl_core.acting.execution.arm.model import load_arm

ARM = load_arm("fr3")


@pytest.mark.parametrize("seed", range(10))
def test_the_mass_matrix_is_that_of_the_model(seed: int):
    model, data = model_of_the_arm()
    draw = np.random.default_rng(seed)
    data.qpos[:7] = draw.uniform(ARM.position_min, ARM.position_max)
    mujoco.mj_forward(model, data)
    full = np.zeros((model.nv, model.nv))
    mujoco.mj_fullM(model, full, data.qM)
    np.testing.assert_allclose(mass_matrix(ARM, data.qpos[:7].copy()), full[:7, :7], atol=0.08)


def test_it_is_symmetric_and_positive_for_every_arm():
    for name in ("fr3", "panda"):
        arm = load_arm(name)
        mass = mass_matrix(arm, arm.home)
        np.testing.assert_allclose(mass, mass.T)
        assert (np.linalg.eigvalsh(mass) > 0.05).all()
        assert 1.0 < mass[1, 1] < 3.0


def test_an_arm_without_masses_has_none():
    assert not mass_matrix(replace(ARM, link_mass=None), ARM.home).any()
