"""Say what this machine has and what is wrong, as a page for a report of a problem; nothing personal is in it."""

import argparse
import os

from dsrl_core.app.doctor import devices, machine, packages, ros, variables
from dsrl_core.app.doctor.page import page
from dsrl_core.app.doctor.section import Probe, examine
from dsrl_core.machine.settle import settle
from dsrl_core.machine.variables import Scope

PROBES: dict[str, Probe] = {
    "machine": machine.probe,
    "packages": packages.probe,
    "jax": devices.probe_jax,
    "rendering": devices.probe_gl,
    "ROS 2": ros.probe,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It takes none."""


def main(args: argparse.Namespace) -> int:
    """Print the page; 1 where something is wrong."""
    settled = dict(os.environ)  # what the commands make of it
    settle(settled, Scope.COMMANDS, Scope.SIMULATION)
    sections = [examine(title, probe, settled) for title, probe in PROBES.items()]
    sections.append(examine("environment variables", variables.probe, os.environ))
    print(page(sections, packages.ROOT))
    return int(any(section.faults for section in sections))
