"""Value networks on encoded views, V(s) and Q(s, a), and the layers that they are made of."""

import flax.linen as nn
import jax
import jax.numpy as jnp

from dsrl_core.networks.blocks.dense import Dense


class MLP(nn.Module):
    """Hidden layers with ReLU, with LayerNorm before the ReLU if `layer_norm`; then a linear layer if `out` > 0.

    With `dropout` a hidden layer drops that share of its values, before its LayerNorm (arXiv:2110.02034), if the caller
    gives a key: `apply(..., rngs={"dropout": key})`. Without a key, as when acting, nothing is dropped.
    """

    hidden_dims: tuple[int, ...]
    out: int = 0
    layer_norm: bool = False
    dropout: float = 0.0

    @nn.compact
    def __call__(self, x: jax.Array, action: jax.Array | None = None) -> jax.Array:
        """f32 [b, n] to f32 [b, out]; an `action` f32 [b, d] is concatenated to the input of each hidden layer."""
        for size in self.hidden_dims:
            x = Dense(size)(x if action is None else jnp.concatenate([action, x], axis=-1))
            if self.dropout:
                x = nn.Dropout(self.dropout, deterministic=not self.has_rng("dropout"))(x)
            x = nn.relu(nn.LayerNorm()(x) if self.layer_norm else x)
        return Dense(self.out)(x) if self.out else x


class StateValue(nn.Module):
    """V(s): f32 [b] of an encoded view f32 [b, n].

    The reference has it beside Q(s, a). DSRL's own critics do not ask for it: it is for algorithms that learn a
    baseline or an advantage.
    """

    hidden_dims: tuple[int, ...]
    dropout: float = 0.0

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        return jnp.squeeze(MLP(self.hidden_dims, out=1, layer_norm=True, dropout=self.dropout)(x), axis=-1)


class StateActionValue(nn.Module):
    """Q(s, a): f32 [b] of an encoded view f32 [b, n] and noise f32 [b, k * d], one critic."""

    hidden_dims: tuple[int, ...]
    dropout: float = 0.0
    reinject_action: bool = False  # whether every hidden layer gets the noise as input, not only the first

    @nn.compact
    def __call__(self, x: jax.Array, noise: jax.Array) -> jax.Array:
        mlp = MLP(self.hidden_dims, out=1, layer_norm=True, dropout=self.dropout)
        value = mlp(x, noise) if self.reinject_action else mlp(jnp.concatenate([noise, x], axis=-1))
        return jnp.squeeze(value, axis=-1)


class CriticHeads(nn.Module):
    """An ensemble of independent critics on the same encoding, with independent dropout; f32 [num_qs, b]."""

    hidden_dims: tuple[int, ...]
    num_qs: int
    dropout: float = 0.0
    reinject_action: bool = False

    @nn.compact
    def __call__(self, x: jax.Array, noise: jax.Array) -> jax.Array:
        heads = nn.vmap(
            StateActionValue,
            variable_axes={"params": 0},
            split_rngs={"params": True, "dropout": True},
            in_axes=None,
            out_axes=0,
            axis_size=self.num_qs,
        )
        values: jax.Array = heads(self.hidden_dims, self.dropout, self.reinject_action)(x, noise)
        return values
