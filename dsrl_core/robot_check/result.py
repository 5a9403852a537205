"""The result of a check, kept on this machine, and the refusal of a start without a recent one that passed."""

import dataclasses
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Any

from dsrl_core.config.platform import Platform
from dsrl_core.errors import ConfigError
from dsrl_core.robot_check.finding import Finding, Verdict
from dsrl_core.storage.durable import write_atomic

RESULT = "result.json"
VALID_S = 24 * 3600.0
LOOKED_AT = {  # section of a contract -> its settings that the check looks at; with others it stays valid
    "robot_end": ("kind",),
    "observation": ("cameras", "state", "stamps", "tolerance_ms", "camera_skew_ms"),
    "action": ("names", "units", "low", "high", "rate_hz", "feedback", "encoder"),
    "policy": ("kind", "endpoint", "horizon", "noise_dim", "execute", "feature_dim", "options"),
}


@dataclass(frozen=True, slots=True)
class Result:
    """What a check found, and when."""

    platform: str
    contract_sha256: str
    time_s: float  # since 1970
    findings: tuple[Finding, ...]

    @property
    def wrong(self) -> int:
        """How many findings are wrong."""
        return sum(finding.verdict is Verdict.WRONG for finding in self.findings)


def contract_sha256(platform: Platform) -> str:
    """Digest of a contract's settings that the check looks at."""
    values = dataclasses.asdict(platform)
    told: dict[str, object] = {
        section: {key: values[section][key] for key in keys} for section, keys in LOOKED_AT.items()
    }
    told["arm"] = platform.action.arm.model
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def remapped(platform: Platform, remappings: Mapping[str, str]) -> Platform:
    """The contract with the topics that this machine's drivers have, where a launch file remaps them."""
    observation = platform.observation
    cameras = {
        name: dataclasses.replace(camera, topic=remappings.get(camera.topic, camera.topic))
        for name, camera in observation.cameras.items()
    }
    state = tuple(dataclasses.replace(each, topic=remappings.get(each.topic, each.topic)) for each in observation.state)
    feedback = remappings.get(platform.action.feedback, platform.action.feedback)
    return dataclasses.replace(
        platform,
        observation=dataclasses.replace(observation, cameras=cameras, state=state),
        action=dataclasses.replace(platform.action, feedback=feedback),
    )


def result_folder(platform: Platform, environ: Mapping[str, str] | None = None) -> Path:
    """Where the result for this very contract lies: in the user's folder of state (XDG_STATE_HOME)."""
    environ = os.environ if environ is None else environ
    given = environ.get("XDG_STATE_HOME", "")
    state = Path(given) if given.startswith("/") else Path.home() / ".local" / "state"  # relative ones do not count
    return state / "dsrl_ros" / "check" / f"{platform.name}-{contract_sha256(platform)[:12]}"


def write_result(folder: Path, result: Result) -> None:
    """Write `result.json`; raises OSError where the folder cannot be written."""
    folder.mkdir(parents=True, exist_ok=True)
    write_atomic(folder / RESULT, json.dumps(dataclasses.asdict(result), indent=1) + "\n")


def read_result(folder: Path) -> Result | None:
    """The result in a folder; None where there is none that can be read."""
    try:
        values = json.loads((folder / RESULT).read_text())
        findings = tuple(_finding(each) for each in values.pop("findings"))
        return Result(**{**values, "time_s": float(values["time_s"])}, findings=findings)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def require_recent_pass(
    platform: Platform, remappings: Mapping[str, str] | None = None, now_s: float | None = None
) -> None:
    """Refuse a start on a robot that was not found well lately.

    Args:
        platform: the contract of the start.
        remappings: topics of the contract to those of this machine's drivers.
        now_s: since 1970; None is now.
    Raises:
        ConfigError: no check of this very contract passed within the last 24 hours; says what to do.
    """
    platform = remapped(platform, remappings or {})
    fault = _fault(read_result(result_folder(platform)), platform, time() if now_s is None else now_s)
    if fault:
        command = f"./dsrl check {platform.name}"
        raise ConfigError(
            f"{fault}. Run: {command}, with the settings and topics of this start; it commands nothing. "
            "Who knows better: robot_end.require_check=false"
        )


def _fault(result: Result | None, platform: Platform, now_s: float) -> str:
    if result is None or result.contract_sha256 != contract_sha256(platform):
        return f"the robot of {platform.name} was never checked with this contract"
    age_h = (now_s - result.time_s) / 3600
    if not 0 <= age_h <= VALID_S / 3600:
        when = f"{age_h:.0f} h old" if age_h > 0 else "of the future: this machine's clock was set back"
        return f"the check of {platform.name} is {when}; allowed: {VALID_S / 3600:.0f} h"
    if result.wrong:
        first = next(finding for finding in result.findings if finding.verdict is Verdict.WRONG)
        return f"the check of {platform.name} found {result.wrong} wrong, first: {first.about}: {first.words}"
    return ""


def _finding(values: Mapping[str, Any]) -> Finding:
    return Finding(values["about"], Verdict(values["verdict"]), values["words"], values["remedy"])


def result_of(platform: Platform, findings: Sequence[Finding], now_s: float | None = None) -> Result:
    """A result of now."""
    return Result(platform.name, contract_sha256(platform), time() if now_s is None else now_s, tuple(findings))
