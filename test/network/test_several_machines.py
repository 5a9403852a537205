"""A run on two hosts, each a network namespace with memory of its own: the same bits as on one, also after a cut."""

import json
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest
from graphs import HEARING, QUICK, GraphRun
from hosts import Hosts, Wire, unavailable

DOMAIN = "ROS_DOMAIN_ID=91"  # a namespace has its own
SETTINGS = ("--seed=3", "--episodes=6", *QUICK, "schedule.first_steps=20")
CUT_S = 10.0
why_not = unavailable()
pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(why_not), reason=f"hosts cannot be made here: {why_not}")]


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """The same run on one machine."""
    run = GraphRun(tmp_path_factory.mktemp("one") / "run", *SETTINGS, command="train")
    code, output = run.finish()
    assert code == 0, output
    return run.summary()


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[Hosts]:
    with Hosts(("lab", "arm"), tmp_path) as made:
        yield made


class Station:
    """Starts parts of runs on hosts, and ends what is left of them."""

    def __init__(self, hosts: Hosts, folder: Path) -> None:
        self._hosts, self._folder = hosts, folder
        self.runs: list[GraphRun] = []

    def start(self, host: str, name: str, *words: str, domain: str = DOMAIN, platform: str = "reach") -> GraphRun:
        prefix = (*HEARING, *self._hosts.prefix(host), "env", domain)
        self.runs.append(GraphRun(self._folder / name, *words, prefix=prefix, platform=platform))
        return self.runs[-1]


@pytest.fixture
def station(hosts: Hosts, tmp_path: Path) -> Iterator[Station]:
    made = Station(hosts, tmp_path)
    yield made
    for run in made.runs:
        if run.process.poll() is None:
            run.process.terminate()
            run.finish()


def both_end(learner: GraphRun, robot: GraphRun) -> tuple[str, str]:
    """What the two have printed, once both are done."""
    code, told = learner.finish()
    assert code == 0, told + learner.logs() + robot.logs()
    code, heard = robot.finish()
    assert code == 0, heard + robot.logs()
    return told, heard


def is_equal(learner: GraphRun, reference: dict[str, object]) -> None:
    for key in ("transitions_sha256", "params_sha256", "final_success", "dropped_episodes", "exact"):
        assert learner.summary()[key] == reference[key], key


def test_two_hosts_give_the_bits_of_one_and_refuse_what_does_not_fit(
    hosts: Hosts, station: Station, reference: dict[str, object]
) -> None:
    learner = station.start("lab", "learner", *SETTINGS, "role=learner")
    asked = (
        ("other settings", "has sac.utd=5, but sac.utd=7 was asked for here", ("role=robot", "sac.utd=7"), "reach"),
        ("another platform", "is of reach, but aloha was asked for here", ("role=robot",), "aloha"),
        (
            "a robot it lacks",
            "robot=robot5 is none of this run's; allowed: robot0",
            ("role=robot", "robot=robot5"),
            "reach",
        ),
    )
    refused = [(words, station.start("arm", name, *given, platform=of)) for name, words, given, of in asked]
    for words, run in refused:
        code, output = run.finish()
        assert (code, output.count(words)) == (2, 1), output
        assert not run.folder.path.exists()
    second = station.start("arm", "second", *SETTINGS, "role=learner")
    code, output = second.finish()
    assert (code, output.count("another learner is alive in this DDS domain: the run learner")) == (2, 1), output
    robot = station.start("arm", "robot", "role=robot")
    told, heard = both_end(learner, robot)
    assert f"the robot's host joins with: {DOMAIN} ./dsrl up reach role=robot" in told
    assert "joined the run learner of host" in heard
    assert "no rule of this run compares the clocks" in heard
    is_equal(learner, reference)
    assert {path.name for path in learner.folder.logs.iterdir()} == {
        "learner.learner.log",
        "learner.dsrl_rendezvous.log",
    }
    assert "robot0.executor.log" in {path.name for path in robot.folder.logs.iterdir()}
    assert list(learner.folder.bag.iterdir())
    assert not list(robot.folder.bag.iterdir())
    print(json.dumps({"bytes received and sent by the robot's host": hosts.bytes_of("arm")}))


@pytest.mark.long
@pytest.mark.parametrize("wire", [Wire(), Wire(delay_s=0.02, jitter_s=0.005, loss=0.01)], ids=["short", "bad"])
def test_a_cut_of_ten_seconds_costs_time_alone(
    hosts: Hosts, station: Station, reference: dict[str, object], wire: Wire
) -> None:
    hosts.set(wire)
    learner = station.start("lab", "learner", *SETTINGS, "role=learner")
    robot = station.start("arm", "robot", "role=robot")
    learner.wait_until(lambda: learner.settled() >= 3, "three episodes")
    with hosts.cut(wire):
        sleep(CUT_S)
        at_the_end = learner.settled()
    assert at_the_end <= 5, "nothing but what was under way came through"
    both_end(learner, robot)
    is_equal(learner, reference)
    assert "the learner is silent; episodes that need its parameters wait" in robot.logs()
    assert "the learner is back" in robot.logs()


@pytest.mark.long
def test_where_steering_is_cut_off_the_robot_rests_and_the_run_completes(hosts: Hosts, station: Station) -> None:
    learner = station.start("lab", "learner", *SETTINGS, "role=learner", "hosts.steering=learner")
    robot = station.start("arm", "robot", "role=robot")
    learner.wait_until(lambda: learner.settled() >= 3, "three episodes")
    with hosts.cut():
        log = robot.folder.logs / "robot0.executor.log"
        robot.wait_until(lambda: "HOLD: steering is silent" in log.read_text(), "HOLD")
        sleep(CUT_S)
    both_end(learner, robot)
    assert learner.summary()["episodes"] == 6


@pytest.mark.long
def test_a_robot_without_a_learner_says_what_it_waits_for_and_joins_when_one_comes(
    station: Station, reference: dict[str, object]
) -> None:
    other = station.start("lab", "other", *SETTINGS, "role=learner", domain="ROS_DOMAIN_ID=92")
    robot = station.start("arm", "robot", "role=robot")
    until = monotonic() + 15.0
    while monotonic() < until:
        assert robot.process.poll() is None
        sleep(0.1)
    other.process.terminate()
    assert other.finish()[0] == 130
    learner = station.start("lab", "learner", *SETTINGS, "role=learner")
    _, heard = both_end(learner, robot)
    assert "waiting for the learner's host in ROS_DOMAIN_ID=91: no other node is visible" in heard
    assert "UDP ports 30150 to 30399" in heard
    is_equal(learner, reference)


@pytest.mark.long
def test_a_robots_host_that_ends_and_comes_back_goes_on_with_the_run(
    station: Station, reference: dict[str, object]
) -> None:
    learner = station.start("lab", "learner", *SETTINGS, "role=learner")
    robot = station.start("arm", "robot", "role=robot")
    learner.wait_until(lambda: learner.settled() >= 3, "three episodes")
    robot.process.kill()
    robot.finish()
    assert not robot.left_over()
    again = station.start("arm", "robot", "role=robot")
    both_end(learner, again)
    is_equal(learner, reference)
