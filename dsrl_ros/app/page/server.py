"""Serves the page: one port, relative addresses, all assets from this machine."""

import io
import socket
from typing import Annotated

import uvicorn
from fastapi import FastAPI, Query, Response
from fastapi.responses import FileResponse
from nicegui import ui
from PIL import Image

from dsrl_core.errors import ConfigError
from dsrl_ros.app.page.access import OwnRequests, is_key
from dsrl_ros.app.page.layout import Page
from dsrl_ros.app.page.look import CSS
from dsrl_ros.app.page.source import Source

LOOPBACK = "127.0.0.1"
GRACE_S = 1  # for browsers at the end


def bound(host: str, port: int) -> socket.socket:
    """A socket at this place; port 0 takes a free one. ConfigError where that cannot be."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
    except (OSError, OverflowError) as error:
        made.close()
        raise ConfigError(
            f"--host={host} --port={port} cannot be served ({error}); choose another, or --port=0"
        ) from error
    return made


def address(place: socket.socket) -> str:
    """The page's address on this machine, for people."""
    host, port = place.getsockname()[:2]
    name = LOOPBACK if host in ("0.0.0.0", "::") else host
    return f"http://{f'[{name}]' if ':' in name else name}:{port}"


def make_app(source: Source, key: str) -> FastAPI:
    """The page and what it shows, to be served once per process.

    Args:
        source: what is shown, and whom buttons ask.
        key: with it in the address, a page's buttons press.
    """
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.get("/camera/{robot}/{name}")(lambda robot, name: _image(source, robot, name))
    app.get("/report")(lambda: _report(source))

    def page(given: Annotated[str, Query(alias="key")] = "") -> None:
        ui.add_css(CSS)
        Page(source, is_key(given, key))

    ui.page("/", title=source.snapshot().run_id)(page)
    app.add_middleware(OwnRequests)
    ui.run_with(app, title="dsrl_ros", dark=None, tailwind=False, show_welcome_message=False)
    return app


def make_server(app: FastAPI) -> uvicorn.Server:
    """The server of the page; who runs it gives it the socket."""
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, timeout_graceful_shutdown=GRACE_S, ws_max_size=1 << 20
    )
    return uvicorn.Server(config)


def _image(source: Source, robot: str, name: str) -> Response:
    newest = source.newest_image(robot, name)
    if newest is None:
        return Response(status_code=404)
    picture, data = Image.fromarray(newest[0]), io.BytesIO()
    small = max(picture.size) < 200  # a file of few bytes anyway, and every pixel counts
    picture.save(data, "PNG" if small else "JPEG", quality=85)
    kind = "image/png" if small else "image/jpeg"
    return Response(data.getvalue(), media_type=kind, headers={"cache-control": "no-store"})


def _report(source: Source) -> Response:
    path = source.report
    return FileResponse(path, media_type="text/html") if path.is_file() else Response("no report yet", status_code=404)
