"""A bag of a foreign robot becomes a demonstration at the contract's control rate."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from exchange_samples import CONTRACT, image, joints, make_recording, write_foreign_bag

from dsrl_core.app.importing import import_demonstrations, open_source
from dsrl_core.environment.demonstration import Demonstration
from dsrl_core.environment.demonstration_file import load_demonstration
from dsrl_core.errors import ConfigError
from dsrl_core.exchange.bag_values import numbers, picture
from dsrl_core.exchange.mapping import asked_of
from dsrl_core.record.bag_types import message

COMMAND = "action=/arm/command"


def imported(source: Path, out: Path, *words: str) -> list[Demonstration]:
    import_demonstrations(open_source(source, asked_of(words, None), CONTRACT), out)
    return [load_demonstration(path) for path in sorted(out.iterdir())]


@pytest.fixture(scope="module")
def bag(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_foreign_bag(tmp_path_factory.mktemp("bags") / "bag")


def test_it_is_sampled_at_the_control_rate(bag: Path, tmp_path: Path):
    (demo,) = imported(bag, tmp_path / "demos", COMMAND)
    steps = len(demo.actions)
    assert steps == 19, "20 Hz, to the last picture at 0.967 s"
    begins = np.arange(steps) / 20
    np.testing.assert_allclose(demo.states, np.stack([begins, 10 * begins], 1), atol=1e-6)
    ends = np.floor((begins + 0.05 + 1e-6) * 50) / 50
    np.testing.assert_allclose(demo.actions[:, 0], ends, atol=1e-6, err_msg="the newest command of each step")
    shown = demo.images["front"][:, 8, 8, 0]
    assert shown.tolist() == np.floor((begins + 1e-6) / 0.033333333).astype(int).tolist()
    assert not demo.images["front"][:, 0].any(), "proportions are kept: black above"


@pytest.mark.parametrize("file", ["bag.mcap", "."])
def test_a_bag_is_its_folder_or_its_file_or_one_of_several(bag: Path, tmp_path: Path, file: str):
    name = next(bag.glob("*.mcap")) if file.endswith("mcap") else bag.parent
    (demo,) = imported(name, tmp_path / "demos", COMMAND)
    assert len(demo.actions) == 19


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ((), "wants action of 2 values.*it is not said where that comes from.*/arm/command"),
        (("action=/arm/comand",), "there is no '/arm/comand'; it has the cameras /arm/front/image_raw"),
        ((COMMAND, "cameras.front=/arm/side"), "there is no '/arm/side'.*cameras.front=KEY"),
        (("action=/arm/command#missing",), "Float32MultiArray"),
        ((COMMAND, "stamps=header"), "messages of /arm/command have no header"),
        ((COMMAND, "gap_s=0.011"), "is silent for 0.0[23]"),
    ],
)
def test_what_is_missing_is_one_line_and_nothing_is_left(bag: Path, tmp_path: Path, words: tuple[str, ...], text: str):
    with pytest.raises(ConfigError, match=text) as raised:
        imported(bag, tmp_path / "demos", *words)
    assert "\n" not in str(raised.value)
    assert not list(tmp_path.iterdir())


def test_a_field_of_any_message_may_be_named(bag: Path, tmp_path: Path):
    (demo,) = imported(bag, tmp_path / "demos", "action=/arm/joint_states#position[other,x]")
    assert set(demo.actions[:, 0]) == {-1.0}


def test_a_camera_that_stopped_for_a_while_is_refused(tmp_path: Path):
    write_foreign_bag(tmp_path / "bag", 2.0, gap=(0.5, 1.5))
    with pytest.raises(ConfigError, match=r"front/image_raw is silent for 1\.\d\d s, 0\.\d\d s after the first step"):
        imported(tmp_path / "bag", tmp_path / "demos", COMMAND)


def test_a_bag_that_was_cut_short_is_one_line(bag: Path, tmp_path: Path):
    file = tmp_path / "cut.mcap"
    whole = next(bag.glob("*.mcap")).read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ConfigError, match="cannot be read as a bag"):
        imported(file, tmp_path / "demos", COMMAND)
    assert not (tmp_path / "demos").exists()


def test_a_recording_of_a_run_is_not_taken_for_foreign(tmp_path: Path):
    recording = make_recording(tmp_path / "run")
    with pytest.raises(ConfigError, match=r"is a recording of a run.*dsrl export"):
        open_source(recording.path / "bag", asked_of([COMMAND], None), CONTRACT)


@pytest.mark.parametrize("name", ["nothing", "text.txt", "empty"])
def test_what_is_neither_dataset_nor_bag_is_said(tmp_path: Path, name: str):
    (tmp_path / "text.txt").write_text("no bag")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match=r"is not there|is neither a LeRobot dataset"):
        open_source(tmp_path / name, asked_of([], None), CONTRACT)


def test_pictures_of_every_usual_encoding_are_rgb():
    rgb = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)
    alpha = np.full((4, 6, 1), 9, np.uint8)
    kind = "sensor_msgs/msg/Image"
    assert (picture(image(rgb, 0), kind) == rgb).all()
    assert (picture(image(rgb[..., ::-1].copy(), 0, "bgr8"), kind) == rgb).all()
    assert (picture(image(np.concatenate([rgb, alpha], 2), 0, "rgba8"), kind) == rgb).all()
    assert (picture(image(rgb[..., :1].copy(), 0, "mono8"), kind) == rgb[..., :1]).all()
    with pytest.raises(ConfigError, match="encoding '16UC1'; known: rgb8"):
        picture(image(rgb, 0, "16UC1"), kind)
    with pytest.raises(ConfigError, match="holds no picture"):
        picture(replace(image(rgb, 0), data=rgb.ravel()[:5]), kind)


def test_a_pose_is_position_and_axis_angle():
    point = message("geometry_msgs/msg/Point", x=1.0, y=2.0, z=3.0)
    turned = message("geometry_msgs/msg/Quaternion", x=0.0, y=0.0, z=np.sin(0.25), w=np.cos(0.25))
    pose = message("geometry_msgs/msg/Pose", position=point, orientation=turned)
    names, values = numbers(pose, "geometry_msgs/msg/Pose", "")
    assert names == ("x", "y", "z", "rx", "ry", "rz")
    np.testing.assert_allclose(values, [1, 2, 3, 0, 0, 0.5], atol=1e-6)
    assert numbers(joints(["a"], [2.0], 0), "sensor_msgs/msg/JointState", "position")[0] == ("a",)
