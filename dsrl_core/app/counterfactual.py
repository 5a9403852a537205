"""`./dsrl replay --counterfactual` without its terminal: the critics of a run are asked, and its report says so."""

from pathlib import Path

from dsrl_core.errors import ConfigError
from dsrl_core.learner.counterfactual.critics import critics_of
from dsrl_core.learner.counterfactual.measure import measure
from dsrl_core.learner.counterfactual.result import NAME, Counterfactual, write_result
from dsrl_core.report.report import write_report
from dsrl_core.run.folder import RunFolder
from dsrl_core.training.recordings import Recording


def ask_critics(source: Recording, out: RunFolder, best: bool = False) -> Counterfactual:
    """Ask the critics of a run's folder along its episodes; write the answers and the report that shows them.

    Args:
        source: a run's folder, in which nothing is written unless it is `out`.
        out: where they are written: a replay's own folder, or one for this alone.
        best: whether the critics are those of the run's best selection.
    Raises:
        ConfigError: the run has no such checkpoint, no episode has noise of their shape, or `out` holds something else.
        DsrlError: a checkpoint or an episode is damaged.
    """
    if out.path != source.path:
        _check_free(out.path)
    critics = critics_of(source.config, RunFolder(source.path).checkpoints, best)
    result = measure(source.config, critics, (episode for _, episode in source.episodes()), str(source.path))
    if not result.along:
        raise ConfigError(f"{source.path} has no episode whose noise has the shape that its critics take")
    out.path.mkdir(parents=True, exist_ok=True)
    write_result(result, out.counterfactual)
    write_report(out.path)
    return result


def _check_free(folder: Path) -> None:
    """Refuse a folder that holds anything but what an earlier counterfactual has left."""
    if folder.is_dir() and any(folder.iterdir()) and not ((folder / NAME).is_file() and not (folder / "bag").exists()):
        raise ConfigError(f"{folder} holds something else than a counterfactual; choose another --out")
