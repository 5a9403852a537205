"""The docs are true to the code: tables are current, links lead somewhere, the example environment works."""

import re
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import jax
import numpy as np
import pytest
import yaml
from builders import make_platform, make_preset

from dsrl_core.app.__main__ import COMMANDS
from dsrl_core.app.docs import tables as docs
from dsrl_core.app.docs.rooms_picture import rooms_picture
from dsrl_core.app.docs.wiring import OUTSIDE, TOPICS, node_sources, read_names, wiring
from dsrl_core.config.checks import check_platform
from dsrl_core.config.overrides import pairs
from dsrl_core.config.paths import names
from dsrl_core.config.platform import Platform
from dsrl_core.config.resolve import load_run
from dsrl_core.config.setting import build
from dsrl_core.environment.rewards.base import make_reward
from dsrl_core.environment.simulated_robot import SimulatedRobot
from dsrl_core.errors import InvalidRequest
from dsrl_core.networks.encoders.base import make_encoder
from dsrl_core.networks.initialise import initialise
from dsrl_core.policy.base import make_policy
from dsrl_core.run.role import take_place
from dsrl_core.train_base.settings import BaseSettings
from dsrl_core.types import EpisodeRequest, Observation, Purpose, TaskEvent

ROOT = Path(__file__).parents[2]
ALGORITHMS = sorted((ROOT / "dsrl_core" / "algorithms").rglob("README.md"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")), *ALGORITHMS]
HOW_TO = ROOT / "docs" / "how-to"
RECIPE = HOW_TO / "add-an-environment.md"
ENCODER_RECIPE = HOW_TO / "add-an-encoder.md"
LINK = re.compile(r"\]\((?P<md>[^)\s]+)\)|(?:src|srcset|href)=\"(?P<html>[^\"]+)\"")
FILE = re.compile(r"`((?:\./)?(?:dsrl_core|dsrl_ros|sim_bridge|test|launch|config|docs|msg)/[\w./-]+\.\w+)`")
OF_THE_READER = {  # what recipes make
    "config/bases/dot.yaml",
    "config/platforms/dot.yaml",
    "config/policies/dot.npz",
    "dsrl_core/environment/rewards/effort.py",
    "dsrl_core/networks/encoders/patches.py",
    "dsrl_core/policy/backends/sway.py",
    "launch/dot_sim.launch.py",
    "sim_bridge/envs/dot.py",
}
FENCED = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.DOTALL | re.MULTILINE)


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("name", docs.FILES)
def test_tables_are_what_the_code_gives(name):
    text = (ROOT / name).read_text()
    assert "<!-- table: " in text
    assert text == docs.renewed(text), "run: ./dsrl exec python -m dsrl_core.app.docs"


def test_a_table_is_renewed_and_the_text_around_it_stays():
    stale = "before\n<!-- table: base -->\nold\n<!-- end -->\nafter\n"
    fresh = docs.renewed(stale)
    assert fresh.startswith("before\n<!-- table: base -->\n\n| setting |")
    assert fresh.endswith("|\n\n<!-- end -->\nafter\n")
    assert "`demos`" in fresh
    assert "old" not in fresh


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_and_pictures_exist(page):
    targets = [match["md"] or match["html"] for match in LINK.finditer(page.read_text())]
    for target in targets:
        if re.match(r"https?://", target):
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        assert path.exists(), f"{page.name} links to {target}"
        if anchor:
            assert anchor in anchors(path.read_text()), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_files_that_a_page_names_exist(page):
    named = set(FILE.findall(page.read_text())) - OF_THE_READER
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def anchors(text: str) -> set[str]:
    """Anchors of the headings of a page, as they are made on the web."""
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_index_lists_every_page():
    index = (ROOT / "docs" / "README.md").read_text()
    listed = {(ROOT / "docs" / link.partition("#")[0]).resolve() for link, _ in LINK.findall(index)}
    pages = set((ROOT / "docs").rglob("*.md")) - {ROOT / "docs" / "README.md"}
    assert pages <= listed


def test_the_picture_of_the_rooms_is_as_the_code_is():
    assert (ROOT / "docs" / "rooms.svg").read_text() == rooms_picture()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_and_settings_of_the_docs_exist(page):
    shell = [text for language, text in FENCED.findall(page.read_text()) if language in ("", "bash", "sh")]
    lines = "\n".join(shell).splitlines()
    for line in (line.partition(" #")[0].strip() for line in lines if "./dsrl " in line):
        command, *words = line.partition("./dsrl ")[2].split()
        assert command in {*COMMANDS, "exec", "test"}, line
        platform = words[0] if words and words[0] in names("platforms") else None
        if command in ("up", "train") and platform:
            settings = [word.strip("'") for word in words[1:] if re.match(r"'?[a-z_.]+=", word)]
            assert pairs(settings).keys() or not settings
            asked = pairwise(words)
            settings += [f"schedule.episodes={value}" for word, value in asked if word == "--episodes"]
            load_run(platform, "docs", 0, take_place(settings)[1])


def test_every_topic_has_a_publisher_and_every_reader_its_type():
    files = node_sources(ROOT)
    ends = wiring(files, ROOT / TOPICS)
    published = {end.topic: end.kind for end in ends if end.publishes}
    for end in ends:
        assert end.topic in OUTSIDE or published[end.topic] in end.kind, end
    assert not set(OUTSIDE) & set(published)
    assert {end.node for end in ends} | {"rendezvous"} == set(files), "all but one, which has a service alone"


def test_every_topic_of_the_table_of_names_is_used():
    ends = {end.topic for end in wiring(node_sources(ROOT), ROOT / TOPICS)}
    assert set(read_names(ROOT / TOPICS).constants.values()) <= ends


def test_the_wiring_is_read_from_local_names_and_calls(tmp_path):
    topics, node = tmp_path / "topics.py", tmp_path / "node.py"
    topics.write_text('A, B = "a", "b/c"\ndef camera_of(camera):\n    return f"x/{camera}"\n')
    node.write_text(
        "def build(self, feedback):\n"
        "    one, ten = topics.reliable(), topics.reliable(10)\n"
        "    name = topics.camera_of(c)\n"
        "    kind = Image if flag else Pose\n"
        "    self.create_publisher(msg.Thing, topics.B, topics.alive(topics.latched(), 1.0))\n"
        "    self.create_subscription(kind, name, print, ten)\n"
        "    self.create_subscription(JointState, feedback, print, topics.sensor(s))\n"
    )
    found = [(end.topic, end.kind, end.quality, end.publishes) for end in wiring({"n": node}, topics)]
    assert found == [
        ("b/c", "Thing", "latched, liveliness", True),
        ("x/<camera>", "Image or Pose", "reliable 10", False),
        ("action.feedback", "JointState", "reliable 1; hardware: best effort 1", False),
    ]


def test_a_topic_that_nobody_named_is_an_error(tmp_path):
    topics, node = tmp_path / "topics.py", tmp_path / "node.py"
    topics.write_text('A = "a"\n')
    node.write_text("def build(self):\n    self.create_publisher(Image, self.wild, topics.reliable())\n")
    with pytest.raises(ValueError, match="wild is no topic"):
        wiring({"n": node}, topics)


@pytest.fixture
def example():
    """The recipe's environment, as a reader would copy it."""
    module = ModuleType("dot_of_the_docs")
    sys.modules[module.__name__] = module
    exec(compile(blocks("python")[0], str(RECIPE), "exec"), module.__dict__)
    yield module
    del sys.modules[module.__name__]


def blocks(language: str, page: Path = RECIPE) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(), re.DOTALL)


def test_the_recipe_environment_fits_its_contract_and_can_be_solved(example):
    platform = build(Platform, {"name": "dot", **yaml.safe_load(blocks("yaml")[0])}, "dot")
    check_platform(platform)
    assert platform.preset in names("presets")
    env = example.make()
    robot = SimulatedRobot(env, platform)
    for variant in range(env.spec.variants):
        tick = robot.start(request(variant, platform.episode.max_steps))
        while not tick.ended:
            way = example.PLACES[variant] - tick.state
            tick = robot.apply(np.clip(4 * way, -0.5, 0.5).astype(np.float32), decision_due=False)
        assert tick.frame.event.success


def test_the_recipe_demonstrations_go_to_every_place_from_one_start(example):
    build(BaseSettings, yaml.safe_load(blocks("yaml")[1]), "bases/dot.yaml")
    left, right = example.demonstrations(2, seed=3)
    assert (left.states[0] == right.states[0]).all()
    assert (left.images["top"][0] == right.images["top"][0]).all()
    ends = np.stack([left.states[-1], right.states[-1]])
    assert np.abs(ends - example.PLACES).max() < example.REACHED
    assert np.abs(left.actions[-1]).max() < 0.2, "the last action means stay"


def test_the_recipe_encoder_works_with_the_recipe_settings(monkeypatch):
    module = recipe(monkeypatch, "add-an-encoder.md")
    changes = yaml.safe_load(blocks("yaml", ENCODER_RECIPE)[0])["network"]
    assert changes["encoder"] == "patches"
    network = make_preset({"network": {**changes, "encoder": module.__name__}}).network
    variables = jax.eval_shape(make_encoder(network).init, jax.random.key(0), np.zeros((2, 16, 16, 6), np.uint8))
    values = initialise({"encoder": variables["params"]}, 0, "actor")
    encoding = make_encoder(network).apply({"params": values["encoder"]}, np.zeros((2, 16, 16, 6), np.uint8))
    assert encoding.shape == (2, 4 * 4 * 32)


def test_the_recipe_reward_prices_actions(monkeypatch):
    module = recipe(monkeypatch, "add-a-reward.md")
    changes = yaml.safe_load(blocks("yaml", HOW_TO / "add-a-reward.md")[0])["reward"]
    platform = make_platform({"reward": {**changes, "kind": module.__name__}})
    moved = np.full((2, platform.action.size), platform.action.high, np.float32)
    signal = make_reward(platform).signal(TaskEvent(0, 0.0, False, True, "failure", moved))
    assert (signal.reward, signal.truncated, signal.terminated) == (pytest.approx(-1.05), True, False)
    assert make_reward(platform).signal(TaskEvent(0, 0.0, False, False, "", moved[:0])).reward == 0


def test_the_recipe_policy_fits_its_contract(monkeypatch):
    module = recipe(monkeypatch, "add-a-policy.md")
    changes = yaml.safe_load(blocks("yaml", HOW_TO / "add-a-policy.md")[0])["policy"]
    platform = load_run("reach", "docs").platform
    platform = replace(platform, policy=replace(platform.policy, **{**changes, "kind": module.__name__}))
    policy, noise = make_policy(platform), np.zeros((10, 2), np.float32)
    seen = Observation(0, {}, np.zeros(2, np.float32))
    assert (policy.infer(seen, noise) == 0).all(), "the middle of the range"
    assert (policy.infer(seen, noise + 1) > 0).all()
    with pytest.raises(InvalidRequest):
        policy.infer(seen, noise[:3])


def test_the_contract_of_another_arm_is_sound():
    (text,) = blocks("yaml", HOW_TO / "add-a-robot.md")
    check_platform(build(Platform, {"name": "my_arm", **yaml.safe_load(text)}, "my_arm"))


def recipe(monkeypatch: pytest.MonkeyPatch, page: str) -> ModuleType:
    """The module of a recipe, found by its dotted path."""
    module = ModuleType(f"docs.{page.removesuffix('.md').replace('-', '_')}")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(blocks("python", HOW_TO / page)[0], page, "exec"), module.__dict__)
    return module


def request(variant: int, max_steps: int) -> EpisodeRequest:
    return EpisodeRequest("run", "robot0", 0, Purpose.EVAL, "final", 0, 5, variant, max_steps, record=False)
