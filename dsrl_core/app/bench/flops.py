"""Floating-point operations of one gradient step, counted by hand: convolutions and dense layers only.

A layer's forward pass, its gradient by weights and its gradient by inputs cost the same. One step holds

| pass | actor's layers | critic's layers |
|---|---|---|
| next noise, and the target critics' value of it | 1 forward | 1 forward |
| critic loss | | 1 forward, 1 by weights, 1 by inputs but for the first convolution |
| actor loss | 1 forward, 1 by weights, 1 by inputs but for the first convolution | 1 forward; heads 1 by inputs |
"""

from dataclasses import dataclass
from itertools import pairwise

from dsrl_core.config.preset import NetworkSettings, Preset
from dsrl_core.networks.shapes import LearnerShapes

KERNEL = 3


@dataclass(frozen=True, slots=True)
class LayerFlops:
    """Operations of one forward pass over one row of a batch."""

    first: int  # first convolution, whose input needs no gradient; 0 without a camera
    encoder: int  # the other convolutions and the bottleneck
    head: int  # everything after the bottleneck

    @property
    def forward(self) -> int:
        return self.first + self.encoder + self.head

    @property
    def backward(self) -> int:
        """By weights and by inputs."""
        return 2 * self.forward - self.first


def step_flops(preset: Preset, shapes: LearnerShapes) -> int:
    """Operations of one gradient step with the small encoder (the other encoders are not counted)."""
    actor, critic = actor_flops(preset.network, shapes), critic_flops(preset.network, shapes)
    forward = 2 * actor.forward + 3 * critic.forward
    backward = critic.backward + actor.backward + critic.head
    return preset.sac.batch_size * (forward + backward)


def actor_flops(network: NetworkSettings, shapes: LearnerShapes) -> LayerFlops:
    """Encoder, hidden layers, and the heads of mean and deviation."""
    first, encoder, width = _encoder(network, shapes)
    hidden = _dense([width, *network.hidden_dims])
    return LayerFlops(first, encoder, hidden + 2 * _dense([network.hidden_dims[-1], shapes.noise_size]))


def critic_flops(network: NetworkSettings, shapes: LearnerShapes) -> LayerFlops:
    """Encoder, and every head of the ensemble."""
    first, encoder, width = _encoder(network, shapes)
    return LayerFlops(first, encoder, network.num_qs * _dense([width + shapes.noise_size, *network.hidden_dims, 1]))


def _encoder(network: NetworkSettings, shapes: LearnerShapes) -> tuple[int, int, int]:
    """Operations of the first convolution and of the rest, and the width of what the head sees."""
    if not shapes.cameras:
        return 0, 0, shapes.state_dim + shapes.feature_dim
    size, channels, costs = network.image_size, 3 * shapes.cameras, []
    for features, stride in zip(network.cnn_features, network.cnn_strides, strict=True):
        size = (size - KERNEL) // stride + 1
        costs.append(2 * size * size * KERNEL * KERNEL * channels * features)
        channels = features
    bottleneck = _dense([size * size * channels, network.latent_dim])
    return costs[0], sum(costs[1:]) + bottleneck, network.latent_dim + shapes.state_dim + shapes.feature_dim


def _dense(widths: list[int]) -> int:
    return sum(2 * inputs * outputs for inputs, outputs in pairwise(widths))
