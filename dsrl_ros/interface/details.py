"""The `EpisodeDetails` message: what steering tells the recorder beside an episode."""

from array import array

from sensor_msgs.msg import CompressedImage

from dsrl_core.record.details import Details, Picture
from dsrl_ros import msg
from dsrl_ros.interface.conversion import EpisodeId, header, stamp_ns
from dsrl_ros.interface.decision import decision_message, decision_of


def details_message(details: Details) -> msg.EpisodeDetails:
    identity = EpisodeId(details.run_id, details.robot, details.episode)
    message = msg.EpisodeDetails(run_id=details.run_id, robot=details.robot, episode=details.episode)
    message.start_ns = details.start_ns
    message.pictures = [
        CompressedImage(
            header=header(picture.stamp_ns, picture.camera), format=picture.encoding, data=array("B", picture.data)
        )
        for picture in details.pictures
    ]
    message.decisions = [decision_message(numbers, identity) for numbers in details.decisions]
    return message


def details_of(message: msg.EpisodeDetails) -> Details:
    """Raises InvalidRequest if a stamp is malformed."""
    return Details(
        run_id=message.run_id,
        robot=message.robot,
        episode=message.episode,
        start_ns=message.start_ns,
        pictures=tuple(
            Picture(each.header.frame_id, stamp_ns(each.header.stamp), each.format, bytes(each.data))
            for each in message.pictures
        ),
        decisions=tuple(decision_of(each) for each in message.decisions),
    )
