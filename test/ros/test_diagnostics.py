"""What `/diagnostics` says about the time of decisions."""

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus

from dsrl_ros.interface.diagnostics import DecisionDiagnostics
from dsrl_ros.msg import Decision


class Published(list[DiagnosticArray]):
    def publish(self, message: DiagnosticArray) -> None:
        self.append(message)


def decision(total_ms: float, seconds: int = 3) -> Decision:
    message = Decision(observe_ms=1.0, actor_ms=2.0, policy_ms=total_ms - 3.0, total_ms=total_ms)
    message.header.stamp.sec = seconds
    return message


def test_hops_are_published_once_a_second_as_percentiles():
    published, now = Published(), [10.0]
    diagnostics = DecisionDiagnostics(published, "robot0", clock=lambda: now[0])
    diagnostics.add(decision(5.0))
    for total in range(6, 105):
        diagnostics.add(decision(float(total)))
    assert len(published) == 1
    now[0] = 11.0
    diagnostics.add(decision(105.0, seconds=9))
    (status,) = published[1].status
    assert (status.level, status.name, status.hardware_id) == (
        DiagnosticStatus.OK,
        "robot0/steering: decision",
        "robot0",
    )
    assert status.message == "median 55.0 ms over 101 decisions"
    values = {pair.key: float(pair.value) for pair in status.values}
    assert values["observe_p50_ms"] == values["observe_p99_ms"] == 1.0
    assert (values["total_p50_ms"], values["total_p99_ms"]) == (55.0, 104.0)
    assert (values["policy_p50_ms"], values["actor_p50_ms"]) == (52.0, 2.0)
    assert published[1].header.stamp.sec == 9


def test_old_decisions_are_forgotten():
    published, now = Published(), [0.0]
    diagnostics = DecisionDiagnostics(published, "robot0", clock=lambda: now[0])
    for _ in range(100):
        diagnostics.add(decision(1000.0))
    for _ in range(200):
        diagnostics.add(decision(4.0))
    now[0] = 2.0
    diagnostics.add(decision(4.0))
    values = {pair.key: float(pair.value) for pair in published[-1].status[0].values}
    assert values["total_p99_ms"] == 4.0
