"""`pip install .`: dsrl_core and the simulators with their settings, without ROS. In a ROS 2 workspace use colcon."""

from pathlib import Path

from setuptools import find_packages, setup


def data_files() -> list[tuple[str, list[str]]]:
    """Settings, base policies and messages, where `dsrl_core.config.paths` looks for them."""
    folders: dict[str, list[str]] = {}
    for top in ("config", "msg"):
        for path in sorted(Path(top).rglob("*")):
            if path.is_file():
                folders.setdefault(f"share/dsrl_ros/{path.parent.as_posix()}", []).append(path.as_posix())
    return list(folders.items())


setup(
    name="dsrl_ros",
    version="0.1.0",
    description="Reinforcement learning over the noise of a frozen flow or diffusion policy (DSRL)",
    license="MIT",
    python_requires=">=3.11,<3.14",
    packages=find_packages(include=["dsrl_core", "dsrl_core.*", "sim_bridge", "sim_bridge.*"]),
    data_files=data_files(),
    # The releases that are tested stand in requirements.txt.
    install_requires=[
        "flax>=0.12.8",
        # Its dm-control asks for labmaze, not built for 3.13; there: pip install --no-deps gym-aloha dm-control
        "gym-aloha>=0.1.5; python_version < '3.13'",
        "imageio-ffmpeg>=0.6",
        "jax>=0.10.2",
        "matplotlib>=3.10",
        "msgpack>=1.1",
        "mujoco>=3.8.1,<3.9",
        "numpy>=2.2",
        "optax>=0.2.8",
        "pillow>=11",
        "PyYAML>=6.0",
        "rosbags>=0.11.4",
        # For a policy server also: pip install --no-deps openpi-client (it asks for numpy below 2 without need)
        "websockets>=15",
    ],
)
