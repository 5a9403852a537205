"""`python test/launch_process.py FILE name:=value ...`: what `ros2 launch` does with a launch file.

By `launch`'s own event loop where it is installed, else by the double of the few names that the package uses.
"""

import importlib.util
import sys
from pathlib import Path
from typing import Any


def has_launch() -> bool:
    """Whether the real `launch` is there: a folder of that name in this repository is not it."""
    try:
        return bool(importlib.util.find_spec("launch.actions") and importlib.util.find_spec("launch_ros.actions"))
    except ModuleNotFoundError:
        return False


def described(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location("launch_file", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.generate_launch_description()


def main() -> int:
    path, arguments = Path(sys.argv[1]), dict(word.split(":=", 1) for word in sys.argv[2:])
    if has_launch():
        from launch import LaunchService

        service = LaunchService(argv=sys.argv[2:])
        service.context.launch_configurations.update(arguments)
        service.include_launch_description(described(path))
        return int(service.run())
    from doubles import launch_names

    launch_names.install()
    return launch_names.LaunchService(described(path), arguments).run()


if __name__ == "__main__":
    sys.exit(main())
