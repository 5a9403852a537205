"""The live page of a run, as a process: `python -m dsrl_ros.app.page RUN ...`."""

import argparse
import ctypes
import os
import signal
import sys
from threading import Thread
from time import sleep

from dsrl_core.app.commands.view import add_arguments
from dsrl_core.errors import ConfigError, DsrlError
from dsrl_core.run.folder import RunFolder
from dsrl_core.run.interrupt import INTERRUPTED, Interrupt, listen, say
from dsrl_ros.interface.exit_codes import FAILED, USAGE_ERROR
from dsrl_ros.nodes.graph_node import leave

NAME = "./dsrl view"
PR_SET_PDEATHSIG = 1
LAST_S = 0.8  # in which browsers hear how the run ended
END_S = 0.7  # for the server


def main() -> int:
    """Serve the page until a signal, or until the process beside which it was started ends."""
    interrupt = listen(NAME, ignored_too=True)
    parser = argparse.ArgumentParser(prog=NAME)
    add_arguments(parser)
    parser.add_argument("--beside", type=int, default=0, metavar="PID", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.beside:
        _end_with(args.beside)
    try:
        return _serve(args, interrupt)
    except (DsrlError, OSError) as error:
        say(f"{NAME}: {error}")
        return USAGE_ERROR if isinstance(error, ConfigError) else FAILED


def _serve(args: argparse.Namespace, interrupt: Interrupt) -> int:
    from dsrl_ros.app.page.watching import Watching

    folder = RunFolder(args.run.absolute())
    watching = Watching(folder, args.several_hosts)  # before the web library, which takes a second or two to load
    from dsrl_ros.app.page.access import new_key
    from dsrl_ros.app.page.server import address, bound, make_app, make_server

    key, place = new_key(), bound(args.host, args.port)
    server = make_server(make_app(watching, key))
    serving = Thread(target=server.run, kwargs={"sockets": [place]}, name="server", daemon=True)
    interrupt.begin()
    try:
        watching.start()
        serving.start()
        print(f"live view: {address(place)}/?key={key}", flush=True)
        while serving.is_alive() and watching.alive:
            sleep(0.1)
        return FAILED
    except KeyboardInterrupt:
        with interrupt.deferred():
            watching.close(ended=bool(args.beside))
            sleep(LAST_S if args.beside else 0.0)
            server.should_exit = True
            serving.join(END_S)
        return INTERRUPTED


def _end_with(parent: int) -> None:
    """Let the system ask this process to end when its parent has ended."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit(FAILED)


if __name__ == "__main__":
    leave(main())
