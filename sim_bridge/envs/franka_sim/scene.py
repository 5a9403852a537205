"""The scene of `franka_sim`: an FR3 at a table with three blocks, each of which can be lit by a ring around it."""

from typing import TYPE_CHECKING, Any

from sim_bridge.envs.franka_sim.arm import arm_spec

if TYPE_CHECKING:
    import mujoco

BLOCKS = 3
HALF = 0.02  # m, half the side of a block
CENTRES = ((0.50, -0.22), (0.50, 0.0), (0.50, 0.22))  # m, around which the blocks are placed
SPREAD = (0.05, 0.03)  # m, how far from there along x and y: neighbours keep a hand's width
RATE_HZ = 15.0
SUBSTEPS = 17  # of physics in one control step, about 4 ms each
RING, GLOW = (0.052, 0.0008), (0.068, 0.0004)  # m, radius and half height
COLOURS = ((0.80, 0.22, 0.18, 1.0), (0.20, 0.62, 0.28, 1.0), (0.20, 0.36, 0.86, 1.0))
LIGHT = (1.0, 0.93, 0.45)
LIT, UNLIT = ((1.0, 0.9), (0.55, 0.7)), ((0.0, 0.0), (0.0, 0.0))  # alpha and emission of ring and glow
CAMERAS = ("left", "right", "wrist")
VIDEO, VIDEO_CAMERA = (288, 384), "video"  # h, w of the frames of videos


def build(height: int, width: int) -> "mujoco.MjModel":
    """The compiled model.

    Args:
        height: of the largest picture that is rendered, pixels.
        width: likewise.
    """
    import mujoco

    spec = arm_spec()
    spec.option.timestep = 1.0 / (RATE_HZ * SUBSTEPS)
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    spec.option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
    _look(spec, height, width)
    _table(spec)
    for number in range(BLOCKS):
        _block(spec, number)
    _cameras(spec)
    return spec.compile()


def _look(spec: Any, height: int, width: int) -> None:
    import mujoco

    visual = spec.visual
    visual.global_.offheight, visual.global_.offwidth = height, width
    visual.headlight.ambient, visual.headlight.diffuse = (0.34, 0.34, 0.36), (0.22, 0.22, 0.22)
    visual.map.znear, visual.map.zfar = 0.01, 20.0
    spec.stat.extent, spec.stat.center = 1.2, (0.4, 0.0, 0.3)
    sky = spec.add_texture(name="sky", type=mujoco.mjtTexture.mjTEXTURE_SKYBOX, width=64, height=384)
    sky.builtin = mujoco.mjtBuiltin.mjBUILTIN_GRADIENT
    sky.rgb1, sky.rgb2 = (0.17, 0.20, 0.26), (0.06, 0.07, 0.10)
    world = spec.worldbody
    world.add_light(pos=(1.0, 0.8, 1.8), dir=(-0.4, -0.5, -1.0), diffuse=(0.60, 0.58, 0.55), castshadow=True)
    world.add_light(pos=(0.8, -1.0, 1.4), dir=(-0.3, 0.7, -0.9), diffuse=(0.20, 0.22, 0.27), castshadow=False)


def _table(spec: Any) -> None:
    import mujoco

    texture = spec.add_texture(name="grid", type=mujoco.mjtTexture.mjTEXTURE_2D, width=256, height=256)
    texture.builtin = mujoco.mjtBuiltin.mjBUILTIN_CHECKER
    texture.rgb1, texture.rgb2 = (0.21, 0.23, 0.27), (0.235, 0.255, 0.295)
    material = spec.add_material(name="table", texrepeat=(12, 12), specular=0.1)
    material.textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = "grid"
    spec.worldbody.add_geom(
        name="table", type=mujoco.mjtGeom.mjGEOM_BOX, size=(0.6, 0.6, 0.02), pos=(0.35, 0, -0.02), material="table"
    )


def _block(spec: Any, number: int) -> None:
    import mujoco

    body = spec.worldbody.add_body(name=block_name(number), pos=(*CENTRES[number], HALF))
    body.add_freejoint(name=block_name(number))
    spec.add_material(name=f"block{number}", rgba=COLOURS[number], specular=0.3)
    body.add_geom(
        name=block_name(number),
        type=mujoco.mjtGeom.mjGEOM_BOX,
        size=(HALF, HALF, HALF),
        mass=0.05,
        friction=(1.5, 0.02, 0.001),
        condim=4,
        material=f"block{number}",
    )
    for name, (radius, half_height) in (("ring", RING), ("glow", GLOW)):
        spec.add_material(name=f"{name}{number}", rgba=(*LIGHT, 0.0), specular=0.0)
        body.add_geom(
            name=f"{name}{number}",
            type=mujoco.mjtGeom.mjGEOM_CYLINDER,
            size=(radius, half_height, 0),
            pos=(0, 0, half_height - HALF),
            contype=0,
            conaffinity=0,
            mass=0.0,
            material=f"{name}{number}",
        )


def _cameras(spec: Any) -> None:
    """Two beside the table, as DROID's, one at the hand, and one for people."""
    world, hand = spec.worldbody, spec.body("hand")
    world.add_camera(name="left", pos=(0.95, 0.52, 0.58), xyaxes=(-0.69, 0.72, 0, -0.40, -0.38, 0.83), fovy=45)
    world.add_camera(name="right", pos=(0.95, -0.52, 0.58), xyaxes=(0.69, 0.72, 0, -0.40, 0.38, 0.83), fovy=45)
    hand.add_camera(name="wrist", pos=(0.07, 0.0, 0.0), xyaxes=(0.99, 0, 0.14, 0, -1, 0), fovy=80)
    world.add_camera(name="video", pos=(1.35, 0.75, 0.80), xyaxes=(-0.62, 0.78, 0, -0.33, -0.26, 0.91), fovy=42)


def block_name(number: int) -> str:
    """Of body, joint and geometry of a block."""
    return f"block{number}"


def light(model: "mujoco.MjModel", lit: int) -> None:
    """Light the ring of one block and no other."""
    for number in range(BLOCKS):
        for name, (alpha, emission) in zip(("ring", "glow"), LIT if number == lit else UNLIT, strict=True):
            material = model.material(f"{name}{number}")
            material.rgba[3], material.emission[:] = alpha, emission
