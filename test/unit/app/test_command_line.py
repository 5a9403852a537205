"""The command line: help for newcomers, one clear line for each error, honest exit codes."""

import os
import re
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from dsrl_core.app import __main__ as command_line
from dsrl_core.app.__main__ import COMMANDS, main
from dsrl_core.config.paths import names
from dsrl_core.errors import DsrlError

Output = pytest.CaptureFixture[str]


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"], ["help"]])
def test_help_lists_every_command_with_what_it_does(words: list[str], capsys: Output):
    assert main(words) == 0
    text = capsys.readouterr().out
    for name, what in COMMANDS.items():
        assert re.search(rf"\./dsrl {name} +{re.escape(what)}", text)


@pytest.mark.parametrize(
    "name", ["up", "train", "preflight", "check", "calibrate", "eval", "reverse", "train-base", "serve-policy", "bench"]
)
def test_each_command_explains_itself(name: str, capsys: Output):
    with pytest.raises(SystemExit) as caught:
        main([name, "--help"])
    assert caught.value.code == 0
    text = capsys.readouterr().out
    assert text.startswith(f"usage: ./dsrl {name} ")
    for option in re.findall(r"^  (-\S+|\w\S*)", text.split("options:")[1], re.MULTILINE):
        assert re.search(rf"^  {option}.*(\n {{10,}}|  )\w", text, re.MULTILINE), f"{option} has no help"


@pytest.mark.parametrize("name", ["up", "train"])
def test_help_names_the_platforms_and_how_to_change_a_setting(name: str, capsys: Output):
    with pytest.raises(SystemExit):
        main([name, "--help"])
    text = " ".join(capsys.readouterr().out.split())
    for part in [*names("platforms"), "--seed N", "--episodes N", "--out DIR", "key=value", "sac.utd=10", "resumed"]:
        assert part in text


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["fly"], ["unknown command 'fly'", "up, train, preflight, check, calibrate, eval"]),
        (["train", "nope"], ["./dsrl train:", "platform 'nope' is unknown; allowed: ", "reach"]),
        (["train", "reach", "--seed", "-1"], ["seed=-1 must lie in [0, "]),
        (["train", "reach", "--episodes", "-3"], ["schedule.episodes=-3", "[0, unbounded]"]),
        (["train", "reach", "sac.utdd=3"], ["sac.utdd=3 is unknown; allowed: ", "utd"]),
        (["train", "reach", "utd"], ["'utd' is not a setting; write key=value"]),
        (["eval", "no/such/run"], ["./dsrl eval: no/such/run is not a run"]),
        (["preflight", "nope"], ["platform 'nope' is unknown; allowed: ", "reach"]),
        (["preflight", "reach", "--vectors=1"], ["--vectors=1 must be at least 2"]),
        (["preflight", "reach", "noise.vectors=3"], ["noise.vectors=3", "divisors of policy.horizon=10"]),
        (["preflight", "franka", "--starts=3"], ["--starts is for simulators", "--episodes bounds all that is played"]),
        (
            ["preflight", "franka", "action.arm.model=''"],
            ["franka is a robot without action.arm.model", "nobody labels"],
        ),
        (["check", "nope"], ["platform 'nope' is unknown; allowed: ", "franka"]),
        (["check", "reach"], ["robot_end.kind=simulation: reach has no drivers to check"]),
        (["check", "franka", "action.rate=3"], ["action.rate=3 is unknown; allowed: ", "rate_hz"]),
        (["check", "franka", "--seconds=0"], ["--seconds=0 must lie in [1, 600]"]),
        (["calibrate", "franka", "none.csv"], ["none.csv cannot be read"]),
        (["calibrate", "reach", "none.csv"], ["action.arm.model is empty"]),
        (["reverse", "reach", "--from", "no/such"], ["no/such cannot be read", "an npz with actions, states"]),
        (["train-base", "nope"], ["'nope'", "allowed: ", "reach"]),
        (["train-base", "reach", "demos=0"], ["demos=0 must lie in [1, unbounded]"]),
        (["train-base", "reach", "demo=1"], ["demo=1 is unknown; allowed: demos"]),
        (["serve-policy", "--policy=nope"], ["platform 'nope' is unknown; allowed: ", "reach"]),
        (["serve-policy", "--policy=reach", "--port=70000"], ["--port=70000 must lie in [0, 65535]"]),
        (["serve-policy", "--policy=reach", "--api-key-file=none"], ["api_key_file='none' cannot be read"]),
        (["serve-policy", "--checkpoint=x"], ["--checkpoint needs --config", "pi0_libero"]),
        (["serve-policy", "--checkpoint=x", "--config=pi0_libero"], ["openpi is not installed", "uv sync"]),
        (["serve-policy", "--checkpoint=x", "--config=mine"], ["--embodiment: aloha, droid, libero"]),
    ],
)
def test_a_mistake_is_one_clear_line_and_exit_code_2(
    words: list[str], parts: list[str], capsys: Output, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
):
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert [part for part in parts if part not in line] == [], line
    assert not list(tmp_path.iterdir()), "nothing was made"


@pytest.mark.parametrize("words", [["train"], ["train", "reach", "--seed", "one"], ["eval"], ["up", "reach", "--fast"]])
def test_words_that_do_not_parse_end_with_usage_and_exit_code_2(words: list[str], capsys: Output):
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    assert f"usage: ./dsrl {words[0]}" in capsys.readouterr().err


def test_bench_hands_its_options_to_what_measures(monkeypatch: pytest.MonkeyPatch):
    words, started = ["bench", "reverse", "reach", "--episodes", "2", "--seed", "1"], list[list[str]]()
    monkeypatch.setattr("sys.argv", ["dsrl", *words])
    monkeypatch.setattr("os.execv", lambda program, command: started.append(command))
    main(words)
    assert started[0][2:] == ["-m", "dsrl_core.app.bench.reverse", *words[2:]]


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (DsrlError("10 episodes in a row were dropped"), 1, "./dsrl train: 10 episodes in a row were dropped"),
        (OSError(28, "No space left on device"), 1, "No space left on device; check space and permissions"),
        (KeyboardInterrupt(), 130, "./dsrl train: interrupted"),
    ],
)
def test_what_goes_wrong_later_is_one_line_too(
    error: BaseException, code: int, text: str, capsys: Output, monkeypatch: pytest.MonkeyPatch
):
    def fail(args: object) -> int:
        raise error

    command = SimpleNamespace(__doc__="", add_arguments=lambda parser: None, main=fail)
    monkeypatch.setattr(command_line, "import_module", lambda name: command)
    assert main(["train"]) == code
    (line,) = capsys.readouterr().err.splitlines()
    assert text in line


def test_the_exit_code_of_a_command_is_handed_on(monkeypatch: pytest.MonkeyPatch):
    command = SimpleNamespace(__doc__="", add_arguments=lambda parser: None, main=lambda args: 7)
    monkeypatch.setattr(command_line, "import_module", lambda name: command)
    assert main(["up"]) == 7


def test_the_old_place_of_the_command_line_still_works_with_a_notice():
    done = subprocess.run(
        [sys.executable, "-m", "dsrl_core.cli", "train", "nope"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "dsrl_core.cli is called dsrl_core.app now" in done.stderr
    assert "platform 'nope' is unknown" in done.stderr


@pytest.mark.parametrize(("name", "times"), [("up", 0), ("doctor", 0), ("train", 1)])
def test_jax_is_started_once_for_a_command(monkeypatch: pytest.MonkeyPatch, name: str, times: int):
    """`up` becomes the supervisor, which starts it, too."""
    checked: list[object] = []
    stub = SimpleNamespace(__doc__="", add_arguments=lambda parser: None, main=lambda args: 0)
    monkeypatch.setattr(command_line, "check_jax", checked.append)
    monkeypatch.setattr(command_line, "import_module", lambda module: stub)
    assert main([name]) == 0
    assert len(checked) == times


def test_up_leaves_the_network_to_the_run_which_on_a_robot_is_its_owners(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", "SUBNET")
    monkeypatch.setenv("ROS_STATIC_PEERS", "172.16.0.2")
    become: list[Any] = []
    monkeypatch.setattr("os.execv", lambda *words: become.append(words))
    monkeypatch.setattr("dsrl_core.app.commands.up.block_until_listening", lambda: None)
    monkeypatch.setattr("dsrl_core.app.commands.up.find_spec", lambda name: True)
    main(["up", "franka"])
    assert become
    assert (os.environ["ROS_AUTOMATIC_DISCOVERY_RANGE"], os.environ["ROS_STATIC_PEERS"]) == ("SUBNET", "172.16.0.2")
