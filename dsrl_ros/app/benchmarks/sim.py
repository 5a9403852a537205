"""`./dsrl bench sim`: control steps per second of a null policy, the packages' own stepping against ours, in one run.

`.stock_steps_s`: gym-aloha as its users make it (three cameras of 480x640 at every step), LIBERO as the reference makes
it (two of 256x256 at every step). `.steps_s`: ours in one process, with the same pictures where a decision is due.
`.speedup`: the one over the other. `aloha.blind_steps_s`: ours without pictures.
`aloha.graph_steps_s`: through the whole graph without pictures, as `./dsrl bench graph`.
`libero.graph_steps_s`: through the whole graph with them; `libero.graph_fraction`: over ours in one process, before and
after.
Resets are not counted. Rates are medians over short pieces, taken in turn so that other work hits all alike.
"""

import sys
from collections.abc import Mapping
from contextlib import ExitStack
from statistics import median

from dsrl_core.app.bench.figures import parse, report
from dsrl_core.app.bench.rollouts import REFERENCE
from dsrl_core.app.bench.timed import TimedRollout
from dsrl_core.errors import ConfigError, DsrlError
from dsrl_ros.app.benchmarks.graph import SETTINGS, STEPS, episode_rates, episodes_of

PLATFORMS = ("libero", "aloha")
ROUNDS, PIECE_S = 5, 3.0
LIBERO_STEPS = 200  # of an episode in the graph
SMALL = "preset=reach"  # nothing is learnt: the smallest learner will do


def main() -> int:
    args = parse("sim", __doc__, PLATFORMS)
    figures: dict[str, float] = {}
    for platform in args.only:
        print(f"measuring {platform} ...", file=sys.stderr, flush=True)
        try:
            measured = {"aloha": aloha, "libero": libero}[platform]()
        except ConfigError as error:
            print(f"{platform} is left out: {error}", file=sys.stderr, flush=True)
            continue
        except DsrlError as error:
            print(f"./dsrl bench sim: {error}", file=sys.stderr)
            return 1
        figures |= {f"{platform}.{name}": value for name, value in measured.items()}
    if not figures:
        return 1
    report(figures, args.json)
    return 0


def aloha() -> dict[str, float]:
    rates = in_turn("aloha", ("stock", "ours", "blind"))
    graph = median(episode_rates("aloha", SETTINGS, STEPS))
    return {**_compared(rates), "blind_steps_s": median(rates["blind"]), "graph_steps_s": graph}


def libero() -> dict[str, float]:
    rates = in_turn("libero", ("stock", "ours"))
    settings = (SMALL, *REFERENCE["libero"], *episodes_of(LIBERO_STEPS))
    graph = median(episode_rates("libero", settings, LIBERO_STEPS))
    around = [*rates["ours"], *in_turn("libero", ("ours",))["ours"]]  # before and after the graph
    return {**_compared(rates), "graph_steps_s": graph, "graph_fraction": graph / median(around)}


def in_turn(platform: str, kinds: tuple[str, ...]) -> dict[str, list[float]]:
    """Control steps per second of each kind of rollout, a piece of each in every round."""
    with ExitStack() as stack:
        rollouts = {kind: stack.enter_context(TimedRollout(platform, kind)) for kind in kinds}
        for rollout in rollouts.values():
            rollout.piece(0.0)  # the first step and the first picture take longer
        rounds = [{kind: rollout.piece(PIECE_S) for kind, rollout in rollouts.items()} for _ in range(ROUNDS)]
    return {kind: [rates[kind] for rates in rounds] for kind in kinds}


def _compared(rates: Mapping[str, list[float]]) -> dict[str, float]:
    """Both rates, and the median of their ratio within a round."""
    ratios = [ours / stock for ours, stock in zip(rates["ours"], rates["stock"], strict=True)]
    return {"stock_steps_s": median(rates["stock"]), "steps_s": median(rates["ours"]), "speedup": median(ratios)}


if __name__ == "__main__":
    sys.exit(main())
