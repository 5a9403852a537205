"""What a run has recorded, for a learner that is fed from it alone: a run's folder, or its merged bag by itself."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from dsrl_core.config.run import RunConfig, read_run, run_of_text
from dsrl_core.config.yaml_file import read_yaml
from dsrl_core.errors import ConfigError
from dsrl_core.learner.names import START
from dsrl_core.record.merge import CONFIG, PARAMS
from dsrl_core.record.segment import read_merged, read_segment, segments
from dsrl_core.run.folder import RunFolder, exclusive
from dsrl_core.run.lock import LOCK
from dsrl_core.run.progress import RunProgress
from dsrl_core.run.summary import read_summary
from dsrl_core.types import Episode

Recorded = tuple[Path | None, Episode]  # an episode, and its segment where it has one


@dataclass(frozen=True, slots=True)
class Recording:
    """The episodes of a run in the order in which they came, and what is known of the run."""

    path: Path
    config: RunConfig = field(repr=False)
    params_sha256: str | None = None  # that the run ended with; None where it has not ended

    @property
    def begun_with(self) -> Path | None:
        """The checkpoint that the run began with by `start_from`, if there was one and it is here."""
        path = RunFolder(self.path).checkpoints / START
        return path if path.is_file() else None

    @property
    def in_a_folder(self) -> bool:
        """Whether it is a run's folder, which may hold checkpoints; a merged bag alone has none."""
        return RunFolder(self.path).config.is_file()

    def episodes(self) -> Iterator[Recorded]:
        """The recorded episodes.

        Raises:
            RecordError: one is damaged; names its segment or the bag.
        """
        folder = RunFolder(self.path)
        if not self.in_a_folder:
            yield from ((None, episode) for episode in read_merged(self.path))
            return
        for path in RunProgress(folder).in_order_of_arrival(segments(folder.bag)):
            yield path, read_segment(path)

    def left_alone(self) -> AbstractContextManager[None]:
        """Nobody plays into the run meanwhile; what has no lock was copied from elsewhere, and nobody does."""
        return exclusive(RunFolder(self.path)) if (self.path / LOCK).exists() else nullcontext()


def open_recording(path: Path) -> Recording:
    """The recording that `path` names: a run's folder, its `bag` of segments, or a merged bag, also a copied one.

    Raises:
        ConfigError: it is none of them, or nothing is recorded in it.
    """
    path = path.expanduser().absolute()
    folder = RunFolder(path.parent if path.name == "bag" else path)
    if (path / "metadata.yaml").is_file():
        return _of_bag(path)
    if not folder.config.is_file():
        raise ConfigError(f"{path} is no recording of a run: there is no {folder.config}, which says how it was played")
    if not segments(folder.bag):
        raise ConfigError(f"{folder.path} has no recorded episode in {folder.bag}")
    return Recording(folder.path, read_run(folder.config), _ended_with(folder))


def _ended_with(folder: RunFolder) -> str | None:
    summary = read_summary(folder.summary)
    if summary is None or not summary.get("complete", True):
        return None
    params: str | None = summary.get("params_sha256")
    return params


def _of_bag(path: Path) -> Recording:
    """A merged bag says in its metadata how it was played."""
    told = read_yaml(path / "metadata.yaml").get("rosbag2_bagfile_information")
    facts = (told.get("custom_data") if isinstance(told, dict) else None) or {}
    if not isinstance(facts, dict) or not isinstance(facts.get(CONFIG), str):
        raise ConfigError(
            f"{path} does not say how it was played: its metadata.yaml holds no {CONFIG}, as those of this version do; "
            "name the folder of the run"
        )
    return Recording(path, run_of_text(facts[CONFIG], f"{path / 'metadata.yaml'}: {CONFIG}"), facts.get(PARAMS))
