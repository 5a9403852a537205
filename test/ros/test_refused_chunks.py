"""A chunk that the executor refuses changes nothing, whichever episode it claims to be of."""

from pathlib import Path
from typing import Any

import pytest
from real_nodes import Published, deliver, real_node, subscriptions
from topic_samples import STAMP_NS, Samples


@pytest.mark.parametrize("wrong", [{"actions": float("nan")}, {"decision": 3}, {"execute": 0}])
def test_a_refused_chunk_of_another_episode_does_not_end_the_present_one(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with real_node("executor", tmp_path / "run") as (node, _):
        heard, published = subscriptions(node), Published(node)
        node._matched = True
        deliver(heard["start_episode"], Samples(node.config, 4).start())
        deliver(heard["action_chunk"], Samples(node.config, 4).chunk())
        hostile = Samples(node.config, 5).chunk()
        for name, value in wrong.items():
            setattr(hostile, name, [value] * len(hostile.actions) if name == "actions" else value)
        deliver(heard["action_chunk"], hostile)
        deliver(heard["joint_states"], Samples(node.config, 4, stamp_ns=STAMP_NS).of("joint_states"))
        assert [step.episode for step in published.messages["action"]] == [4]
        deliver(heard["action_chunk"], Samples(node.config, 5, stamp_ns=2 * STAMP_NS).chunk())
        assert node._followed.number == 5
