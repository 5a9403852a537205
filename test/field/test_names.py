"""Folders with names that YAML, a shell or ROS would read as something else: runs work in them as in any other."""

import subprocess
import sys
from pathlib import Path

import pytest
import rclpy

from dsrl_core.config.resolve import load_run
from dsrl_core.run.summary import read_summary
from dsrl_ros.app.graph import graph

ODD = [
    "a #1",
    "a: b",
    "  spaces ",
    'it\'s "so"',
    "50%",
    "[x]",
    "{x: y}",
    "- a",
    "-a",
    "*a",
    "&b",
    "!c",
    "@d",
    "a\nb",
    "a\\b",
    "$HOME `x`",
    "a:=b",
    "ünï 😀",
    "long" * 60,
]


@pytest.mark.parametrize("name", ODD)
def test_a_node_reads_the_path_that_it_was_given(name: str):
    path = Path("/runs") / name / "config.yaml"
    spec = graph(load_run("reach", "run"), path)[-1]
    command = spec.command()
    context = rclpy.Context()
    rclpy.init(args=command[command.index("--ros-args") :], context=context)
    node = rclpy.create_node("any", context=context, automatically_declare_parameters_from_overrides=True)
    try:
        assert node.get_parameter("config").value == str(path)
        assert (node.get_name(), node.get_namespace()) == (spec.name, spec.namespace)
    finally:
        node.destroy_node()
        rclpy.try_shutdown(context=context)


def test_a_run_in_such_a_folder_comes_to_its_end(tmp_path: Path):
    out = tmp_path / '-a #1: it\'s "so" 50% [x] é\n& $HOME'
    asked = ["schedule.eval_episodes=1", "schedule.baselines=[]", "network.image_size=16", "network.cnn_strides=[4, 2]"]
    command = [sys.executable, "-P", "-m", "dsrl_core.app", "train", "reach", "--episodes=0", f"--out={out}", *asked]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert read_summary(out / "summary.json") is not None
    assert (out / "report.html").is_file()
