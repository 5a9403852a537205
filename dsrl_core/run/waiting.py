"""What a run as a whole waits for, in words for people."""


def waits_for(silent_s: float | None, robot: str, gradient_steps: int, finishing: bool) -> str:
    """The first of what holds the run up; empty if nothing does.

    Args:
        silent_s: for how long nothing has been heard of the learner, s; None while it is heard.
        robot: what a robot waits for, or who holds it, in words; empty if nothing.
        gradient_steps: that are due before the next episode may begin.
        finishing: whether the learner writes summary and report.
    """
    if silent_s is not None:
        return f"the learner, silent for {silent_s:.0f} s"
    if robot:
        return robot
    if gradient_steps:
        return f"{gradient_steps} gradient steps"
    return "the report" if finishing else ""
