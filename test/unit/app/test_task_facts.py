"""What an environment's task tells a run before it starts: the prompt, and whether its scene is the published one."""

import sys

import pytest
from builders import open_run_of

from dsrl_core.app.outcome import headline
from dsrl_core.config.run import read_run
from dsrl_core.errors import ConfigError
from dsrl_core.report.data import load
from dsrl_core.report.page import page
from dsrl_core.run.summary import LearnerFacts, RunFacts, summarise

SOURCE = """
from dsrl_core.environment.protocol import TaskFacts
from dsrl_core.errors import ConfigError

def task_facts(task="lift", **options):
    if task == "none":
        raise ConfigError("option task='none' is unknown; allowed: lift, push")
    return TaskFacts(f"{task} the cup: gently", stand_in_assets=task == "lift")
"""
ENVIRONMENT = "robot_end.environment=robots_of_this_test.arm"
WARNING = "no figure here is one of the published benchmark"


@pytest.fixture
def opened(tmp_path, monkeypatch):
    """Opens a run of an environment with facts."""
    package = tmp_path / "robots_of_this_test"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "arm.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(tmp_path)
    yield lambda *settings: open_run_of("reach", 0, [ENVIRONMENT, *settings], tmp_path / "run")
    for name in [name for name in sys.modules if name.startswith("robots_of_this_test")]:
        del sys.modules[name]


def test_the_tasks_instruction_is_the_prompt(opened):
    run = opened()
    assert run.config.platform.policy.prompt == "lift the cup: gently"
    assert read_run(run.folder.config) == run.config
    assert opened().resumed


def test_a_prompt_of_ones_own_is_kept(opened):
    assert opened("policy.prompt=raise it").config.platform.policy.prompt == "raise it"


def test_an_unknown_task_is_refused_before_there_is_a_folder(opened, tmp_path):
    with pytest.raises(ConfigError, match="task='none' is unknown; allowed: lift, push"):
        opened("robot_end.options={task: none}")
    assert not (tmp_path / "run").exists()


def summary_of(config):
    return summarise(config, {}, LearnerFacts(0, None), RunFacts(1.0, None, None))


def test_stand_ins_are_told_in_summary_outcome_and_report(opened):
    run = opened("robot_end.options={task: lift, fast_render: 'true'}")
    summary = summary_of(run.config)
    assert summary["stand_in_assets"] is True
    assert "these are no figures of the published benchmark" in headline(summary)
    text = page(load(run.folder.path))
    assert WARNING in text
    assert "(fast_render)" in text


def test_where_all_is_as_published_nothing_is_said(opened):
    run = opened("robot_end.options={task: push}")
    summary = summary_of(run.config)
    assert summary["stand_in_assets"] is False
    assert "published" not in headline(summary)
    text = page(load(run.folder.path))
    assert WARNING not in text
    assert "(fast_render)" not in text
