"""The whole run in one process: the reference that the graph must equal, and the fastest way to experiment.

Conductors, steering, executor and trainer are those of the graph; where the graph sends a message, the loop makes a
call. Several robots are played one after the other in one environment; the episodes are those of the graph.
"""

from collections.abc import Callable, Mapping
from time import sleep

from dsrl_core.acting.player import Player
from dsrl_core.errors import ChunkRefused, EnvironmentFailed, InvalidRequest, PolicyError
from dsrl_core.record.beside import beside
from dsrl_core.schedule.conductor import Conductor, RobotProgress
from dsrl_core.schedule.rounds import by_turn
from dsrl_core.schedule.schedule import Planned
from dsrl_core.training.trainer import Trainer
from dsrl_core.types import ActorParams, EpisodeRequest

Progress = Callable[[Trainer], None]


def run(player: Player, trainer: Trainer, progress: Progress = lambda trainer: None) -> None:
    """Play and train until the schedule is complete; `progress` is called often.

    Raises:
        DsrlError: too many episodes in a row were dropped; says why the last one was dropped.
    """
    conductors = {robot: Conductor(trainer.config, robot) for robot in trainer.config.robots}
    trainer.warm_up()
    while True:
        while trainer.work():
            progress(trainer)
        everyone, params = trainer.robot_progress(), trainer.actor_params(trainer.wanted_version())
        for conductor in conductors.values():
            conductor.update(everyone)
        turn = _turn(conductors, everyone, params)
        if turn is None:
            return
        player.steering.actor.load(params)
        while not player.steering.ready:
            sleep(0.1)
            progress(trainer)
        _play(player, trainer, *turn)
        progress(trainer)


def _turn(
    conductors: Mapping[str, Conductor], everyone: Mapping[str, RobotProgress], params: ActorParams
) -> tuple[Conductor, Planned, EpisodeRequest] | None:
    """The next episode, of the robot whose turn it is; None at the end."""
    for robot in by_turn(list(conductors), {name: progress.groups for name, progress in everyone.items()}):
        found = conductors[robot].next(params.version, params.after_episode)
        if found is not None:
            return conductors[robot], *found
    waiting = {robot: conductor.waiting_for for robot, conductor in conductors.items() if not conductor.done}
    if waiting:
        raise RuntimeError(f"every robot waits for something that cannot come: {waiting}")
    return None


def _play(player: Player, trainer: Trainer, conductor: Conductor, planned: Planned, asked: EpisodeRequest) -> None:
    """Play one episode, then record it, or drop it with a line in the metrics."""
    try:
        episode = player.play_request(planned, asked, conductor.drops)
    except (ChunkRefused, InvalidRequest, PolicyError, EnvironmentFailed) as error:
        player.steering.drop()
        trainer.note("episode_dropped", str(error), group=planned.group, index=planned.index)
        conductor.dropped(planned, str(error))
        return
    conductor.settled(episode)
    trainer.receive(episode, beside(player.details, trainer.config.record))
