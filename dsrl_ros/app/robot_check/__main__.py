"""The check of a robot as a process: `python -m dsrl_ros.app.robot_check PLATFORM ...`."""

from dsrl_core.run.interrupt import listen


def main() -> int:
    """Hear signals first, as the imports take a second or two; then check, see `checking`."""
    interrupt = listen("./dsrl check")
    from dsrl_ros.app.robot_check.checking import main

    return main(interrupt)


if __name__ == "__main__":
    code = main()
    from dsrl_ros.nodes.graph_node import leave

    leave(code)
