"""Clips each value of an action to the contract's [low, high]."""

from collections.abc import Callable

import numpy as np

from dsrl_core.config.platform import ActionContract
from dsrl_core.types import F32


def make(contract: ActionContract) -> Callable[[F32], F32]:
    low, high = contract.bounds()
    return lambda action: np.clip(action, low, high)
