"""The status message of a robot's steering, and what the learner reads of it; imports nothing that trains or acts."""

from dsrl_core.schedule.conductor import Conductor
from dsrl_core.schedule.directives import Directives
from dsrl_ros import msg
from dsrl_ros.interface.conversion import EpisodeId


def steering_message(conductor: Conductor, robot: EpisodeId, playing: bool) -> msg.SteeringStatus:
    """The status of a steering; `playing` is whether it has asked for an episode that is not settled or dropped."""
    return msg.SteeringStatus(
        run_id=robot.run_id,
        robot=robot.robot,
        playing=playing,
        episode=conductor.episode,
        unrecorded=len(conductor.unacknowledged),
        directives=conductor.directives.given,
        waiting_for="" if playing else conductor.waiting_for,
    )


def directives_of(message: msg.LearnerStatus) -> Directives:
    """What a person asks of the run, by the learner's status."""
    return Directives(message.paused, message.ending, message.directives)
