"""Whether drivers can be seen at all: middleware, domain, range of discovery, other graphs."""

from collections import Counter

from dsrl_core.robot_check.facts import NetworkFacts
from dsrl_core.robot_check.finding import Finding, notice, ok, wrong

ABOUT = "network"
LIMITING = {"ROS_AUTOMATIC_DISCOVERY_RANGE": ("LOCALHOST", "OFF"), "ROS_LOCALHOST_ONLY": ("1",)}  # variable -> values
OURS = ("steering", "executor")  # nodes by which a graph that is running is known


def findings(facts: NetworkFacts) -> list[Finding]:
    where = f"{facts.rmw}, ROS_DOMAIN_ID={facts.domain}"
    if not facts.nodes:
        limited = f"; {facts.local_only} hides other machines" if facts.local_only else ""
        remedy = (
            "start the drivers; if they run, give both the same ROS_DOMAIN_ID and RMW_IMPLEMENTATION, and see that "
            "no firewall drops multicast (ros2 multicast receive, ros2 multicast send)"
        )
        return [wrong(ABOUT, f"no other node is visible with {where}{limited}", remedy)]
    found = [ok(ABOUT, f"{len(facts.nodes)} other nodes are visible with {where}")]
    if facts.local_only:
        found.append(notice(f"{ABOUT}: range", f"{facts.local_only}: nodes of other machines stay unseen"))
    return [*found, *_twice(facts), *_graph(facts)]


def _twice(facts: NetworkFacts) -> list[Finding]:
    twice = sorted(name for name, count in Counter(facts.nodes).items() if count > 1)
    if not twice:
        return []
    words = f"nodes are there twice: {', '.join(twice)}"
    return [notice(f"{ABOUT}: names", words, "end those that are left of an earlier start")]


def _graph(facts: NetworkFacts) -> list[Finding]:
    """A graph of this package that runs already: two would command one arm."""
    ours = sorted(name for name in facts.nodes if name.rpartition("/")[2] in OURS)
    if not ours:
        return []
    return [wrong(f"{ABOUT}: graph", f"a graph is running: {', '.join(ours)}", "end that run, then check again")]
