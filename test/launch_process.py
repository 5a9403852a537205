"""`python test/launch_process.py FILE name:=value ... [-- FILE ...]`: what `ros2 launch` does with launch files.

By `launch`'s own event loop where it is installed, else by the double of the few names that the package uses.
"""

import importlib.util
import sys
from itertools import pairwise
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


def asked(words: list[str]) -> list[tuple[Path, dict[str, str]]]:
    """Each file with its arguments; several are separated by `--`."""
    cuts = [-1, *(place for place, word in enumerate(words) if word == "--"), len(words)]
    parts = [words[first + 1 : last] for first, last in pairwise(cuts)]
    return [(Path(part[0]), dict(word.split(":=", 1) for word in part[1:])) for part in parts]


def main() -> int:
    files = asked(sys.argv[1:])
    if has_launch():
        from launch.actions import IncludeLaunchDescription
        from launch.launch_description_sources import PythonLaunchDescriptionSource

        from launch import LaunchDescription, LaunchService

        service = LaunchService(argv=sys.argv[1:], noninteractive=True)
        for path, arguments in files:
            source = PythonLaunchDescriptionSource(str(path))
            included = IncludeLaunchDescription(source, launch_arguments=arguments.items())
            service.include_launch_description(LaunchDescription([included]))
        return int(service.run())
    from doubles import launch_names

    launch_names.install()
    return launch_names.LaunchService([(described(path), arguments) for path, arguments in files]).run()


if __name__ == "__main__":
    sys.exit(main())
