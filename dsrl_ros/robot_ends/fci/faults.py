"""What stops a Franka from being driven, each as one line that says what to do."""

import re

FCI_PORT = 1337
ERRORS = re.compile(r'"([a-z_]+)"')

IN_USE = (
    "{ip}: the arm answers, but takes no second client: another program controls it (franka_ros2, or another "
    "driver). End that one first"
)
NO_ANSWER = (
    "{ip}: no answer in {seconds:g} s. Is the address right (robot_ip), the arm on, and the network cable in the "
    "control unit's LAN port, not the arm's?"
)
MODES = {
    "Other": "its joints are locked, or it is not ready: unlock the joints and activate FCI in Desk",
    "Move": "another program moves it: end that one first",
    "Guiding": "it is being guided by hand, or Desk is in programming mode: change to execution",
    "Reflex": "it stopped with a reflex: {errors}. Look at the arm, then call error_recovery",
    "UserStopped": "its user stop is pressed: release it, then call error_recovery",
    "AutomaticErrorRecovery": "it recovers from an error: wait, then call error_recovery",
}


MODE_NAMES = ("Other", "Idle", "Move", "Guiding", "Reflex", "UserStopped", "AutomaticErrorRecovery")  # by number


def refused_start(ip: str, error: Exception) -> str:
    """Why an arm could not be connected to, of libfranka's error."""
    text = str(error).removeprefix("libfranka: ")
    if "ncompatible" in text:
        return (
            f"{ip}: {text.rstrip('.')}. Install the pylibfranka that fits the arm's system version, or update the arm: "
            "https://frankarobotics.github.io/docs/libfranka/docs/compatibility_with_images.html"
        )
    if "realtime" in text:
        return (
            f"{ip}: {text.rstrip('.')}: install a kernel with PREEMPT_RT, or, for a simulator or a trial, set "
            "realtime=ignore"
        )
    if "refused" in text:
        return f"{ip}: {text.rstrip('.')}: activate FCI in Desk, and see that no other address is meant (robot_ip)"
    if "not found" in text:
        return f"{ip}: there is no such host: robot_ip is an address such as 172.16.0.2"
    if "interrupted" in text or "timeout" in text.lower() or "closed" in text:
        return f"{ip}: {text.rstrip('.')}: another program may control the arm; end that one, or see to the network"
    return f"{ip}: {text}"


def barred(mode: str, errors: str) -> str:
    """Why an arm in a mode of libfranka's `RobotMode` cannot be moved, empty where it can."""
    if mode == "Idle":
        return ""
    return MODES.get(mode, f"its mode is {mode}").format(errors=errors or "the cause is not told")


def stopped(error: Exception, mode: str, errors: str) -> str:
    """Why a motion ended, of libfranka's error, the arm's mode after it and the errors that it tells."""
    names = ", ".join(ERRORS.findall(str(error))) or errors
    if mode in ("Reflex", "UserStopped", "Guiding", "Other"):
        return f"the arm stopped: {barred(mode, names)}"
    text = str(error).removeprefix("libfranka: ").splitlines()[0]
    return f"the arm stopped: {text}. Look at the arm, then call error_recovery"
