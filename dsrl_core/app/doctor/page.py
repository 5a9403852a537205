"""The doctor's page: sections one below the other, without anything personal."""

import getpass
import re
import socket
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from dsrl_core.app.doctor.section import Section

ADDRESS = re.compile(
    r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])|(?<![\w:])[0-9a-f]{1,4}(?::[0-9a-f]{0,4}){2,7}(?![\w:])"
)
LOCATED = re.compile(  # a URL, or a person's mail
    r"\b[a-zA-Z][a-zA-Z0-9+.-]*://[^\s'\"<>,;)\]]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-zA-Z]{2,}\b"
)
COMMON = {"root", "user", "localhost", "ubuntu", "debian"}  # tell nothing, and are parts of other words


def page(sections: Sequence[Section], root: Path) -> str:
    """The whole text; what is wrong comes first."""
    found = [fault for section in sections for fault in section.faults]
    head = [f"{len(found)} wrong:", *(f"  - {fault}" for fault in found)] if found else ["nothing is wrong"]
    blocks = [head, *([f"[{section.title}]", *(f"  {line}" for line in section.lines)] for section in sections)]
    return without_persons("\n\n".join("\n".join(block) for block in blocks), root)


def without_persons(text: str, root: Path) -> str:
    """`text` without the checkout's and the home folder's path, names of user and machine, and addresses."""
    text = LOCATED.sub("<address>", text)
    for path, short in ((root, "."), (Path.home(), "~")):
        if len(path.parts) > 1:
            text = re.sub(rf"{re.escape(str(path))}(?![\w-])", short, text)
    for name, short in _names().items():
        text = re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", short, text)
    return ADDRESS.sub("<address>", text)


def _names() -> dict[str, str]:
    names = {socket.gethostname(): "<machine>", socket.gethostname().split(".")[0]: "<machine>"}
    with suppress(KeyError, OSError):  # a container's user may have no name
        names[getpass.getuser()] = "<user>"
    return {name: short for name, short in names.items() if len(name) > 2 and name not in COMMON}
