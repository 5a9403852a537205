"""The report stands alone, shows every curve, and copes with what is missing."""

import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from preflight_samples import config_of, made_up
from run_samples import MadeUpRun, reaching, whole_run

from dsrl_core.preflight.plan import Size
from dsrl_core.preflight.result import asked_of, write_result
from dsrl_core.preflight.verdict import evaluate
from dsrl_core.record.video import write_video
from dsrl_core.report.curves import rolling, spread
from dsrl_core.report.data import RunData, load
from dsrl_core.report.headline import duration, percent
from dsrl_core.report.page import page as page_of
from dsrl_core.report.pictures import picture_png
from dsrl_core.report.report import write_report
from dsrl_core.run.arm_record import ArmCounts, arm_line
from dsrl_core.run.metrics import JsonlSink

VOID = {"meta", "br", "img", "input", "link", "hr"}
CURVES = [
    "Critic loss",
    "Actor loss",
    "Q",
    "Entropy",
    "Temperature α",
    "Gradients",
    "Episode length",
    "Episodes",
    "Learner",
]
PICTURES = 4 + 3  # training episodes of which a critic knew something, and the steered policy


class Page(HTMLParser):
    """Text, addresses and drawings of a page; fails where its tags do not close."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.drawings: list[str] = []
        self.titles: list[str] = []
        self.words = ""
        self._open: list[str] = []
        self.feed(text)
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.addresses += [str(found[k]) for k in ("src", "href", "xlink:href", "poster", "data") if k in found]
        if tag == "svg":
            self.drawings.append(str(found["aria-label"]))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self._open:
            self.words += data
        if self._open and self._open[-1] == "h3":
            self.titles.append(data)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("whole")
    whole_run(folder, videos=True)
    return folder, write_report(folder).read_text()


def test_nothing_is_loaded_from_elsewhere(whole: tuple[Path, str]) -> None:
    page = Page(whole[1])
    assert page.addresses
    assert all(a.startswith(("data:video/mp4;base64,", "data:image/png;base64,", "#")) for a in page.addresses)
    assert not re.search(r"https?:|url\((?!#)|@import", whole[1])


def test_every_curve_is_there(whole: tuple[Path, str]) -> None:
    page = Page(whole[1])
    assert set(CURVES) <= set(page.titles)
    assert page.drawings.count("Success over training episodes") == 2  # for wide and for narrow screens
    alone = 1  # the learner's number without a panel of its own
    assert len(page.drawings) == 2 + len(CURVES) + PICTURES + alone
    for label in ("base 26%", "iid noise 24%", "clipped noise 22%", "zero noise 3%", "final 97%"):
        assert label in page.words


def test_the_success_curve_is_also_a_file_of_its_own(whole: tuple[Path, str]) -> None:
    text = (whole[0] / "success.svg").read_text()
    root = ElementTree.fromstring(text)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "final 97%" in "".join(root.itertext())
    used, defined = set(re.findall(r"var\((--\w+)\)", text)), set(re.findall(r"(--\w+):", text))
    assert used
    assert used <= defined, "its colours are its own"


def test_the_headline_and_the_facts(whole: tuple[Path, str]) -> None:
    folder, text = whole
    words = re.sub(r"\s+", " ", Page(text).words)
    summary = json.loads((folder / "summary.json").read_text())
    assert f"{summary['base_success']:.0%}" == "26%"
    assert "26%base policy26 of 100 evaluation episodes" in words
    assert "97%steered policy97 of 100" in words
    assert "2 min 41 s" in words
    assert "1, none of them trained on" in words
    assert "the policy answered with NaN" in words
    assert "preset.sac.utd" in words
    assert summary["params_sha256"] in words


def test_a_preflight_of_the_same_policy_is_shown(tmp_path: Path) -> None:
    run = MadeUpRun(tmp_path / "reach_seed0")
    run.evaluate("base_repeated", 0.5, 5)
    assert "Pre-flight" not in write_report(run.folder.path).read_text()
    size, folder = Size(20, 4, 20), tmp_path / "preflight_reach"
    matrix = np.eye(20, 4, dtype=bool)
    outcomes = made_up(config_of(), size, {"iid": 0.4}, matrix)
    folder.mkdir()
    write_result(folder, evaluate(config_of(), size, outcomes))
    keep(folder, asked_of(run.config, size))
    page = Page(write_report(run.folder.path).read_text())
    words = re.sub(r"\s+", " ", page.words)
    assert "refused: the ceiling is too low" in words
    for text in ("golden ticket, on other starts50 %10 / 20", "zero noise0 %0 / 20", "jump, m", "0.1 m", "1 (1.5)"):
        assert text in words, text
    assert {"Range of the actor", "Every vector from every start"} <= set(page.titles)
    assert "Success of each constant vector from each start" in page.drawings
    for key, other in (("noise", {"vectors": 2}), ("policy_sha256", "of other weights"), ("platform", {})):
        keep(folder, {**asked_of(run.config, size), key: other})
        assert "Pre-flight" not in write_report(run.folder.path).read_text(), key


def keep(folder: Path, asked: dict[str, object]) -> None:
    (folder / "asked.json").write_text(json.dumps(asked))


def test_several_robots_are_told_apart(tmp_path: Path, whole: tuple[Path, str]) -> None:
    run = MadeUpRun(tmp_path, robots=2)
    run.evaluate("base_zero", 0.5, episodes=4)
    run.train(3)
    run.finish()
    words = Page(write_report(tmp_path).read_text()).words
    table = words[words.index("training episodesevaluation episodescontrol stepssteps per second") :]
    assert re.search(r"robot022\d+robot112\d+", table), "two training episodes and two evaluations; one and two"
    assert "robot0" not in Page(whole[1]).words


def test_videos_have_captions(whole: tuple[Path, str]) -> None:
    page = Page(whole[1])
    assert sum(a.startswith("data:video") for a in page.addresses) == 3 + 6 + 3
    assert "Base policy, as steeredstart 2" in page.words
    assert "Trainingepisode 26" in page.words
    assert "failure" in page.words


def test_episodes_are_pictures_of_value_and_reward_under_their_frames(whole: tuple[Path, str]) -> None:
    folder, text = whole
    page = Page(text)
    drawn = [label for label in page.drawings if label.startswith("Value and reward")]
    lines = [line for line in load(folder).values if line["q"] is not None]
    assert drawn == [f"Value and reward of episode {line['episode']}" for line in lines]
    assert len(drawn) == PICTURES
    frames = sum(len(line["q"]) + 1 for line in lines)
    assert sum(a.startswith("data:image/png") for a in page.addresses) == frames
    assert page.words.count("reward so far") == PICTURES


def test_a_picture_does_without_a_film(tmp_path: Path) -> None:
    run = MadeUpRun(tmp_path)
    run.train(60)
    text = write_report(tmp_path).read_text()
    assert "Value and reward of episode 50" in text
    assert "data:image" not in text


@pytest.mark.parametrize("decisions", [1, 3, 40])
def test_a_picture_for_elsewhere_stands_alone(tmp_path: Path, decisions: int) -> None:
    film = tmp_path / "a.mp4"
    write_video(reaching(True, np.random.default_rng(0)), film, 20)
    line = {"reward": [-1.0] * decisions, "q": [-2.0] * decisions, "stamps_s": [0.05 * i for i in range(decisions + 1)]}
    with Image.open(io.BytesIO(picture_png(line, film))) as picture:
        pixels = np.asarray(picture.convert("RGB"))
    assert (pixels[0, 0] == 255).all()
    yellow = (np.abs(pixels.astype(int) - (245, 190, 60)).sum(axis=2) < 60).sum()
    assert yellow > 500, "the lit pad of the frames"
    blue = (np.abs(pixels.astype(int) - (21, 101, 192)).sum(axis=2) < 60).sum()
    assert blue > 20, "the curve of Q"


def test_a_run_cut_early_shows_what_it_has(tmp_path: Path) -> None:
    run = MadeUpRun(tmp_path)
    run.evaluate("base_repeated", 0.27, 50)
    run.train(45)
    with (tmp_path / "metrics.jsonl").open("a") as out:
        out.write('{"kind": "episode", "rob')
    page = Page(write_report(tmp_path).read_text())
    assert "stopped before its schedule ended" in page.words
    assert "of 20 last training episodes" in page.words
    assert "Critic loss" in page.titles
    assert "Exactly repeatable" not in page.words


@pytest.mark.parametrize("episodes", [0, 1])
def test_a_run_that_hardly_began(tmp_path: Path, episodes: int) -> None:
    MadeUpRun(tmp_path).evaluate("base_repeated", 0.5, episodes)
    page = Page(write_report(tmp_path).read_text())
    assert ("No episode has been settled" in page.words) == (episodes == 0)
    assert page.titles == ["Episodes", "Where the time went"] * episodes


def test_an_empty_folder_has_a_report_too(tmp_path: Path) -> None:
    assert "No episode" in Page(write_report(tmp_path).read_text()).words


def test_lines_that_a_restart_repeats_count_once(tmp_path: Path) -> None:
    run = MadeUpRun(tmp_path)
    run.train(45)
    once = load(tmp_path)
    metrics = tmp_path / "metrics.jsonl"
    metrics.write_text(metrics.read_text() * 2)
    assert load(tmp_path) == once


@pytest.mark.parametrize("fast", ["true", "false"])
def test_fast_rendering_is_told(fast: str) -> None:
    settings = (("platform.robot_end.options.fast_render", fast),)
    text = page_of(RunData("run", settings, {"exact": True}, (), (), (), ()))
    assert ("without shadows and multisampling" in Page(text).words) == (fast == "true")


def test_what_an_arm_went_through(tmp_path: Path) -> None:
    run = MadeUpRun(tmp_path)
    run.train(3)
    assert "<h2>Arm</h2>" not in write_report(tmp_path).read_text()
    sink = JsonlSink(tmp_path / "metrics.jsonl")
    sink.write(arm_line("robot0", ArmCounts(200, 5, 3, 4, 2, 1, 50, 90.0), 3.0))
    sink.close()
    words = Page(write_report(tmp_path).read_text()).words
    for text in ("4holds", "2faults", "1possible reflexes", "25 %steps changed by a limit"):
        assert text in words
    for text in ("3takeovers", "2 %steps by a person", "1 min 30 swaited for a person"):
        assert text in words


def test_foreign_text_cannot_break_the_page(tmp_path: Path) -> None:
    run = MadeUpRun(tmp_path)
    run.evaluate("<b>group", 0.5, 3)
    run.drop("<script>alert(1)</script>")
    text = write_report(tmp_path).read_text()
    assert "<script" not in text
    assert "<b>group" not in text.lower()


def test_running_mean() -> None:
    np.testing.assert_allclose(rolling(np.array([1.0, 0, 0, 1, 1]), 3), [1, 1 / 2, 1 / 3, 1 / 3, 2 / 3])


def test_labels_keep_their_order_and_distance() -> None:
    placed = spread([0.25, 0.24, 0.26, 0.9, 0.02], 0.06)
    assert sorted(range(5), key=placed.__getitem__) == [4, 1, 0, 2, 3]
    gaps = np.diff(sorted(placed))
    assert (gaps > 0.0599).all()
    assert placed[3] == 0.9
    low = spread([0.0, 0.01, 0.0, 0.0], 0.06)
    assert min(low) >= 0
    assert (np.diff(sorted(low)) > 0.0599).all()
    assert spread([], 0.06) == []


@pytest.mark.parametrize(("rate", "text"), [(0.0, "0"), (0.996, "99.6"), (0.004, "0.4"), (1.0, "100"), (0.125, "12")])
def test_percent_is_never_rounded_to_certainty(rate: float, text: str) -> None:
    assert percent(rate) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (59.4, "59 s"), (59.6, "1 min 00 s"), (161.2, "2 min 41 s"), (11100, "3 h 05 min")],
)
def test_durations_read_well(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text
