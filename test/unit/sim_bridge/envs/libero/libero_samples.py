"""What tests of LIBERO share."""

import pytest

from dsrl_core.errors import ConfigError
from sim_bridge.envs.libero import assets as libero_assets


def assets_or_skip() -> libero_assets.Assets:
    """LIBERO's assets; a loud skip of the whole module where there are none."""
    try:
        return libero_assets.find()
    except ConfigError as error:
        pytest.skip(str(error), allow_module_level=True)
