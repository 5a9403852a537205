"""Versions of what must fit together: this package, ROS, middleware, and the vendor's packages that are installed."""

import re
from collections.abc import Mapping
from pathlib import Path

from dsrl_core.robot_check.finding import Finding, notice, ok

ABOUT = "versions"
VENDORS = ("franka_bringup", "franka_hardware", "franka_gripper", "franka_description", "libfranka", "franka_msgs")
SERIES = {"humble": 2, "jazzy": 3, "kilted": 3}  # distribution -> first number of the franka_ros2 that is made for it


def findings(versions: Mapping[str, str]) -> list[Finding]:
    """`versions` by name; the distribution's name stands under `ROS`."""
    listed = ", ".join(f"{name} {version}" for name, version in versions.items())
    found = [ok(ABOUT, listed)]
    series, version = SERIES.get(versions.get("ROS", "")), versions.get("franka_hardware", "")
    if series and version and not version.startswith(f"{series}."):
        words = f"franka_hardware {version} is not of the series {series}.x that is made for {versions['ROS']}"
        found.append(notice(f"{ABOUT}: franka_ros2", words, "check out the series of this distribution"))
    return found


def vendor_versions(prefixes: str) -> dict[str, str]:
    """Versions of the vendor's packages in the prefixes of `AMENT_PREFIX_PATH`; other machines' are not seen."""
    found = {}
    for name in VENDORS:
        for prefix in filter(None, prefixes.split(":")):
            path = Path(prefix) / "share" / name / "package.xml"
            text = path.read_text(errors="replace") if path.is_file() else ""
            version = re.search(r"<version>\s*(.*?)\s*</version>", text)
            if version and name not in found:
                found[name] = version[1]
    return found
