"""Serve a policy so that its noise can be steered: openpi's checkpoints, or the small policies of this project."""

import argparse
import logging
import sys
from typing import TYPE_CHECKING

from dsrl_core.config.paths import names
from dsrl_core.errors import ConfigError

if TYPE_CHECKING:
    from dsrl_core.policy.server.served import Served

PORT = 8000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--policy", metavar="NAME", help=f"a platform's base policy: {', '.join(names('platforms'))}")
    which.add_argument("--checkpoint", metavar="DIR", help="openpi's checkpoint: a folder, gs://... or s3://...")
    parser.add_argument("--config", metavar="NAME", help="openpi's configuration of the checkpoint, such as pi0_libero")
    parser.add_argument("--embodiment", metavar="NAME", help="layout of its requests (default: from the configuration)")
    parser.add_argument("--prompt", metavar="TEXT", help="instruction for requests that bring none")
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen at (default 127.0.0.1; 0.0.0.0: every network)"
    )
    parser.add_argument("--port", type=int, default=PORT, metavar="N", help=f"default {PORT}; 0: a free one")
    parser.add_argument("--api-key-file", default="", metavar="FILE", help="file with a key that clients must give")


def main(args: argparse.Namespace) -> int:
    from dsrl_core.policy.backends.openpi import read_key
    from dsrl_core.policy.server.answer import Answerer
    from dsrl_core.policy.server.websocket import PolicyServer, serve_until_stopped

    logging.getLogger("websockets").setLevel(logging.WARNING)
    key = read_key(args.api_key_file)
    if not 0 <= args.port < 2**16:
        raise ConfigError(f"--port={args.port} must lie in [0, 65535]")
    server = PolicyServer(Answerer(_load(args)), args.host, args.port, key)
    serve_until_stopped(server, _listening)
    return 0


def _load(args: argparse.Namespace) -> "Served":
    if args.policy:
        from dsrl_core.policy.server.small import load_small

        return load_small(args.policy)
    if not args.config:
        raise ConfigError("--checkpoint needs --config, the name of openpi's configuration, such as pi0_libero")
    from dsrl_core.policy.server.openpi import load_openpi

    return load_openpi(args.checkpoint, args.config, embodiment=args.embodiment or "", prompt=args.prompt)


def _listening(address: str) -> None:
    print(f"serving at {address}", flush=True)
    if not address.startswith(("ws://127.", "ws://[::1]")):
        print("everyone who reaches this address can use it; --api-key-file asks for a key", file=sys.stderr)
