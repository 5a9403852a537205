"""The learner's and the schedule's settings, `config/presets/<name>.yaml`; defaults are the reference's."""

from dataclasses import dataclass
from typing import Any

from dsrl_core.config.noises import BASELINES
from dsrl_core.config.setting import setting

PARAMETRISATION = ("vectors", "magnitude")  # of the noise: what a vector of it means


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseSettings:
    vectors: int = setting(1, doc="noise vectors k spread over the horizon: 1 repeats one, H is full noise", ge=1)
    magnitude: float = setting(1.0, doc="the actor's range b: noise lies in [-b, b]", ge=0.01)
    prior_std: float = setting(
        1.0,
        doc="standard deviation of what training begins with: the noise of the episodes before the actor's, of "
        "sac.prior=normal and of its candidates. 1: N(0, I), which base policies are trained under; more where what is "
        "wanted lies further out, less where the base stands less",
        ge=0.01,
    )
    explore: str = setting(
        "decision",
        doc="what a training episode draws anew at each decision, or once for the whole episode, so that what the "
        "episode comes to tells about that draw",
        choices=("decision", "episode"),
    )

    def means_the_same(self, other: "NoiseSettings") -> bool:
        """Whether the noise of one run is noise of the other; the rest of the section says how training explores."""
        return all(getattr(self, name) == getattr(other, name) for name in PARAMETRISATION)


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSettings:
    image_size: int = setting(64, doc="side of the learner's square images, pixels", ge=8, le=256)
    encoder: str = setting("cnn", doc="how pixels become a vector: a file of dsrl_core/networks/encoders")
    encoder_options: dict[str, str] = setting({}, doc="options of the encoder, as its file lists them")
    cnn_features: tuple[int, ...] = setting((32, 32, 32, 32), doc="channels of each convolution (encoder cnn)", ge=1)
    cnn_strides: tuple[int, ...] = setting((2, 1, 1, 1), doc="stride of each convolution (encoder cnn)", ge=1)
    latent_dim: int = setting(50, doc="width of the encoder's bottleneck", ge=1)
    hidden_dims: tuple[int, ...] = setting((128, 128, 128), doc="widths of the hidden layers", ge=1)
    num_qs: int = setting(10, doc="critics in the ensemble", ge=1)
    dropout: float = setting(0.0, doc="share of each hidden layer that the critics drop in training", ge=0, le=0.9)
    reinject_action: bool = setting(False, doc="the critics' hidden layers all see the noise, not the first alone")
    policy: str = setting("tanh_gaussian", doc="what the actor draws from: a file of dsrl_core/networks/distributions")


@dataclass(frozen=True, slots=True, kw_only=True)
class SacSettings:
    algorithm: str = setting(
        "sac",
        doc="sac: DSRL-SAC, critics on noise; na: DSRL-NA, critics on actions, distilled into those on noise (needs a "
        "base policy that the learner can decode: policy.kind=flow); a folder of dsrl_core/algorithms, or a package's",
    )
    options: dict[str, Any] = setting({}, doc="options of the algorithm, as its own folder declares them")
    distill_steps: int = setting(10, doc="na: distillations per `utd` gradient steps, spread evenly over them", ge=0)
    actor_lr: float = setting(1e-4, doc="Adam rate of the actor", ge=0)
    actor_average: float = setting(
        0.0,
        doc="rate at which an average of the actor follows it, which is then what is evaluated; 0: the actor itself",
        ge=0,
        le=1,
    )
    critic_lr: float = setting(3e-4, doc="Adam rate of the critic", ge=0)
    temperature_lr: float = setting(3e-4, doc="Adam rate of log alpha", ge=0)
    discount: float = setting(0.999, doc="gamma per control step", ge=0, le=1)
    n_step: int = setting(
        1,
        doc="decisions whose rewards are summed before the critics are asked; more carry the credit of an early "
        "decision past states that do not show its outcome yet",
        ge=1,
    )
    tau: float = setting(0.005, doc="rate of the target critic", ge=0, le=1)
    init_temperature: float = setting(1.0, doc="first alpha", ge=1e-9)
    min_temperature: float = setting(0.0, doc="alpha never falls below; 0 as the reference", ge=0)
    prior: str = setting(
        "uniform",
        doc="what the noise's entropy is measured against. uniform: nothing, as the reference. normal: N(0, "
        "prior_std^2 I): noise that makes no difference stays where base policies know it, not in corners of its range",
        choices=("uniform", "normal"),
    )
    target_entropy: float | None = setting(
        None, doc="wanted entropy of the noise, with prior=normal minus its divergence from that; null: -k*d/2"
    )
    candidates: int = setting(
        0,
        doc="noises of the prior that are tried for each view in training: where the critics value the best of them "
        "above the actor's mode, the mode is drawn there, out of a local best; 0: off, as the reference",
        ge=0,
        le=1024,
    )
    critic_reduction: str = setting(
        "mean",
        doc="over the ensemble. lower: mean minus standard deviation, so that noise on which the critics do not agree "
        "is worth less",
        choices=("mean", "min", "lower"),
    )
    batch_size: int = setting(256, doc="transitions per gradient step", ge=1)
    utd: int = setting(20, doc="gradient steps per decision", ge=0)
    crop_padding: int = setting(4, doc="random crop: edge padding, pixels; 0 is off", ge=0)
    color_jitter: bool = setting(True, doc="random brightness, contrast, saturation, hue")
    gaussian_blur: float = setting(0.0, doc="share of images that are blurred; 0 is off", ge=0, le=1)
    solarize: float = setting(0.0, doc="share of images whose bright values are inverted; 0 is off", ge=0, le=1)
    flip: float = setting(0.0, doc="share of images that are mirrored, left to right; 0 is off", ge=0, le=1)
    flip_cameras: tuple[str, ...] = setting((), doc="cameras that are mirrored; empty is all that the learner sees")
    augmentations: tuple[str, ...] = setting(
        (), doc="further augmentations behind those above, in this order: of packages, or modules"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardSettings:
    enabled: bool = setting(
        False,
        doc="whether a run goes back to its best parameters where a selection shows the present ones to be worse, and "
        "ends with the best",
    )
    portion: int = setting(5, doc="episodes after which a selection may end early", ge=1)
    alarms: float = setting(
        0.05, doc="probability at most that a run ever goes back from parameters that are not worse", ge=0, le=1
    )
    futile: float = setting(
        0.05,
        doc="probability of showing anything below which a selection ends early; 0: only where it is none",
        ge=0,
        le=1,
    )
    worth: float = setting(
        0.05,
        doc="expected gain in success of a further selection up to which a person is told that more episodes are not "
        "worth their time; 0: never",
        ge=0,
        le=1,
    )
    stop: bool = setting(False, doc="whether training ends there by itself")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleSettings:
    episodes: int = setting(doc="training episodes of the run", ge=0)
    start_transitions: int = setting(0, doc="decisions before training starts, the operator's too", ge=0)
    start_episodes: int = setting(
        1, doc="episodes before training starts: with the prior, but for the operator's", ge=0
    )
    first_steps: int = setting(0, doc="extra gradient steps when training starts", ge=0)
    eval_episodes: int = setting(100, doc="episodes of each evaluation of the base and the final actor", ge=0)
    baselines: tuple[str, ...] = setting(BASELINES, doc="untrained noises that the base is evaluated under")
    golden: str = setting(
        "", doc="a golden ticket, as ./dsrl preflight writes it: the base is evaluated under it too; empty: none"
    )
    preflight: int = setting(
        0,
        doc="episodes at most of a pre-flight on an arm, which takes the place of evaluations and training; 0: none "
        "(./dsrl preflight sets it)",
        ge=0,
        le=200,
    )
    preflight_vectors: int = setting(3, doc="constant noise vectors that it compares", ge=1, le=16)
    select_every: int = setting(
        0, doc="training episodes between evaluations that choose a checkpoint; 0 is never", ge=0
    )
    select_episodes: int = setting(20, doc="episodes of each such evaluation", ge=1)
    guard: GuardSettings = setting(GuardSettings(), doc="going back to the best parameters")
    record_every: int = setting(25, doc="training episodes between videos; 0 is never", ge=0)
    record_eval: int = setting(3, doc="videos of each evaluation of the base and the final actor", ge=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaySettings:
    demonstrations: str = setting(
        "", doc="a run's folder, recorded segments or a saved replay buffer, mixed into every batch; empty: none"
    )
    demonstration_ratio: float = setting(0.0, doc="share of each batch that is demonstrations", ge=0, le=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CloneSettings:
    steps: int = setting(
        400, doc="gradient steps of cloning alone, once the operator's episodes are played (`operator.episodes`)", ge=0
    )
    lr: float = setting(1e-3, doc="Adam rate of the actor in them", ge=0)
    batch_size: int = setting(64, doc="the operator's decisions in a batch", ge=1)
    weight: float = setting(
        1.0, doc="of the squared distance to the operator's noise in the actor's loss, in training", ge=0
    )
    fade_episodes: int = setting(
        0, doc="training episodes after the operator's over which this weight falls to 0, linearly; 0: it stays", ge=0
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    name: str = setting(doc="name of the preset")
    mode: str = setting(
        "alternating",
        doc="alternating: wait for the training after each episode; async: act while training",
        choices=("alternating", "async"),
    )
    async_lead: int = setting(1, doc="async: training episodes that acting may be ahead of the training", ge=1)
    noise: NoiseSettings = setting(NoiseSettings(), doc="parametrisation of the noise")
    network: NetworkSettings = setting(NetworkSettings(), doc="networks")
    sac: SacSettings = setting(SacSettings(), doc="the algorithm")
    clone: CloneSettings = setting(CloneSettings(), doc="how the actor learns from an operator (`operator`)")
    schedule: ScheduleSettings = setting(doc="episodes and evaluations")
    start_from: str = setting(
        "", doc="folder of a run whose newest networks and optimisers the learner begins with; empty: fresh ones"
    )
    replay_capacity: int = setting(25000, doc="transitions kept", ge=1)
    replay: ReplaySettings = setting(ReplaySettings(), doc="what batches are drawn from beside them")
    devices: int = setting(
        0, doc="local devices that a batch is split over; 0: all, where they divide sac.batch_size", ge=0
    )
    steps_per_dispatch: int = setting(
        0, doc="gradient steps in one dispatch; 0: 20 on an accelerator, 1 on a CPU", ge=0
    )
    publish_critic: bool = setting(
        True, doc="send steering the critic too, so that it reports Q; false where that is too many bytes"
    )
    checkpoint_every: int = setting(10, doc="training episodes between checkpoints", ge=1)
    checkpoint_keep: int = setting(3, doc="newest checkpoints kept", ge=1)
    checkpoint_keep_best: int = setting(
        1, doc="checkpoints of the best selections kept beside them, the newest of them the best", ge=0
    )
