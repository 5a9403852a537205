"""Runs in an environment that has LeRobot, and not this package: reads a dataset, trains on it, writes another one.

usage: lerobot_side.py READ WRITE RESULT.npz
"""

import sys

import numpy as np
import torch
from lerobot.configs.types import FeatureType
from lerobot.datasets.lerobot_dataset import LeRobotDataset
from lerobot.datasets.utils import dataset_to_policy_features
from lerobot.policies.act.configuration_act import ACTConfig
from lerobot.policies.act.modeling_act import ACTPolicy
from lerobot.policies.factory import make_pre_post_processors

SMALL = {"dim_model": 32, "n_heads": 2, "dim_feedforward": 32, "n_encoder_layers": 1, "latent_dim": 4}


def read(root: str) -> dict[str, np.ndarray]:
    """Every frame as LeRobot's reader gives it, with the actions of two frames."""
    fps = LeRobotDataset("local/exported", root=root, video_backend="pyav").fps
    asked = {"action": [0.0, 1.0 / fps]}
    frames = list(LeRobotDataset("local/exported", root=root, video_backend="pyav", delta_timestamps=asked))
    keys = [key for key, value in frames[0].items() if isinstance(value, torch.Tensor)]
    return {key: np.stack([frame[key].numpy() for frame in frames]) for key in keys}


def losses_of_act(root: str, steps: int = 4) -> list[float]:
    """LeRobot's ACT, small, after each of a few gradient steps."""
    meta = LeRobotDataset("local/exported", root=root, video_backend="pyav").meta
    features = dataset_to_policy_features(meta.features)
    wanted = {key: one for key, one in features.items() if one.type is FeatureType.ACTION}
    given = {key: one for key, one in features.items() if key not in wanted}
    sizes = {"chunk_size": 2, "n_action_steps": 1, "n_vae_encoder_layers": 1, "n_decoder_layers": 1}
    config = ACTConfig(
        input_features=given, output_features=wanted, pretrained_backbone_weights=None, device="cpu", **sizes, **SMALL
    )
    policy, (before, _) = ACTPolicy(config), make_pre_post_processors(config, dataset_stats=meta.stats)
    asked = {"action": [0.0, 1.0 / meta.fps]}
    frames = LeRobotDataset("local/exported", root=root, video_backend="pyav", delta_timestamps=asked)
    (batch,) = torch.utils.data.DataLoader(frames, batch_size=len(frames))
    optimiser, losses = torch.optim.Adam(policy.parameters(), 1e-3), []
    for _ in range(steps):
        loss = policy.forward(before(dict(batch)))[0]
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return losses


def write(root: str) -> dict[str, np.ndarray]:
    """A dataset as LeRobot's recorder makes it, and what is in it: state in another order, AV1, rising grey."""
    names = {"state": ["y", "x"], "action": ["x", "grip"]}
    features = {
        "observation.images.top": {"dtype": "video", "shape": (64, 64, 3), "names": ["height", "width", "channels"]},
        "observation.state": {"dtype": "float32", "shape": (2,), "names": names["state"]},
        "action": {"dtype": "float32", "shape": (2,), "names": names["action"]},
    }
    dataset = LeRobotDataset.create("local/written", fps=20, features=features, root=root, use_videos=True)
    rng, states, actions, levels = np.random.default_rng(0), [], [], []
    for episode in range(3):
        for step in range(10 + episode):
            level, state, action = 20 * step + episode, *rng.standard_normal((2, 2)).astype(np.float32)
            states.append(state)
            actions.append(action)
            levels.append(level)
            frame = {"observation.images.top": np.full((64, 64, 3), level, np.uint8), "task": "go"}
            dataset.add_frame({**frame, "observation.state": state, "action": action})
        dataset.save_episode()
    dataset.finalize()
    return {"states": np.stack(states), "actions": np.stack(actions), "levels": np.array(levels)}


if __name__ == "__main__":
    _, exported, written, result = sys.argv
    found = {f"read/{key}": value for key, value in read(exported).items()}
    found |= {f"write/{key}": value for key, value in write(written).items()}
    np.savez(result, losses=losses_of_act(exported), **found)
