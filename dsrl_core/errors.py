"""Every error a user can meet, each saying what is wrong, where, and what to do."""


class DsrlError(Exception):
    """Root of the errors that end in one clear message instead of a traceback."""


class ConfigError(DsrlError):
    """A setting is unknown, missing, of the wrong type or out of range; raised before any process starts."""


class InvalidRequest(DsrlError, ValueError):
    """An observation, noise or action has the wrong shape, dtype or a value that is not finite."""


class ChunkRefused(DsrlError):
    """The policy answered with a chunk that must not reach a robot; the episode is dropped."""


class EnvironmentFailed(DsrlError):
    """The simulator crashed, hung or could not start; the episode is dropped."""


class CheckpointError(DsrlError):
    """A checkpoint is missing, damaged, or belongs to other settings."""


class TrainingDiverged(DsrlError):
    """A loss or a parameter of the learner is no longer finite; the run ends."""


class RecordError(DsrlError):
    """A recorded segment is damaged or of another format."""
