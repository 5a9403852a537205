"""Colours of the panel, legible on light and on dark themes."""

GOOD, WARNING, BAD = "#2e9e5b", "#d98a00", "#d0342c"
BLUE, PURPLE, GREY = "#3d7edb", "#9a5fd0", "#8a8f98"
EXECUTOR = {
    "IDLE": GREY,
    "RUNNING": GOOD,
    "WAITING": BLUE,
    "HOLD": WARNING,
    "ARMED": PURPLE,
    "FAULT": BAD,
    "RESETTING": BLUE,
}
BUTTONS = {"success": GOOD, "failure": WARNING, "stop": BAD}
