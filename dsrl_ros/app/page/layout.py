"""The page as elements of the web library: built once for each browser, then brought up to date."""

import asyncio
from collections.abc import Callable
from functools import partial

from nicegui import ui

from dsrl_core.view.buttons import NOBODY
from dsrl_core.view.snapshot import Button, Outcome, ViewSnapshot
from dsrl_core.view.words import age
from dsrl_ros.app.page import charts, sections
from dsrl_ros.app.page.source import Source
from dsrl_ros.view.buttons import Answer

LOOK_S = 0.25  # between two looks at the cameras
EVERY = 4  # looks; at each of these the rest is brought up to date
ANSWER_S = 10.0  # within which a service has to answer a press
SUCCESS = "Line: success of the last 20 training episodes. Points: evaluations of the actor. Across: the base policy."
LEGENDS = {
    "values": (("Q of the critics", "steered"), ("size of the noise", "other")),
    "hops": (("observe", "faint"), ("actor", "steered"), ("policy", "base")),
}
NO_KEY = "Looking only: the buttons work at the address with the key, which the terminal has printed."
Place = tuple[str, str]  # robot, empty for the run, and button or camera


class Page:
    """One browser's page. `authorised`: it was opened with the key, so that its buttons may press."""

    def __init__(self, source: Source, authorised: bool) -> None:
        self._source, self._authorised = source, authorised
        self._html: dict[str, ui.html] = {}
        self._charts: dict[str, tuple[ui.echart, Callable[[ViewSnapshot], charts.Options]]] = {}
        self._buttons: dict[Place, ui.element] = {}
        self._images: dict[Place, ui.element] = {}
        self._built: tuple[object, ...] = ()
        self._looks = 0
        self._outcome: Outcome | None = None
        self._content = ui.element("div")
        self._look()
        ui.timer(LOOK_S, self._look)

    def _look(self) -> None:
        snapshot = self._source.snapshot()
        parts = (
            snapshot.run_id,
            tuple(robot.name for robot in snapshot.robots),
            tuple((camera.robot, camera.name) for camera in snapshot.cameras),
        )
        if parts != self._built:
            self._built, self._looks = parts, 0
            self._build(snapshot)
        if self._looks % EVERY == 0 or snapshot.outcome != self._outcome:
            self._outcome = snapshot.outcome
            self._update(snapshot)
        self._looks += 1
        for camera in snapshot.cameras:
            if camera.image is not None:
                source = f"camera/{camera.robot}/{camera.name}?n={camera.number}"
                self._set(self._images[camera.robot, camera.name], src=source)

    def _build(self, snapshot: ViewSnapshot) -> None:
        self._html.clear()
        self._charts.clear()
        self._buttons.clear()
        self._images.clear()
        self._content.clear()
        with self._content:
            self._words("banner")
            self._words("headline")
            self._words("tiles")
            with _div("board"):
                with _div("column"):
                    self._success()
                    self._measures()
                    with _card("Newest decisions"):
                        self._words("decisions")
                with _div("column near"):
                    self._cameras(snapshot)
                    self._robots(snapshot)
                    self._run(snapshot)
                    with _card("Diagnostics"):
                        self._words("diagnostics")

    def _success(self) -> None:
        with _card("Success"):
            self._chart("success", charts.success, "chart tall")
            ui.html(f"<p class='note'>{SUCCESS}</p>", sanitize=False)
            self._words("groups")

    def _measures(self) -> None:
        with _div("pair"):
            with _card("Value and noise of the decisions"):
                self._chart("values", charts.values, "chart")
                _legend("values")
            with _card("Time of a decision"):
                self._chart("hops", charts.hops, "chart")
                _legend("hops")
                self._words("hop_line")

    def _cameras(self, snapshot: ViewSnapshot) -> None:
        if not snapshot.cameras:
            return
        with _card("Cameras"), _div("cameras"):
            for camera in snapshot.cameras:
                with ui.element("figure"):
                    image = ui.element("img").props(f'alt="{camera.name}"')
                    self._images[camera.robot, camera.name] = image
                    self._words(f"camera {camera.robot} {camera.name}", tag="figcaption")

    def _robots(self, snapshot: ViewSnapshot) -> None:
        for robot in snapshot.robots:
            with _card(f"Robot {robot.name}"):
                self._words(f"robot {robot.name}")
                if any(button.why_not != NOBODY for button in robot.buttons):
                    self._row(robot.name, robot.buttons)

    def _run(self, snapshot: ViewSnapshot) -> None:
        with _card("The run"):
            if not self._authorised:
                ui.html(f"<p class='note'>{NO_KEY}</p>", sanitize=False)
            self._row("", snapshot.buttons)
            self._words("said")

    def _row(self, robot: str, buttons: tuple[Button, ...]) -> None:
        with _div("buttons"):
            for button in buttons:
                element = ui.element("button").classes(button.name)
                with element:
                    ui.html(button.label, tag="span", sanitize=False)
                if self._authorised:
                    element.on("click", partial(self._press, button.name, robot))
                self._buttons[robot, button.name] = element

    async def _press(self, name: str, robot: str) -> None:
        """Ask, and show the answer in this browser. Whoever has no key has no event that leads here."""
        if not self._authorised:
            return
        try:
            answer = await asyncio.wait_for(asyncio.wrap_future(self._source.press(name, robot)), ANSWER_S)
        except TimeoutError:
            answer = Answer(False, f"no answer within {ANSWER_S:.0f} s")
        what = name.replace("_", " ").capitalize()
        ui.notify(f"{what}: {answer.text or 'done'}", type="positive" if answer.success else "warning")

    def _update(self, snapshot: ViewSnapshot) -> None:
        report = self._source.report.is_file()
        words = {
            "banner": sections.banner(snapshot, self._source.note, report),
            "headline": sections.headline(snapshot),
            "tiles": sections.tiles(snapshot),
            "groups": sections.groups(snapshot.curves),
            "hop_line": f"<p class='note'>{sections.hop_line(snapshot)}</p>",
            "decisions": sections.decisions(snapshot),
            "diagnostics": sections.diagnostics(snapshot.diagnostics),
            "said": sections.said(snapshot),
            **{f"robot {robot.name}": sections.robot(robot) for robot in snapshot.robots},
        }
        several = len(snapshot.robots) > 1
        for camera in snapshot.cameras:
            name = f"{camera.robot} · {camera.name}" if several else camera.name
            words[f"camera {camera.robot} {camera.name}"] = f"{name} · {age(camera.age_s)}"
            if camera.image is not None:
                self._images[camera.robot, camera.name].classes("small" if camera.image.shape[1] < 200 else "")
        for place, text in words.items():
            if place in self._html:
                self._html[place].set_content(text)
        for chart, make in self._charts.values():
            _set_options(chart, charts.script(make(snapshot)))
        self._update_buttons("", snapshot.buttons)
        for robot in snapshot.robots:
            self._update_buttons(robot.name, robot.buttons)

    def _update_buttons(self, robot: str, buttons: tuple[Button, ...]) -> None:
        for button in buttons:
            if (robot, button.name) not in self._buttons:  # of a run without a person
                continue
            element = self._buttons[robot, button.name]
            why_not = button.why_not or ("" if self._authorised else NO_KEY)
            self._set(element, disabled=bool(why_not), title=why_not)

    def _words(self, place: str, tag: str = "div") -> None:
        self._html[place] = ui.html("", tag=tag, sanitize=False)

    def _chart(self, name: str, make: Callable[[ViewSnapshot], charts.Options], classes: str) -> None:
        self._charts[name] = ui.echart({}, renderer="svg").classes(classes), make

    @staticmethod
    def _set(element: ui.element, **props: object) -> None:
        """Set properties; only what has changed is sent."""
        if any(element._props.get(name) != value for name, value in props.items()):
            element._props.update(props)
            element.update()


def _set_options(chart: ui.echart, options: charts.Options) -> None:
    if chart.options != options:
        chart.options.clear()
        chart.options.update(options)
        chart.update()


def _div(classes: str) -> ui.element:
    return ui.element("div").classes(classes)


def _card(title: str) -> ui.element:
    card = ui.element("section").classes("card")
    with card:
        ui.html(title, tag="h2", sanitize=False)
    return card


def _legend(name: str) -> None:
    entries = "".join(
        f"<span><i style='background: var(--{colour})'></i>{text}</span>" for text, colour in LEGENDS[name]
    )
    ui.html(f"<div class='legend'>{entries}</div>", sanitize=False)
