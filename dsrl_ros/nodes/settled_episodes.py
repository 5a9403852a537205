"""How steering sends settled episodes to the learner: each right after what is recorded beside it."""

from collections.abc import Collection

from rclpy.publisher import Publisher

from dsrl_core.record.details import Details
from dsrl_core.types import Episode
from dsrl_ros.interface import conversion
from dsrl_ros.interface.details import details_message


class SettledEpisodes:
    """Publishes episodes, and again those that are not acknowledged, together with their details."""

    def __init__(self, details: Publisher, episodes: Publisher) -> None:
        self._to_details, self._to_episodes = details, episodes
        self._details: dict[int, Details] = {}

    def send(self, episode: Episode, details: Details, unacknowledged: Collection[Episode]) -> None:
        """Publish an episode for the first time; it is among the unacknowledged ones, whose details are kept."""
        numbers = {each.episode for each in unacknowledged}
        kept = {number: each for number, each in self._details.items() if number in numbers}
        self._details = {**kept, episode.episode: details}
        self._publish(episode)

    def send_again(self, unacknowledged: Collection[Episode]) -> None:
        """Publish these episodes again."""
        for episode in unacknowledged:
            self._publish(episode)

    def _publish(self, episode: Episode) -> None:
        details = self._details.get(episode.episode)
        if details is not None:
            self._to_details.publish(details_message(details))
        self._to_episodes.publish(conversion.episode_message(episode))
