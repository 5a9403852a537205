"""Find `action.arm.velocity_scale` from a recording of an arm that followed a policy's actions; nothing moves."""

import argparse
import csv
from pathlib import Path

import numpy as np

from dsrl_core.acting.execution.arm.calibration import WINDOW_S, Calibration, Recording, calibrate
from dsrl_core.acting.execution.command_encoders.base import joint_parts
from dsrl_core.app.compose import load_run
from dsrl_core.config.paths import names
from dsrl_core.errors import ConfigError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("platform", help=f"whose arm: {', '.join(names('platforms'))}, or the path of a contract")
    parser.add_argument(
        "recording",
        type=Path,
        metavar="FILE.csv",
        help="a row for each control step; columns time_s, and of each joint action.<name> (-1 to 1) and "
        "position.<name> (rad, when the step begins)",
    )
    parser.add_argument("settings", nargs="*", metavar="key=value", help="such as action.rate_hz=15")


def main(args: argparse.Namespace) -> int:
    """Print the scale; 1 where it is not to be trusted."""
    contract = load_run(args.platform, "calibrate", 0, args.settings).platform.action
    arm = joint_parts(contract, contract.encoder).arm
    recording = read_recording(args.recording, arm.joints)
    try:
        found = calibrate(recording, arm, contract.arm.step_rad * contract.rate_hz, 1 / contract.rate_hz)
    except ValueError as error:
        raise ConfigError(f"{args.recording}: {error}") from error
    print(as_text(found))
    return int(not found.trusted)


def as_text(found: Calibration) -> str:
    """The result, and why it is not to be trusted."""
    left = f"{found.rms_rad:.3f} rad rms are left over, over {WINDOW_S:g} s each, of {found.still_rms_rad:.3f} rad"
    lines = [
        f"action.arm.velocity_scale={found.scale:.2f}: {left}",
        f"from {found.seconds:.1f} s; the rails change {100 * found.clipped_share:.0f} % of the steps",
    ]
    doubts = [f"  - {doubt}" for doubt in found.doubts]
    return "\n".join([*lines, *(["not to be trusted:", *doubts] if doubts else [])])


def read_recording(path: Path, joints: tuple[str, ...]) -> Recording:
    """A recording from a CSV file.

    Raises:
        ConfigError: it cannot be read, lacks a column, or holds something else than numbers; names file and place.
    """
    columns = ["time_s", *(f"action.{name}" for name in joints), *(f"position.{name}" for name in joints)]
    try:
        with path.open(newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in columns if name not in (reader.fieldnames or ())]
            if missing:
                raise ConfigError(f"{path}: column {missing[0]!r} is missing; needed: {', '.join(columns)}")
            rows = [[_number(row[name], path, reader.line_num, name) for name in columns] for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    values, size = np.array(rows, np.float64).reshape(-1, len(columns)), len(joints)
    return Recording(values[:, 0], values[:, 1 : 1 + size], values[:, 1 + size :])


def _number(text: str | None, path: Path, line: int, column: str) -> float:
    try:
        return float(text or "")
    except ValueError as error:
        raise ConfigError(f"{path}:{line}: {column}={text!r} must be a number") from error
