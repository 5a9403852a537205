"""Read what a run recorded, without ROS: `./dsrl exec python docs/examples/read_bag.py runs/reach_seed0`."""

import sys
from pathlib import Path

from dsrl_core import read_episodes


def main(run: str) -> None:
    print("group           episode  decisions  steps  reward  success")
    for episode in read_episodes(Path(run)):
        reward = float(episode.rewards.sum())
        print(
            f"{episode.group:14s}  {episode.episode:7d}  {episode.decisions:9d}  {episode.env_steps:5d}  {reward:6.1f}"
            f"  {'yes' if episode.success else 'no'}"
        )
    print(f"images {episode.images.shape} uint8, states {episode.states.shape} f32, noises {episode.noises.shape} f32")


if __name__ == "__main__":
    main(sys.argv[1])
