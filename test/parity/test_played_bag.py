"""Loop = bag: a bag that somebody plays into a live learner gives the run's parameters, whatever happens on the way."""

import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from bag_player import BagPlayer
from graphs import GraphRun
from recorded_run import SCHEDULE, config_of, play

from dsrl_core.record.segment import segments
from dsrl_core.run.folder import RunFolder
from dsrl_core.run.summary import read_summary

pytestmark = pytest.mark.slow
SHORT = {"schedule": {**SCHEDULE, "episodes": 3, "select_every": 0}}
EQUAL = ("params_sha256", "transitions_sha256", "gradient_steps", "groups", "exact", "final_success", "episodes")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return play(tmp_path_factory.mktemp("played") / "run", config_of(**SHORT))


class Live:
    """`./dsrl replay BAG --live`, and players in the environment that it prints."""

    def __init__(self, bag: Path, out: Path) -> None:
        self.run = GraphRun(out, "--live", command="replay", platform=str(bag))
        self.told = self._told()
        self.environment = dict(word.split("=", 1) for word in self.told[: self.told.index("./dsrl")])
        self.run.wait_until(lambda: "awaits episode 0 of robot0 (base_repeated 0)" in self.said(), "what is awaited")

    def _told(self) -> list[str]:
        assert self.run.process.stdout is not None
        for line in self.run.process.stdout:
            if "ros2 bag play" in line:
                return shlex.split(line)
        raise AssertionError(f"never told how to play the bag: {self.run.finish()}")

    def said(self) -> str:
        return "\n".join(path.read_text() for path in self.run.folder.logs.glob("*.learner.log"))

    def player(self, bag: Path, rate: float, offset: int = 0) -> BagPlayer:
        return BagPlayer(bag, rate, self.environment, offset)

    def hears(self, bag: Path, line: str, *, heard: bool = True, offset: int = 0) -> None:
        """Play a bag that is refused: one line says so, and not one per message."""
        player = self.player(bag, 20.0, offset)
        player.play(heard)
        self.run.wait_until(lambda: line in self.said(), line)
        player.wait()
        assert self.said().count(line) == 1

    def ends_as(self, played: RunFolder) -> None:
        code, output = self.run.finish()
        assert code == 0, output + self.run.logs()
        there = read_summary(played.summary)
        assert there is not None
        summary = self.run.summary()
        assert {key: summary[key] for key in EQUAL} == {key: there[key] for key in EQUAL}
        told = {"of": str(played.bag_merged), "changes": [], "params_equal": True, "live": True}
        assert summary["replay"] == told
        assert not self.run.left_over()


@pytest.fixture
def live(played: RunFolder, tmp_path: Path) -> Iterator[Live]:
    made = Live(played.bag_merged, tmp_path / "replay")
    yield made
    if made.run.process.poll() is None:
        made.run.process.terminate()
        made.run.finish()


@pytest.mark.parametrize("rate", [1.0, 4.0])
def test_it_leads_to_the_run_s_parameters(played: RunFolder, live: Live, rate: float) -> None:
    assert live.told[-7:] == [
        "play", str(played.bag_merged), "--start-paused", "--wait-for-all-acked", "0", "--topics", "/run/episode",
    ]  # fmt: skip
    player = live.player(played.bag_merged, rate)
    player.play()
    player.wait()
    live.ends_as(played)
    assert "WARN" not in live.said()
    assert "its bag was played into a live learner, and no robot took part" in live.run.folder.report.read_text()


def test_whatever_a_player_does_nothing_is_lost_or_mixed(played: RunFolder, live: Live, tmp_path: Path) -> None:
    others = play(tmp_path / "others", replace(config_of(**SHORT), run_id="others"))
    namesake = play(tmp_path / "namesake", config_of(seed=4, **SHORT))
    early = "but episode 0 of robot0 (base_repeated 0) comes next: the player was there"
    live.hears(played.bag_merged, early, offset=2)
    live.hears(others.bag_merged, "heard a player of run 'others'", heard=False)
    live.hears(namesake.bag_merged, "of another run of this name: play")
    assert live.run.settled() == 0
    first = live.player(played.bag_merged, 4.0)
    first.play()
    live.run.wait_until(lambda: live.run.settled() >= 2, "two episodes")
    first.kill()
    second = live.player(played.bag_merged, 4.0)
    second.play()
    second.wait()
    live.ends_as(played)
    assert live.said().count("again: what is recorded is passed over") == 1
    assert len(segments(live.run.folder.bag)) == len(segments(played.bag))
