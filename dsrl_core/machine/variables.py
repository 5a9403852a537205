"""Every environment variable of others that changes what this project does, and how each is treated.

One table for the commands, the graph, the simulators, the set-up in `./dsrl` and `./dsrl doctor`. Standard library
alone, so that the doctor can read it where nothing is installed.
"""

from dataclasses import dataclass
from enum import StrEnum

from dsrl_core.machine.checks import (
    Check,
    discovery_range,
    domain_id,
    egl_device,
    installed_rmw,
    not_local,
    numbers_switch,
    renderer,
)


class Treatment(StrEnum):
    """What happens to a variable that is set."""

    KEPT = "kept"  # somebody's choice, which works
    LEFT_OUT = "left out"  # removed for our processes
    SET = "set here"  # replaced for our processes
    CHECKED = "checked"  # refused where its value cannot work, otherwise kept


class Scope(StrEnum):
    """Where a row holds."""

    COMMANDS = "every command"
    SIMULATION = "the graph of a simulation"
    SEVERAL_HOSTS = "a simulation on several hosts"
    DISCOVERY = "any run on several hosts"
    HARDWARE = "the graph on a robot"
    RENDERING = "simulators"
    SET_UP = "./dsrl itself"  # the script, before a Python of ours exists


@dataclass(frozen=True, slots=True)
class Variable:
    """A row of the table."""

    name: str
    scope: Scope
    treatment: Treatment
    why: str
    value: str = ""  # of SET
    check: Check | None = None  # of CHECKED
    public: bool = False  # its value names no person, machine or address


def _rows(scope: Scope, treatment: Treatment, why: str, names: str, public: bool = False) -> tuple[Variable, ...]:
    return tuple(Variable(name, scope, treatment, why, public=public) for name in names.split())


_OTHER_NUMBERS = "gradient steps are written for jax's defaults: float32, its own random numbers, compiled"
_ALONE = "a simulation's graph is alone on this machine, with the discovery that its nodes agree on"
_MIDDLEWARE = "a simulation's graph is measured and isolated with Fast DDS"
_NO_PROFILES = "no profiles of the working folder"
_DRIVER = "which driver renders; another one gives other pixels"
_INTERPRETER = "it changes or breaks every Python that starts"
_BUILD = "it changes what CMake builds, or where it installs"

TABLE: tuple[Variable, ...] = (
    # jax: read once, when it is imported
    *_rows(
        Scope.COMMANDS,
        Treatment.LEFT_OUT,
        _OTHER_NUMBERS,
        "JAX_ENABLE_X64 JAX_DEFAULT_DTYPE_BITS JAX_DISABLE_JIT JAX_NUMPY_RANK_PROMOTION JAX_NUMPY_DTYPE_PROMOTION "
        "JAX_DEFAULT_PRNG_IMPL JAX_ENABLE_CUSTOM_PRNG JAX_RANDOM_SEED_OFFSET JAX_THREEFRY_PARTITIONABLE "
        "JAX_THREEFRY_GPU_KERNEL_LOWERING JAX_TRANSFER_GUARD JAX_TRANSFER_GUARD_HOST_TO_DEVICE "
        "JAX_TRANSFER_GUARD_DEVICE_TO_HOST JAX_TRANSFER_GUARD_DEVICE_TO_DEVICE JAX_DEBUG_KEY_REUSE",
        public=True,
    ),
    *_rows(
        Scope.COMMANDS,
        Treatment.KEPT,  # `jax_check` sees to it that jax starts with them
        "which devices jax computes on, and how it is compiled for them; other devices give other bits",
        "JAX_PLATFORMS JAX_PLATFORM_NAME XLA_FLAGS JAX_NUM_CPU_DEVICES CUDA_VISIBLE_DEVICES NVIDIA_TF32_OVERRIDE "
        "JAX_DEFAULT_MATMUL_PRECISION XLA_PYTHON_CLIENT_MEM_FRACTION XLA_PYTHON_CLIENT_PREALLOCATE "
        "XLA_PYTHON_CLIENT_ALLOCATOR JAX_DEBUG_NANS JAX_DEBUG_INFS JAX_ENABLE_CHECKS",
        public=True,
    ),
    *_rows(
        Scope.COMMANDS,
        Treatment.KEPT,
        "threads and memory of the processes",
        "OMP_NUM_THREADS OPENBLAS_NUM_THREADS MKL_NUM_THREADS NUMBA_NUM_THREADS GLIBC_TUNABLES MALLOC_ARENA_MAX",
        public=True,
    ),
    *_rows(
        Scope.COMMANDS,
        Treatment.KEPT,
        "where files lie, and what is loaded into every process",
        "TMPDIR XDG_CACHE_HOME XDG_STATE_HOME JAX_COMPILATION_CACHE_DIR NUMBA_CACHE_DIR LIBERO_ASSETS "
        "PANDA_PICK_POLICY LD_PRELOAD LD_LIBRARY_PATH PYTHONPATH IMAGEIO_FFMPEG_EXE CONDA_PREFIX HTTP_PROXY "
        "HTTPS_PROXY http_proxy https_proxy WANDB_API_KEY",
    ),
    *_rows(
        Scope.COMMANDS,
        Treatment.LEFT_OUT,
        "no window is opened here, and a backend that is not installed would be an error",
        "MPLBACKEND",
    ),
    *_rows(
        Scope.COMMANDS,
        Treatment.LEFT_OUT,
        "LIBERO's controllers are compiled; their last bits depend on how",
        "NUMBA_DISABLE_JIT NUMBA_BOUNDSCHECK NUMBA_OPT",
        public=True,
    ),
    # ROS 2 and its middleware: a simulation is isolated, a robot's network is its owner's
    *(
        Variable("ROS_DOMAIN_ID", scope, Treatment.CHECKED, "the domain of the graph", check=domain_id, public=True)
        for scope in (Scope.SIMULATION, Scope.SEVERAL_HOSTS, Scope.HARDWARE)
    ),
    *(
        Variable("RMW_IMPLEMENTATION", scope, Treatment.SET, _MIDDLEWARE, value="rmw_fastrtps_cpp", public=True)
        for scope in (Scope.SIMULATION, Scope.SEVERAL_HOSTS)
    ),
    Variable(
        "RMW_IMPLEMENTATION",
        Scope.HARDWARE,
        Treatment.CHECKED,
        "the middleware of the robot's drivers",
        check=installed_rmw,
        public=True,
    ),
    Variable("ROS_AUTOMATIC_DISCOVERY_RANGE", Scope.SIMULATION, Treatment.SET, _ALONE, value="LOCALHOST", public=True),
    Variable(
        "FASTDDS_BUILTIN_TRANSPORTS",
        Scope.SIMULATION,
        Treatment.SET,
        "images go whole through shared memory",
        value="LARGE_DATA",
        public=True,
    ),
    Variable(
        "FASTDDS_BUILTIN_TRANSPORTS",
        Scope.SEVERAL_HOSTS,
        Treatment.SET,
        "shared memory within a host; between hosts UDP in parts of one packet, so that a lost one costs itself alone",
        value="DEFAULT?max_msg_size=1400B",
        public=True,
    ),
    *(
        Variable("SKIP_DEFAULT_XML", scope, Treatment.SET, _NO_PROFILES, value="1", public=True)
        for scope in (Scope.SIMULATION, Scope.SEVERAL_HOSTS)
    ),
    *_rows(
        Scope.SIMULATION,
        Treatment.LEFT_OUT,
        _ALONE,
        "ROS_DISCOVERY_SERVER ROS_SUPER_CLIENT ROS_STATIC_PEERS ROS_LOCALHOST_ONLY RCL_ASSERT_RMW_ID_MATCHES "
        "FASTRTPS_DEFAULT_PROFILES_FILE FASTDDS_DEFAULT_PROFILES_FILE FASTDDS_ENVIRONMENT_FILE FASTDDS_STATISTICS "
        "RMW_FASTRTPS_USE_QOS_FROM_XML RMW_FASTRTPS_PUBLICATION_MODE CYCLONEDDS_URI ZENOH_ROUTER_CHECK_ATTEMPTS "
        "ZENOH_SESSION_CONFIG_URI ZENOH_CONFIG_OVERRIDE ROS_SECURITY_ENABLE ROS_SECURITY_STRATEGY "
        "ROS_SECURITY_KEYSTORE ROS_SECURITY_ENCLAVE_OVERRIDE",
    ),
    *_rows(
        Scope.SEVERAL_HOSTS,
        Treatment.KEPT,
        "how the hosts find each other is their owner's choice",
        "ROS_DISCOVERY_SERVER ROS_SUPER_CLIENT ROS_STATIC_PEERS FASTRTPS_DEFAULT_PROFILES_FILE "
        "FASTDDS_DEFAULT_PROFILES_FILE ROS_SECURITY_ENABLE ROS_SECURITY_STRATEGY ROS_SECURITY_KEYSTORE",
    ),
    *(
        Variable(name, Scope.DISCOVERY, Treatment.CHECKED, "whether other hosts are found", check=check, public=True)
        for name, check in (("ROS_AUTOMATIC_DISCOVERY_RANGE", discovery_range), ("ROS_LOCALHOST_ONLY", not_local))
    ),
    *_rows(
        Scope.HARDWARE,
        Treatment.KEPT,
        "how the robot's network is found is its owner's choice",
        "ROS_DISCOVERY_SERVER ROS_SUPER_CLIENT ROS_STATIC_PEERS ROS_LOCALHOST_ONLY ROS_AUTOMATIC_DISCOVERY_RANGE "
        "FASTRTPS_DEFAULT_PROFILES_FILE FASTDDS_DEFAULT_PROFILES_FILE FASTDDS_BUILTIN_TRANSPORTS CYCLONEDDS_URI "
        "ZENOH_SESSION_CONFIG_URI ROS_SECURITY_ENABLE ROS_SECURITY_STRATEGY ROS_SECURITY_KEYSTORE",
    ),
    *(
        Variable(name, scope, Treatment.CHECKED, "how nodes write their logs", check=numbers_switch, public=True)
        for name in ("RCUTILS_LOGGING_USE_STDOUT", "RCUTILS_LOGGING_BUFFERED_STREAM", "RCUTILS_COLORIZED_OUTPUT")
        for scope in (Scope.SIMULATION, Scope.SEVERAL_HOSTS, Scope.HARDWARE)
    ),
    # OpenGL: `sim_bridge/rendering.py`, in the simulator's process
    Variable("MUJOCO_GL", Scope.RENDERING, Treatment.CHECKED, "the renderer", check=renderer, public=True),
    Variable(
        "MUJOCO_EGL_DEVICE_ID",
        Scope.RENDERING,
        Treatment.CHECKED,
        "the device that EGL renders with",
        check=egl_device,
        public=True,
    ),
    *_rows(Scope.RENDERING, Treatment.SET, "PyOpenGL follows MUJOCO_GL", "PYOPENGL_PLATFORM", public=True),
    *_rows(
        Scope.RENDERING,
        Treatment.KEPT,
        _DRIVER,
        "LIBGL_ALWAYS_SOFTWARE GALLIUM_DRIVER MESA_LOADER_DRIVER_OVERRIDE __GLX_VENDOR_LIBRARY_NAME",
        public=True,
    ),
    *_rows(
        Scope.RENDERING,
        Treatment.KEPT,
        _DRIVER,
        "__EGL_VENDOR_LIBRARY_FILENAMES DISPLAY",
    ),
    # ./dsrl: what matters before a Python of ours runs
    *_rows(Scope.SET_UP, Treatment.LEFT_OUT, _INTERPRETER, "PYTHONHOME PYTHONPLATLIBDIR PYTHONOPTIMIZE PYTHONWARNINGS"),
    *_rows(Scope.SET_UP, Treatment.LEFT_OUT, "output and files are UTF-8", "PYTHONIOENCODING", public=True),
    Variable("PYTHONUTF8", Scope.SET_UP, Treatment.SET, "output and files are UTF-8", value="1", public=True),
    *_rows(Scope.SET_UP, Treatment.LEFT_OUT, _BUILD, "DESTDIR CMAKE_TOOLCHAIN_FILE CMAKE_GENERATOR_PLATFORM"),
    *_rows(
        Scope.SET_UP,
        Treatment.LEFT_OUT,
        "packages go into the virtual environment; of pip's settings only index, proxy and certificates hold",
        "PIP_USER PIP_TARGET PIP_PREFIX PIP_ROOT PIP_PYTHON PIP_DRY_RUN PIP_NO_BINARY PIP_ONLY_BINARY PIP_CONSTRAINT "
        "PIP_REQUIREMENT PIP_REQUIRE_HASHES PIP_REQUIRE_VIRTUALENV PIP_PLATFORM PIP_IGNORE_INSTALLED PIP_CONFIG_FILE",
    ),
)
