"""LeRobot itself opens what is exported and trains on it, and what it records is imported.

It makes an environment of its own: some 6 GB, most of it torch for CUDA, which nothing here uses. LEROBOT_PYTHON, the
Python of an environment with lerobot==0.4.4, saves that.
"""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from exchange_samples import CONTRACT, make_recording

from dsrl_core.app.exporting import Format, export
from dsrl_core.app.importing import import_demonstrations, open_source
from dsrl_core.environment.demonstration_file import load_demonstration
from dsrl_core.exchange.dataset_frames import Frames
from dsrl_core.exchange.dataset_write import Form
from dsrl_core.exchange.mapping import asked_of
from dsrl_core.exchange.played import Wanted
from dsrl_core.types import Episode

pytestmark = pytest.mark.long
SCRIPT = Path(__file__).parents[1] / "lerobot_side.py"


@pytest.fixture(scope="module")
def lerobot(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A Python that has LeRobot."""
    if "LEROBOT_PYTHON" in os.environ:
        return os.environ["LEROBOT_PYTHON"]
    folder = tmp_path_factory.mktemp("lerobot")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    subprocess.run([folder / "bin/python", "-m", "pip", "install", "-q", "lerobot==0.4.4"], check=True)
    return str(folder / "bin/python")


def decisions_of(episode: Episode, kind: Frames) -> np.ndarray:
    """The decision of each frame."""
    numbers = np.arange(episode.decisions)
    return numbers if kind is Frames.DECISIONS else np.repeat(numbers, episode.n_executed)


@pytest.mark.parametrize(
    "form", [Form(), Form(films=False), Form(Frames.STEPS)], ids=["decisions", "decisions as PNG", "steps"]
)
def test_it_opens_what_is_exported_and_its_own_are_imported(form: Form, lerobot: str, tmp_path: Path):
    recording = make_recording(tmp_path / "run")
    export(recording, Wanted(), Format.LEROBOT, form, tmp_path / "exported")
    result = tmp_path / "result.npz"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment |= {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "home")}
    environment.pop("LD_LIBRARY_PATH", None)
    words = [lerobot, str(SCRIPT), str(tmp_path / "exported"), str(tmp_path / "written"), str(result)]
    subprocess.run(words, env=environment, check=True)
    found = np.load(result)
    episodes = [episode for _, episode in recording.episodes()]
    at = [decisions_of(episode, form.frames) for episode in episodes]
    states = np.concatenate([episode.states[rows] for episode, rows in zip(episodes, at, strict=True)])
    assert found["read/observation.state"].tobytes() == states.tobytes()
    shown = np.concatenate([episode.images[rows, 0] for episode, rows in zip(episodes, at, strict=True)]) / 255
    pictures = found["read/observation.images.front"].transpose(0, 2, 3, 1)
    errors = np.abs(pictures - shown).mean(axis=(1, 2, 3))
    assert errors.max() < (0.1 if form.films else 1e-6), "another picture of noise would be .33 away"
    actions = found["read/action"][:, 0]
    if form.frames is Frames.STEPS:
        assert actions.tobytes() == np.concatenate([episode.actions for episode in episodes]).tobytes()
    else:
        assert actions[0].tobytes() == episodes[0].actions[:4].tobytes()
        np.testing.assert_array_equal(found["read/action"][0, 1], actions[1])
        assert found["read/n_executed"].tolist() == np.concatenate([e.n_executed for e in episodes]).tolist()
    assert found["losses"][-1] < found["losses"][0]
    _check_imported(tmp_path, found)


def _check_imported(folder: Path, found: "np.lib.npyio.NpzFile") -> None:
    """What LeRobot has written is imported as it was, in the contract's order."""
    contract = replace(CONTRACT, name="here")
    asked = asked_of(["cameras.front=observation.images.top"], None)
    import_demonstrations(open_source(folder / "written", asked, contract), folder / "demos")
    demos = [load_demonstration(path) for path in sorted((folder / "demos").iterdir())]
    assert [len(demo.actions) for demo in demos] == [10, 11, 12]
    assert np.concatenate([demo.actions for demo in demos]).tobytes() == found["write/actions"].tobytes()
    np.testing.assert_array_equal(np.concatenate([demo.states for demo in demos]), found["write/states"][:, ::-1])
    levels = np.concatenate([demo.images["front"] for demo in demos]).mean(axis=(1, 2, 3))
    np.testing.assert_allclose(levels, found["write/levels"], atol=3)
