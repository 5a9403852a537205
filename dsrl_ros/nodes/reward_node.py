"""Rewards: turns task events into one reward signal per decision."""

from dsrl_core.environment.rewards.base import make_reward, signal_of
from dsrl_ros import msg
from dsrl_ros.interface import topics
from dsrl_ros.interface.conversion import episode_id, finite, reward_message, task_event_of
from dsrl_ros.nodes.graph_node import GraphNode, run


class RewardNode(GraphNode):
    """Publishes what the reward source named by the contract's `reward.kind` makes of task events."""

    def __init__(self) -> None:
        super().__init__("reward")
        self._source = make_reward(self.config.platform)
        self._out = self.create_publisher(msg.RewardSignal, topics.REWARD, topics.reliable(10))
        self.watch_for_second_graph()  # here too: steering may take a while to make its policy
        self.listen(msg.TaskEvent, topics.TASK_EVENT, self._on_event, topics.reliable(10))

    def _on_event(self, message: msg.TaskEvent) -> None:
        if self.for_this_robot(message):
            event = task_event_of(message)
            signal = signal_of(self._source, event)
            finite(signal.reward, f"TaskEvent.native_reward_sum={event.native_reward_sum} makes RewardSignal.reward")
            self._out.publish(reward_message(signal, episode_id(message)))


def main() -> None:
    run(RewardNode)
