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


FITS = {  # server version -> system versions of arms that have it, and libfranka that speaks it
    10: ("5.9.0 and later", "0.18.0 and later"),
    9: ("5.7.2 and later", "0.15.0 to 0.17"),
    8: ("5.7.0, 5.7.1", "0.14.1 and later"),
    7: ("5.5.0 to 5.6", "0.13.3 and later"),
    6: ("5.2.0 and later", "0.10.0 and later"),
    5: ("4.2.1 (Panda)", "0.9.1 and later, below 0.10"),
}
SERVER, LIBRARY = (re.compile(rf"{whose} version: (\d+)") for whose in ("server", "library"))


def unfit(text: str) -> str:
    """What to do about an arm whose system does not fit the library, of libfranka's words about them."""
    arms, ours = (FITS.get(int(found[1])) if (found := each.search(text)) else None for each in (SERVER, LIBRARY))
    remedies = []
    if ours:
        remedies.append(f"update the arm's system in Desk (this pylibfranka wants {ours[0]})")
    if arms:
        remedies.append(f"install a library that this arm takes (libfranka {arms[1]})")
    remedy = ", or ".join(remedies) or "install the pylibfranka that this arm takes"
    return f"{text.split('. ', maxsplit=1)[0].rstrip('.')}: {remedy}; what fits what: docs/reference/versions.md"


def refused_start(ip: str, error: Exception) -> str:
    """Why an arm could not be connected to, of libfranka's error."""
    text = str(error).removeprefix("libfranka: ")
    if "ncompatible" in text:
        return f"{ip}: {unfit(text)}"
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
