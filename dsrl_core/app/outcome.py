"""The last lines of a run: what it came to and where to look."""

import shlex
from typing import Any

from dsrl_core.run.folder import RunFolder
from dsrl_core.run.summary import read_summary

STAND_INS = "\nthe scene was made of stand-in assets: these are no figures of the published benchmark"


def print_outcome(folder: RunFolder) -> None:
    """Print what a run came to."""
    print(outcome(folder))


def outcome(folder: RunFolder) -> str:
    """The headline of `summary.json` and the paths that matter."""
    summary = read_summary(folder.summary)
    if summary is None:
        return f"no summary was written; see {folder.logs}"
    return f"{headline(summary)}\nreport: {folder.report}\nrun:    {folder.path}"


def out_again(folder: RunFolder) -> str:
    """The argument with which the same command goes on in a run's folder, as a shell takes it."""
    return f"--out {shlex.quote(str(folder.path))}"


def headline(summary: dict[str, Any]) -> str:
    """One paragraph: success before and after, and what it took."""
    baselines = ", ".join(f"{name} {_percent(value)}" for name, value in summary["baselines"].items())
    training = "no training" if summary["train_wall_s"] is None else f"{summary['train_wall_s']:.0f} s of training"
    return (
        f"success: base {_percent(summary['base_success'])} -> steered {_percent(summary['final_success'])}"
        f" (best checkpoint {_percent(summary['best_success'])}; {summary['eval_episodes']} evaluation episodes)\n"
        f"untrained noises: {baselines}\n"
        f"{summary['episodes']} episodes, {summary['env_steps']} environment steps, "
        f"{summary['gradient_steps']} gradient steps, {training}, {summary['wall_s']:.0f} s in all; "
        f"dropped {summary['dropped_episodes']}; exact: {_exact(summary)}"
        f"{_said(summary)}{_guard(summary)}{_throughput(summary)}{_untrained(summary)}"
        f"{STAND_INS if summary.get('stand_in_assets') else ''}"
    )


def _exact(summary: dict[str, Any]) -> str:
    reasons = "; ".join(summary.get("not_exact_because") or [])
    return f"{str(summary['exact']).lower()}{f' ({reasons})' if reasons else ''}"


def _throughput(summary: dict[str, Any]) -> str:
    """Environment steps per second of the whole run, of each robot where there are several."""
    robots = {name: f"{facts['env_steps_per_s']:.0f}" for name, facts in summary["robots"].items()}
    each = f" ({', '.join(f'{name} {rate}' for name, rate in robots.items())})" if len(robots) > 1 else ""
    return f"\nthroughput: {summary['env_steps_per_s']:.0f} environment steps/s, evaluation and training included{each}"


def _guard(summary: dict[str, Any]) -> str:
    """What the guard of the run came to, if it has one; an empty text otherwise."""
    guard = summary.get("guard")
    if not guard or guard["best"] is None:
        return ""
    best = guard["best"]
    told = (
        f"; no gain since episode {guard['no_gain_since']}, more were not worth their time" if guard["enough"] else ""
    )
    return (
        f"\nguard: best after {best['after']} training episodes ({best['successes']} of {best['episodes']}), "
        f"returns to the best: {len(guard['returns'])}, episodes of selections: {guard['evaluation_episodes']}{told}"
    )


def _said(summary: dict[str, Any]) -> str:
    """The instruction to the policy, where there was one."""
    instruction = summary.get("instruction")
    return f"\ninstruction to the policy: {instruction}" if instruction else ""


def _untrained(summary: dict[str, Any]) -> str:
    """Why there is nothing to compare, where training episodes led to no training."""
    if summary["gradient_steps"] or not summary["episodes"]:
        return ""
    return (
        f"\nall {summary['episodes']} training episodes fell into the warm-up, so nothing was learned; "
        "ask for more with --episodes, or shorten it: schedule.start_episodes, schedule.start_transitions"
    )


def _percent(value: float | None) -> str:
    return "not measured" if value is None else f"{100 * value:.0f} %"
