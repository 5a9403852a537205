"""`./dsrl COMMAND ...`: parse, run, and turn every expected error into one clear line and an exit code other than 0."""

import argparse
import logging
import os
import sys
from importlib import import_module
from keyword import iskeyword
from types import ModuleType
from typing import NoReturn

from dsrl_core.errors import ConfigError, DsrlError, among, nearest
from dsrl_core.machine.jax_check import check_jax
from dsrl_core.machine.settle import settle
from dsrl_core.machine.variables import Scope
from dsrl_core.run.interrupt import INTERRUPTED, begin_interruptible, check_interrupt, listen, say

COMMANDS = {
    "up": "start the ROS 2 graph and watch it learn",
    "train": "the same run in one process",
    "preflight": "what noise can do with a base policy, before it is steered",
    "check": "what is wrong with a robot, beside its running drivers; commands nothing",
    "calibrate": "how fast an arm is to move for an action, from a recording",
    "eval": "success of a finished run against its base, on fresh starts",
    "compare": "finished runs in one table, every episode counted",
    "replay": "learn from a run's recorded episodes alone, with its settings or others",
    "export": "a run's recorded episodes as a LeRobot dataset, tables or films",
    "import": "a LeRobot dataset, or bags of a foreign robot, to demonstrations",
    "reverse": "demonstrations to the noise behind them, for an actor to begin with",
    "view": "look at a run in a browser, and press its buttons",
    "operator": "keys of the person at a robot, in a terminal of its own beside the graph",
    "train-base": "demonstrations to a small base policy",
    "serve-policy": "a policy behind a websocket, made to take noise",
    "bench": "measure speed; figures as a table or JSON",
    "doctor": "what this machine has and what is wrong, for a report of a problem",
}
GRAPHS = ("bench",)  # commands that may start the graph of a simulation; `up` settles what its run needs itself
CHECKS_ITSELF = ("up", "check", "operator", "view", "doctor")  # whether jax starts: later, as one thing of many, or not
USAGE_ERROR, FAILED = 2, 1


def main(argv: list[str] | None = None) -> int:
    """Run a command; without `argv` it is the process's own, which then hears ctrl-C from here on."""
    if argv is None:
        argv = sys.argv[1:]
        listen(f"./dsrl {argv[0]}" if argv else "./dsrl")
    logging.basicConfig(format="%(levelname)s %(message)s", level=logging.INFO)
    logging.getLogger("OpenGL").setLevel(logging.WARNING)  # it tells everyone that its accelerator is not installed
    logging.getLogger("jax").setLevel(logging.WARNING)
    name = argv[0] if argv else "--help"
    if name not in COMMANDS:
        return _unknown(name)
    examines = name == "doctor"  # the environment as it is
    notes = [] if examines else settle(os.environ, *_scopes(name))  # before jax or rclpy reads it at its import
    command = import_module(f"dsrl_core.app.commands.{_module(name)}")
    parser = Parser(prog=f"./dsrl {name}", description=command.__doc__)
    command.add_arguments(parser)
    args = parser.parse_intermixed_args(argv[1:])
    for note in notes:
        say(f"./dsrl {name}: {note}")
    begin_interruptible()
    try:
        if name not in CHECKS_ITSELF:
            check_jax(os.environ)
        return _run(command, args)
    except KeyboardInterrupt:
        say(f"./dsrl {name}: interrupted")
        return INTERRUPTED
    except DsrlError as error:
        say(f"./dsrl {name}: {error}")
        return USAGE_ERROR if isinstance(error, ConfigError) else FAILED
    except OSError as error:
        say(f"./dsrl {name}: {error}; check space and permissions, then start again")
        return FAILED


def _run(command: ModuleType, args: argparse.Namespace) -> int:
    """The command's exit code. What fails because it was interrupted was interrupted: imports wrap the exception."""
    try:
        status: int = command.main(args)
    except Exception:
        check_interrupt()
        raise
    return status


def _module(name: str) -> str:
    """The file of a command; a word of Python's own cannot be one."""
    return f"{name}_" if iskeyword(name) else name.replace("-", "_")


def _scopes(name: str) -> tuple[Scope, ...]:
    """Whose rows of the table of variables hold: what starts a graph here starts that of a simulation."""
    return (Scope.COMMANDS, Scope.SIMULATION) if name in GRAPHS else (Scope.COMMANDS,)


class Parser(argparse.ArgumentParser):
    """Says which option was probably meant."""

    def error(self, message: str) -> NoReturn:
        given = message.removeprefix("unrecognized arguments: ").split("=")[0].split(" ")[0]
        meant = nearest(given, self._option_string_actions) if given.startswith("-") else ""
        super().error(message + (f"; did you mean {meant}?" if meant else ""))


def _unknown(name: str) -> int:
    lines = [f"  ./dsrl {command:12s} {text}" for command, text in COMMANDS.items()]
    print("\n".join(["commands:", *lines, "each has --help"]))
    if name in ("-h", "--help", "help"):
        return 0
    say(f"./dsrl: unknown command {name!r}; {among(name, COMMANDS)}")
    return USAGE_ERROR


if __name__ == "__main__":
    sys.exit(main())
