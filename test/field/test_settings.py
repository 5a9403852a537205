"""Settings that people mistype: one line with what was meant, and no folder of a run that never was."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["train", "reach", "utd=3"], 2, "did you mean 'sac.utd'?"),
        (["up", "reech"], 2, "did you mean 'reach'?"),
        (["up", "reach", "policy.endpoint=127.0.0.1:1"], 1, "ws://127.0.0.1:1"),
        (["train", "reach", "policy.endpoint=no/such.npz"], 2, "or a policy server: ws://host:port"),
        (["preflight", "reach", "policy.endpoint=no/such.npz"], 2, "or a policy server: ws://host:port"),
        (["train-base", "reach", "demos=0"], 2, "demos=0 must lie in"),
    ],
)
def test_what_is_refused_says_what_was_meant_and_leaves_nothing(
    words: list[str], code: int, message: str, tmp_path: Path
):
    out = tmp_path / "made" / "for" / "it"
    command = [sys.executable, "-P", "-m", "dsrl_core.app", words[0], words[1], f"--out={out}", *words[2:]]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, message in done.stderr) == (code, True), done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []
