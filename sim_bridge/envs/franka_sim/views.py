"""The pictures of `franka_sim`: small and plain for the policy, detailed for people."""

from typing import TYPE_CHECKING

from dsrl_core.types import U8
from sim_bridge.envs.franka_sim.arm import COLLISION, VISUAL
from sim_bridge.envs.franka_sim.scene import CAMERAS, VIDEO, VIDEO_CAMERA

if TYPE_CHECKING:
    import mujoco


class Views:
    """Renderers are made when they are first used, as one takes as long as many frames."""

    def __init__(self, model: "mujoco.MjModel", image_size: int) -> None:
        import mujoco

        self._mujoco, self._model, self._size = mujoco, model, image_size
        self._plain: mujoco.Renderer | None = None
        self._fine: mujoco.Renderer | None = None

    def render(self, data: "mujoco.MjData") -> dict[str, U8]:
        """Of each camera uint8 [s, s, 3]: collision geometry, no shadows, no multisampling."""
        if self._plain is None:
            self._plain = self._renderer(self._size, self._size, fine=False)
        return {name: self._picture(self._plain, data, name, COLLISION) for name in CAMERAS}

    def video(self, data: "mujoco.MjData") -> U8:
        """Of the whole scene uint8 [h, w, 3]."""
        if self._fine is None:
            self._fine = self._renderer(*VIDEO, fine=True)
        return self._picture(self._fine, data, VIDEO_CAMERA, VISUAL)

    def close(self) -> None:
        for renderer in (self._plain, self._fine):
            if renderer is not None:
                renderer.close()
        self._plain = self._fine = None

    def _picture(self, renderer: "mujoco.Renderer", data: "mujoco.MjData", camera: str, group: int) -> U8:
        options = self._mujoco.MjvOption()
        options.geomgroup[:] = 0
        options.geomgroup[[0, group]] = 1
        renderer.update_scene(data, camera, options)
        renderer.scene.flags[self._mujoco.mjtRndFlag.mjRND_SHADOW] = group == VISUAL
        return renderer.render().copy()

    def _renderer(self, height: int, width: int, *, fine: bool) -> "mujoco.Renderer":
        quality = self._model.vis.quality  # only read when a renderer is made
        quality.offsamples, quality.shadowsize = (4, 2048) if fine else (0, 0)
        return self._mujoco.Renderer(self._model, height, width)
