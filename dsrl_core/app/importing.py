"""Datasets and bags of others become demonstrations: `./dsrl import` without its terminal."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dsrl_core.config.platform import Platform
from dsrl_core.environment.demonstration import check_demonstration
from dsrl_core.environment.demonstration_file import save_demonstration
from dsrl_core.errors import ConfigError
from dsrl_core.exchange.bag_demonstrations import BagSource, bag_source
from dsrl_core.exchange.dataset_demonstrations import DatasetSource, dataset_source
from dsrl_core.exchange.dataset_read import INFO, open_dataset
from dsrl_core.exchange.mapping import Asked
from dsrl_core.exchange.new_folder import new_folder

Progress = Callable[[int], None]
BAGS = (".mcap", ".db3")
DESCRIPTION = "metadata.yaml"  # in the folder of a bag


@dataclass(slots=True)
class Imported:
    """What was imported."""

    demonstrations: int = 0
    steps: int = 0
    failures: int = 0  # left out


def open_source(path: Path, asked: Asked, platform: Platform) -> DatasetSource | BagSource:
    """The dataset or the bags that a path names.

    Raises:
        ConfigError: it is neither, or lacks something that the contract wants; lists what there is.
    """
    if not path.exists():
        raise ConfigError(f"{path} is not there; name a LeRobot dataset's folder, a bag, or a folder of bags")
    if (path / INFO).is_file():
        return dataset_source(open_dataset(path), asked, platform)
    bags = _bags(path)
    if not bags:
        raise ConfigError(
            f"{path} is neither a LeRobot dataset, whose folder has {INFO}, nor a bag (*.mcap, *.db3, or a folder with "
            f"{DESCRIPTION}), nor a folder of bags"
        )
    return bag_source(bags, asked, platform)


def _bags(path: Path) -> list[Path]:
    if path.suffix in BAGS or (path / DESCRIPTION).is_file():
        return [path]
    inside = sorted(path.iterdir()) if path.is_dir() else []
    return [one for one in inside if one.suffix in BAGS or (one / DESCRIPTION).is_file()]


def import_demonstrations(
    source: DatasetSource | BagSource, out: Path, failures: bool = False, progress: Progress = lambda done: None
) -> Imported:
    """Write every demonstration of a source into the new folder `out`, all or none.

    Args:
        source: as `open_source` gives it.
        out: a folder that is not there yet; its files are what `train-base --from` and `reverse --from` take.
        failures: whether episodes that the source calls failures are taken, too.
        progress: hears of every demonstration, and may interrupt.
    Raises:
        ConfigError: `out` is there, or something in the source is damaged or impossible; nothing is left.
    """
    told = Imported()
    with new_folder(out) as folder:
        for demo in source.demonstrations(failures):
            if demo is None:
                told.failures += 1
                continue
            check_demonstration(demo, tuple(source.platform.observation.cameras))
            save_demonstration(folder / f"{told.demonstrations:06d}.npz", demo)
            told.demonstrations += 1
            told.steps += len(demo.actions)
            progress(told.demonstrations)
        if not told.demonstrations:
            raise ConfigError(
                f"none of the {told.failures} episodes is a success; to take them all the same: --failures"
            )
    return told
