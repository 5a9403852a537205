"""Placement of arrays: on one device, or data parallel, with batches split over several devices."""

import logging
from typing import Any, NamedTuple

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from dsrl_core.errors import ConfigError

AXIS = "batch"


class Placement(NamedTuple):
    """Data parallelism over the devices of `mesh`; without a mesh, arrays are left where they are."""

    mesh: Mesh | None = None

    @property
    def replicated(self) -> NamedSharding | None:
        """The sharding of parameters: whole on every device. None without a mesh."""
        return None if self.mesh is None else NamedSharding(self.mesh, PartitionSpec())  # type: ignore[no-untyped-call]

    def replicate(self, tree: Any) -> Any:
        """Copy each array to every device."""
        return tree if self.mesh is None else jax.device_put(tree, self.replicated)

    def split(self, tree: Any, axis: int = 0) -> Any:
        """Split each array along `axis` over the devices."""
        if self.mesh is None:
            return tree
        spec = PartitionSpec(*[None] * axis, AXIS)  # type: ignore[no-untyped-call]
        return jax.device_put(tree, NamedSharding(self.mesh, spec))


ONE_DEVICE = Placement()


def place(devices: int, batch_size: int) -> Placement:
    """The placement over `devices` local devices, 0 for all; a single one where the batch does not divide over them.

    Raises:
        ConfigError: there are not as many devices.
    """
    local = jax.local_devices()
    wanted = devices or len(local)
    if wanted > len(local):
        raise ConfigError(f"devices={devices} is more than there are; allowed: 0 to {len(local)}")
    if batch_size % wanted:
        logging.getLogger(__name__).warning(
            "sac.batch_size=%d does not divide over %d devices: one is used", batch_size, wanted
        )
        wanted = 1
    return ONE_DEVICE if wanted == 1 else Placement(Mesh(np.asarray(local[:wanted]), (AXIS,)))
