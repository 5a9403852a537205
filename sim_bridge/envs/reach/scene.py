"""The scene of `reach`: a small gantry with a gripper over four coloured pads on a dark table."""

PADS = ((0.22, 0.22), (0.22, -0.22), (-0.22, 0.22), (-0.22, -0.22))  # m, table frame
UNLIT = ("0.36 0.15 0.17 1", "0.36 0.27 0.12 1", "0.10 0.29 0.26 1", "0.15 0.18 0.38 1")
LIT = ("0.98 0.20 0.24 1", "1.00 0.66 0.08 1", "0.08 0.84 0.62 1", "0.24 0.42 1.00 1")
TRAVEL = 0.34  # m, each axis in both directions

_PAD = """
    <geom name="pad{i}" type="cylinder" size="0.066 0.006" pos="{x} {y} 0.006" material="pad{i}"/>
    <geom name="rim{i}" type="cylinder" size="0.076 0.003" pos="{x} {y} 0.003" material="rim"/>
    <geom name="halo{i}a" type="cylinder" size="0.093 0.0012" pos="{x} {y} 0.0012" material="halo{i}"/>
    <geom name="halo{i}b" type="cylinder" size="0.112 0.0006" pos="{x} {y} 0.0006" material="halo{i}"/>"""

_PAD_MATERIALS = """
    <material name="pad{i}" rgba="{unlit}" specular="0.2" shininess="0.3"/>
    <material name="halo{i}" rgba="{glow} 0" specular="0"/>"""

_SCENE = """
<mujoco model="reach">
  <option timestep="0.005" gravity="0 0 0" integrator="implicitfast"><flag contact="disable"/></option>
  <visual>
    <global offwidth="{width}" offheight="{height}"/>
    <quality offsamples="0" shadowsize="0"/>
    <headlight ambient="0.32 0.32 0.34" diffuse="0.25 0.25 0.25" specular="0.1 0.1 0.1"/>
    <map znear="0.05" zfar="20" shadowclip="1.2"/>
  </visual>
  <asset>
    <texture name="sky" type="skybox" builtin="gradient" rgb1="0.16 0.19 0.25" rgb2="0.05 0.06 0.09"
             width="64" height="384"/>
    <texture name="grid" type="2d" builtin="checker" rgb1="0.24 0.26 0.30" rgb2="0.27 0.29 0.335"
             width="256" height="256"/>
    <material name="table" texture="grid" texrepeat="9 9" specular="0.1"/>
    <material name="edge" rgba="0.07 0.08 0.10 1"/>
    <material name="rim" rgba="0.24 0.26 0.30 1" specular="0.4"/>
    <material name="steel" rgba="0.66 0.69 0.74 1" specular="0.8" shininess="0.7"/>
    <material name="beam" rgba="0.80 0.82 0.85 1" specular="0.5" shininess="0.5"/>
    <material name="housing" rgba="0.93 0.93 0.94 1" specular="0.5" shininess="0.6"/>
    <material name="dark" rgba="0.13 0.14 0.17 1" specular="0.5"/>
    <material name="accent" rgba="0.95 0.55 0.20 1" specular="0.5"/>{materials}
  </asset>
  <worldbody>
    <light name="key" pos="-0.5 0.7 1.6" dir="0.3 -0.42 -1" diffuse="0.62 0.60 0.56" specular="0.3 0.3 0.3"
           castshadow="true"/>
    <light name="fill" pos="-0.9 -0.9 1.2" dir="0.6 0.6 -0.8" diffuse="0.18 0.20 0.26" castshadow="false"/>
    <camera name="front" pos="-0.36 0 1.06" xyaxes="0 -1 0 0.947 0 0.322" fovy="42"/>
    <camera name="video" pos="-1.10 -0.40 0.94" xyaxes="0.347 -0.938 0 0.585 0.217 0.781" fovy="41"/>
    <geom name="table" type="box" size="0.46 0.46 0.02" pos="0 0 -0.02" material="table"/>
    <geom name="edge" type="box" size="0.47 0.47 0.016" pos="0 0 -0.03" material="edge"/>{pads}
    <geom type="capsule" size="0.012" fromto="-0.42 0.40 0.20 0.42 0.40 0.20" material="steel"/>
    <geom type="capsule" size="0.012" fromto="-0.42 -0.40 0.20 0.42 -0.40 0.20" material="steel"/>
    <geom type="box" size="0.018 0.022 0.11" pos="0.42 0.40 0.10" material="dark"/>
    <geom type="box" size="0.018 0.022 0.11" pos="0.42 -0.40 0.10" material="dark"/>
    <geom type="box" size="0.018 0.022 0.11" pos="-0.42 0.40 0.10" material="dark"/>
    <geom type="box" size="0.018 0.022 0.11" pos="-0.42 -0.40 0.10" material="dark"/>
    <body name="bridge" pos="0 0 0.20">
      <joint name="bridge" type="slide" axis="1 0 0" limited="true" range="-{travel} {travel}" damping="1"/>
      <geom type="box" size="0.026 0.026 0.022" pos="0 0.40 0" material="accent" mass="0.2"/>
      <geom type="box" size="0.026 0.026 0.022" pos="0 -0.40 0" material="accent" mass="0.2"/>
      <geom type="box" size="0.010 0.38 0.014" pos="0 0 0.004" material="beam" mass="0.4"/>
      <body name="carriage">
        <joint name="carriage" type="slide" axis="0 1 0" limited="true" range="-{travel} {travel}" damping="1"/>
        <geom type="box" size="0.026 0.032 0.026" pos="0 0 0.004" material="housing" mass="0.4"/>
        <geom type="cylinder" size="0.013 0.045" pos="0 0 -0.055" material="steel" mass="0.1"/>
        <geom type="box" size="0.014 0.036 0.011" pos="0 0 -0.104" material="dark" mass="0.1"/>
        <geom type="box" size="0.010 0.006 0.024" pos="0 0.028 -0.134" material="accent" mass="0.05"/>
        <geom type="box" size="0.010 0.006 0.024" pos="0 -0.028 -0.134" material="accent" mass="0.05"/>
      </body>
    </body>
  </worldbody>
  <actuator>
    <velocity name="bridge" joint="bridge" kv="60"/>
    <velocity name="carriage" joint="carriage" kv="40"/>
  </actuator>
</mujoco>
"""


def scene_xml(height: int, width: int) -> str:
    """The MJCF text; `height` and `width` bound the pictures that can be rendered, pixels."""
    pads = "".join(_PAD.format(i=i, x=x, y=y) for i, (x, y) in enumerate(PADS))
    materials = "".join(
        _PAD_MATERIALS.format(i=i, unlit=UNLIT[i], glow=LIT[i].rsplit(" ", 1)[0]) for i in range(len(PADS))
    )
    return _SCENE.format(pads=pads, materials=materials, travel=TRAVEL, height=height, width=width)
