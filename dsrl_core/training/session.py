"""One process's share of a run: its start, its end and its interruption. The loop and the learner node use it."""

import logging
from collections.abc import Callable
from contextlib import suppress

from dsrl_core.config.run import RunConfig
from dsrl_core.errors import DsrlError, StorageError
from dsrl_core.run.folder import RunFolder
from dsrl_core.run.held import signals_held
from dsrl_core.run.progress import FINISHING, STOPPED
from dsrl_core.run.summary import LearnerFacts
from dsrl_core.training.finish import finish
from dsrl_core.training.trainer import Trainer

REASONS = {
    "resumed": "the run goes on where it was stopped",
    "learner_restarted": "the learner was killed; it goes on from its last checkpoint and the recorded episodes",
}


class Session:
    """Makes the trainer of a run, notes in the metrics if the run is resumed, and ends the run."""

    def __init__(self, config: RunConfig, folder: RunFolder) -> None:
        self._config = config
        self._folder = folder
        self._closed = False
        self.trainer = Trainer(config, folder)
        opening = self.trainer.progress.opening
        if opening is not None:
            logging.getLogger(__name__).info("%s", REASONS[opening])
            self.trainer.note(opening, REASONS[opening])

    def finish(self) -> None:
        """End a complete run: write checkpoint, merged bag, summary and report. A kill after the first loses none."""
        trainer = self.trainer
        trainer.save()
        trainer.arms.write()
        trainer.note(FINISHING, "everything is trained on and saved; the report is made")
        facts = LearnerFacts(trainer.learner.gradient_steps, trainer.learner.params_sha256(), trainer.progress.restarts)
        finish(self._config, self._folder, trainer.progress, learner=facts, inexact=trainer.versions.reasons())
        self._close("complete")

    def carry_out(self, work: Callable[[], object]) -> None:
        """Do a run's work in this process and end the run; where it is interrupted or fails, it can be resumed.

        Raises:
            DsrlError, KeyboardInterrupt: as `work`.
        """
        try:
            work()
            self.finish()
        except KeyboardInterrupt:
            self.stop()
            raise
        except DsrlError:
            with suppress(DsrlError):  # a full disk has no room for a checkpoint either; the first error says so
                self.stop()
            raise

    def stop(self, reason: str = "interrupted") -> None:
        """End an interrupted run: write a checkpoint, so that it can be resumed. Quick, as a person waits for it.

        Args:
            reason: for the metrics.
        Raises:
            CheckpointError: it could not be written; the run can be resumed all the same, from an earlier one.
        """
        if self._closed:
            return
        try:
            self.trainer.save()
        finally:  # a full disk may have room for a line where it has none for a checkpoint
            self._close(reason)

    def _close(self, reason: str) -> None:
        with signals_held():
            self._closed = True
            try:
                self.trainer.arms.write()
                self.trainer.note(STOPPED, reason)
            except StorageError as error:
                logging.getLogger(__name__).warning("%s", error)
            self.trainer.close()
