"""The original LIBERO environment, as the reference uses it: it renders two cameras of 256 by 256 at every step."""

from sim_bridge.envs.libero import assets, package
from sim_bridge.rendering import use_gl
from sim_bridge.stock import Stock

SIZE = 256  # pixels of its two square images, as the reference observes them


def make_stock(suite: str, task: str, **options: str) -> Stock:
    """The package's environment of a task; the other options are ignored.

    Raises:
        ConfigError: LIBERO or its assets are not complete here; says what is missing.
    """
    use_gl()
    from sim_bridge.envs.libero import task as libero_task

    found = package.find_task(suite, task)
    environment = libero_task.build(found, assets.find().folder, stock_size=SIZE)
    return Stock(environment.reset, lambda: not environment.step(libero_task.WAIT)[2])
