"""`python -m dsrl_core.cli`, the command line's place in 0.1.0; it is `dsrl`, or `python -m dsrl_core.app`, now."""

import logging
import runpy

if __name__ == "__main__":
    logging.getLogger(__name__).warning("dsrl_core.cli is called dsrl_core.app now")
    runpy.run_module("dsrl_core.app", run_name="__main__", alter_sys=True)
