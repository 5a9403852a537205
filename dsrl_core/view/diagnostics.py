"""Diagnostics as a tree: a branch per robot or device, with the level of its worst status."""

import re
from collections.abc import Sequence

from dsrl_core.view.snapshot import Branch, Diagnostic
from dsrl_core.view.values import Level


def tree(statuses: Sequence[Diagnostic]) -> tuple[Branch, ...]:
    """The statuses by what stands before the first `/` or `:` of their names, each branch and status in order."""
    branches: dict[str, list[Diagnostic]] = {}
    for status in statuses:
        branches.setdefault(_branch(status.value.name), []).append(status)
    return tuple(
        Branch(name, Level(max(status.value.level for status in found)), tuple(sorted(found, key=_order)))
        for name, found in sorted(branches.items())
    )


def _branch(name: str) -> str:
    return re.split("[/:]", name.strip("/"), maxsplit=1)[0]


def _order(status: Diagnostic) -> tuple[int, str]:
    return -status.value.level, status.value.name
