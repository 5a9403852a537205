"""The live page in a headless Chromium: what is seen, who may press, and that nothing comes from elsewhere."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from doubles.browser import CHROMIUM, Tab, browser
from pages import KEY, PageProcess

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed; the page's own tests need none")
BUTTON = "document.querySelector('button.{}')"
NOTHING_BROKEN = "window.broken = []; addEventListener('error', event => broken.push(event.message));"


@pytest.fixture
def page(tmp_path: Path) -> Iterator[PageProcess]:
    started = PageProcess(tmp_path)
    yield started.tell("play 60")
    started.close()


@pytest.fixture(scope="module")
def new_tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with browser(tmp_path_factory.mktemp("browser")) as make:
        yield make


def opened(tab: Tab, page: PageProcess, key: str = KEY) -> Tab:
    tab.ask("Page.addScriptToEvaluateOnNewDocument", source=NOTHING_BROKEN)
    tab.open(f"{page.url}/?key={key}")
    tab.wait("document.querySelectorAll('svg').length === 3 && document.querySelector('h1').innerText === 'run'")
    return tab


def test_it_shows_the_run_and_all_of_it_comes_from_this_machine(new_tab: Any, page: PageProcess) -> None:
    tab = opened(new_tab(), page)
    text = tab.wait("document.body.innerText.includes('RESETTING') && document.body.innerText")
    for part in ("episode 60 of 100", "waits for confirmation that the area is clear", "actor sample", "base 25 %"):
        assert part in text, part
    tab.wait("[...document.images].length === 2 && [...document.images].every(image => image.naturalWidth === 128)")
    loaded = tab.run("performance.getEntriesByType('resource').map(entry => entry.name)")
    assert loaded
    assert not [name for name in loaded if not name.startswith((page.url, "data:", "blob:"))]
    assert tab.run("broken") == []
    assert tab.run("document.scripts.length && !document.body.innerHTML.includes('<script>alert')")


def test_it_fits_a_phone(new_tab: Any, page: PageProcess) -> None:
    tab = new_tab().open(f"{page.url}/", width=390, height=800)
    tab.wait("document.body.innerText.includes('RESETTING')")
    assert tab.run("document.documentElement.scrollWidth") <= 390


def test_a_press_asks_the_service_and_its_answer_is_shown(new_tab: Any, page: PageProcess) -> None:
    tab = opened(new_tab(), page)
    tab.wait(f"!{BUTTON.format('stop')}.disabled")
    assert tab.run(f"{BUTTON.format('arm')}.disabled"), "the area is not clear yet"
    assert "area is clear" in tab.run(f"{BUTTON.format('arm')}.title")
    tab.run(f"{BUTTON.format('stop')}.click()")
    assert page.line("pressed") == "pressed robot0 stop"
    tab.wait("document.body.innerText.includes('stop was heard')")


def test_without_the_key_all_is_seen_and_nothing_pressed(new_tab: Any, page: PageProcess) -> None:
    tab = opened(new_tab(), page, key="wrong")
    assert "Looking only" in tab.run("document.body.innerText")
    assert tab.wait("[...document.querySelectorAll('.buttons button')].every(button => button.disabled)")
    tab.run("document.querySelectorAll('.buttons button').forEach(b => { b.disabled = false; b.click() })")
    other = opened(new_tab(), page)
    other.run(f"{BUTTON.format('pause')}.click()")
    assert page.line("pressed") == "pressed - pause", "and nothing before it"


def test_two_browsers_may_press_at_once_and_one_may_go_away(new_tab: Any, page: PageProcess) -> None:
    tabs = [opened(new_tab(), page), opened(new_tab(), page)]
    for tab in tabs:
        tab.wait(f"!{BUTTON.format('discard')}.disabled")
    for tab in tabs:
        tab.run(f"{BUTTON.format('discard')}.click()")
    assert {page.line("pressed"), page.line("pressed")} == {"pressed robot0 discard"}
    for tab in tabs:
        tab.wait("document.body.innerText.includes('discard was heard')")
    tabs[0].ask("Page.close")
    page.tell("play 70")
    tabs[1].wait("document.body.innerText.includes('episode 70 of 100')")


def test_a_service_that_does_not_answer_is_told(new_tab: Any, page: PageProcess) -> None:
    tab = opened(new_tab(), page.tell("silent"))
    tab.wait(f"!{BUTTON.format('stop')}.disabled")
    tab.run(f"{BUTTON.format('stop')}.click()")
    tab.wait("document.body.innerText.includes('no answer within 10 s')")


def test_the_end_of_the_run_and_its_report_are_shown(new_tab: Any, page: PageProcess) -> None:
    tab = opened(new_tab(), page)
    page.tell("report").tell("end")
    tab.wait("document.body.innerText.includes('steered 90 %')")
    tab.ask("Page.navigate", url=tab.wait("document.querySelector('.banner a').href"))
    tab.wait("document.body.innerText.includes('the report')")
