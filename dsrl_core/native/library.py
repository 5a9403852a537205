"""Finding the compiled code and making its functions known to XLA."""

import ctypes
from functools import cache

import jax

LIBRARY = "libdsrl_native.so"  # found along LD_LIBRARY_PATH, as every library of a ROS 2 workspace


@cache
def has(function: str) -> bool:
    """Whether XLA can call this function of the library here; it is for CPUs."""
    if jax.default_backend() != "cpu":
        return False
    try:
        found = getattr(ctypes.CDLL(LIBRARY), function)
    except (OSError, AttributeError):  # none, or one of another version
        return False
    capsule = jax.ffi.pycapsule(found)  # type: ignore[no-untyped-call]
    jax.ffi.register_ffi_target(function, capsule, platform="cpu")
    return True
