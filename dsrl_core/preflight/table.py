"""A pre-flight's result as text for a terminal."""

from dsrl_core.preflight.result import Jump, Result, Row

WON, LOST = "■", "·"


def as_text(result: Result) -> str:
    """The tables, the matrix and the verdict."""
    verdict, followed = result.verdict, result.followed
    parts = [
        f"{result.platform}: {result.policy}, noise.vectors={result.vectors}, noise.magnitude={result.magnitude:g}, "
        f"seed {result.seed}",
        noise_table(result),
        range_table(result),
        matrix(result),
        *([f"operator episodes: {followed.word}: {followed.reason}.\n{followed.advice}"] if followed else []),
        f"{verdict.word}: {verdict.reason}.\n{verdict.advice}",
        f"recommended: noise.vectors={verdict.vectors} noise.magnitude={verdict.magnitude:g}",
    ]
    return "\n\n".join(parts)


def noise_table(result: Result) -> str:
    """A line per kind of noise: success with its interval, and the jumps between chunks."""
    width = max(len(row.title) for row in result.rows)
    units = [jump.unit for jump in result.rows[0].jumps]
    head = f"{'noise':{width}s}  success  95 % interval  episodes"
    head += "".join(f"  {'jump, ' + unit_name(unit):>22s}" for unit in units)
    return "\n".join([head, *(_line(row, width) for row in result.rows), inside_note(result)])


def range_table(result: Result) -> str:
    """A line per range of the actor."""
    tried = result.ranges[0].episodes // result.ranges[0].starts
    lines = [f"noise.magnitude  untrained actor  best of {tried} for each start"]
    lines += [
        f"{row.magnitude:15g}  {100 * row.successes / row.episodes:13.0f} %  {100 * row.solved / row.starts:5.0f} %"
        for row in result.ranges
    ]
    return "\n".join(lines)


def matrix(result: Result) -> str:
    """The matrix of successes: a line per start, a mark per vector."""
    head = f"each start (line) under each constant vector (column); the golden ticket is column {result.golden_vector}"
    lines = [f"{i:4d}  " + "".join(WON if won else LOST for won in row) for i, row in enumerate(result.matrix)]
    return "\n".join([head, *lines])


def inside_note(result: Result) -> str:
    """The change of the action within chunks, to compare the jumps with."""
    jumps = result.row("constant").jumps
    parts = [f"{jump.inside:.3g} {unit_name(jump.unit)}" for jump in jumps if jump.inside is not None]
    return (
        "jump: change of the action from one chunk to the next, its largest component, median (95th percentile); "
        f"from step to step within chunks: {', '.join(parts) or 'none'}"
    )


def unit_name(unit: str) -> str:
    """The unit as text; "1" stands for a normalised value."""
    return "normalised" if unit == "1" else unit


def jump_text(jump: Jump) -> str:
    return "-" if jump.median is None or jump.p95 is None else f"{jump.median:.3g} ({jump.p95:.3g})"


def _line(row: Row, width: int) -> str:
    between = "" if row.interval is None else f"{100 * row.interval[0]:.0f} to {100 * row.interval[1]:3.0f} %"
    line = f"{row.title:{width}s}  {100 * row.success:5.0f} %  {between:>13s}  {row.episodes:8d}"
    return line + "".join(f"  {jump_text(jump):>22s}" for jump in row.jumps)
