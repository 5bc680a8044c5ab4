"""The report in a real browser: it works from a file, alone, in both languages; no reply can do harm."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "report"))  # the sample lives beside the unit tests

import report_sample as sample

from cvalues.report.html import render_html

playwright = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.browser

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[playwright.Browser]:
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield running
        running.close()


class Window:
    """A page with the report open, and everything it complained of or asked for."""

    def __init__(self, browser: playwright.Browser, path: Path, *, query: str = "", **options: object) -> None:
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.complaints.append(dialog.message), dialog.dismiss()))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(path.as_uri() + query)

    def width(self) -> int:
        return self.page.evaluate("document.documentElement.scrollWidth")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("reports")
    made = {kind: folder / f"{kind}.html" for kind in ("average", "hostile")}
    for kind, path in made.items():
        path.write_text(render_html(sample.report(kind, families=36 if kind == "average" else 6)), encoding="utf-8")
    return made


@pytest.fixture
def window(browser: playwright.Browser, files: dict[str, Path]) -> Iterator[Window]:
    opened = Window(browser, files["average"], viewport={"width": 1280, "height": 900})
    yield opened
    opened.context.close()


def test_the_file_opens_without_a_complaint_and_asks_for_nothing_else(window: Window, files: dict[str, Path]) -> None:
    assert window.page.locator("h1").inner_text() == "sample/average"
    assert window.requests == [files["average"].as_uri()]
    assert window.complaints == []


def test_style_and_script_pass_the_policy_of_the_page(window: Window) -> None:
    assert window.page.evaluate("document.documentElement.classList.contains('js')")
    assert window.page.locator(".tile.lead").evaluate("tile => getComputedStyle(tile).borderTopLeftRadius") == "8px"


def test_the_button_changes_the_language_and_nothing_is_remembered(window: Window) -> None:
    page, heading = window.page, window.page.locator("#outcomes h2")
    assert heading.inner_text() == "结局与判读"
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    page.get_by_role("button", name="English").click()
    assert heading.inner_text() == "Outcomes"
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.get_by_role("button", name="English").get_attribute("aria-pressed") == "true"
    assert page.locator("select[name=kind] option").nth(1).inner_text().startswith("wrong (")
    page.reload()
    assert heading.inner_text() == "结局与判读"
    assert page.evaluate("document.cookie + (localStorage.length + sessionStorage.length)") == "0"


@pytest.mark.parametrize("query", ["?lang=en", "#en"])
def test_the_address_can_ask_for_english(browser: playwright.Browser, files: dict[str, Path], query: str) -> None:
    opened = Window(browser, files["average"], query=query)
    assert opened.page.locator("#order h2").inner_text() == "Order effects"
    opened.context.close()


@pytest.mark.parametrize("name", ["category", "level", "kind", "outcome"])
def test_every_filter_leaves_just_the_cases_it_names(window: Window, name: str) -> None:
    page = window.page
    everything = page.locator(".case").count()
    value = page.locator(f"select[name={name}] option").last.get_attribute("value") or ""
    page.locator(f"select[name={name}]").select_option(value)
    shown = page.locator(".case:visible")
    assert 0 < shown.count() < everything
    assert {case.get_attribute(f"data-{name}") for case in shown.all()} == {value}
    assert page.locator(".count").inner_text() == f"显示 {shown.count()} / {everything} 例"
    page.get_by_role("button", name="清除筛选").click()
    page.wait_for_function("document.querySelectorAll('.case[hidden]').length === 0")
    assert window.complaints == []


def test_filters_that_nothing_fits_say_so(window: Window) -> None:
    page = window.page
    page.locator("select[name=kind]").select_option("wrong")
    page.locator("select[name=outcome]").select_option("failed")
    assert page.locator(".case:visible").count() == 0
    assert page.locator(".empty").is_visible()


def test_without_script_all_cases_are_there_and_a_link_changes_the_language(
    browser: playwright.Browser, files: dict[str, Path]
) -> None:
    opened = Window(browser, files["average"], java_script_enabled=False)
    page = opened.page
    assert page.locator(".case:visible").count() == page.locator(".case").count() > 30
    assert not page.locator(".filters").is_visible()
    assert page.locator("#order h2").inner_text() == "顺序影响"
    page.get_by_role("link", name="English").click()
    assert page.locator("#order h2").inner_text() == "Order effects"
    opened.context.close()


def test_a_hostile_reply_runs_nothing_and_loads_nothing(browser: playwright.Browser, files: dict[str, Path]) -> None:
    opened = Window(browser, files["hostile"], viewport={"width": 390, "height": 800})
    page = opened.page
    page.wait_for_timeout(300)
    assert page.evaluate("window.ran") is None
    assert page.title().startswith("sample/hostile")
    assert page.locator(".case:visible").count() == 24
    assert page.locator(".case img, .case script, .case style, .case a").count() == 0
    assert opened.requests == [files["hostile"].as_uri()]
    assert opened.complaints == []
    assert opened.width() <= 390
    opened.context.close()


@pytest.mark.parametrize("query", ["?lang=zh", "?lang=en"])
@pytest.mark.parametrize("width", [390, 768, 1024, 1280])
def test_nothing_is_wider_than_the_window(
    browser: playwright.Browser, files: dict[str, Path], width: int, query: str
) -> None:
    opened = Window(browser, files["average"], query=query, viewport={"width": width, "height": 800})
    assert opened.width() <= width
    opened.context.close()


def test_print_holds_all_sections_and_no_buttons(window: Window) -> None:
    page = window.page
    page.emulate_media(media="print")
    assert all(section.is_visible() for section in page.locator("section").all())
    assert page.locator("button:visible, nav:visible, .filters:visible").count() == 0
    assert page.locator("table.rates thead").first.is_visible()
    printed = page.pdf(format="A4")
    assert printed.startswith(b"%PDF") and printed.count(b"/Type /Page\n") > 5


def test_a_keyboard_reaches_the_content_first(window: Window) -> None:
    window.page.keyboard.press("Tab")
    assert window.page.evaluate("document.activeElement.getAttribute('href')") == "#main"
