"""The page in a real browser: Chromium by Playwright, accessibility by axe-core."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from repro import claims, report
from tests.claims.fabricated import record, sound

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
HOW = "pip install playwright axe-playwright-python; apt-get install chromium"
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=f"needs Chromium: {HOW}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason=f"needs Playwright: {HOW}")
    with playwright.sync_playwright() as started:
        # No sandbox: the tests run as root in containers, and the page is our own file.
        launched = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    originals = folder / "originals"
    originals.mkdir()
    for name in ("cat.1.jpg", "dog.1.jpg", "cat.2.jpg"):
        Image.fromarray(np.full((20, 30, 3), 90, np.uint8)).save(originals / name)
    real = [
        record(observations=sound()),
        record("technique-2 <script>alert(1)</script>", (0.9, 0.91), seconds=75.0),
    ]
    comparison = report.compare(real[:1], real[1:])
    return {
        "real": report.build(real, folder / "real.html", originals=originals),
        "comparison": report.compare_page(comparison, folder / "comparison.html"),
    }


class Visit:
    """A page that is open, and what happened since."""

    def __init__(self, browser: Any, path: Path, **context: Any) -> None:
        # Without smooth scrolling, which every click would wait for.
        self.context = browser.new_context(reduced_motion="reduce", **context)
        self.page = self.context.new_page()
        self.problems: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.problems.append(message.text))
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("dialog", lambda dialog: self.problems.append(dialog.message))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(path.as_uri())

    def rows(self, table: str = "claims") -> list[str]:
        found: list[str] = self.page.eval_on_selector_all(
            f"#{table} tbody tr", "rows => rows.filter(r => r.checkVisibility()).map(r => r.id)"
        )
        return found

    def judged(self) -> int:
        """How many statements are not folded away as not run."""
        return len(claims.CLAIMS) - int(self.page.locator("#open-claims tbody tr").count())


@pytest.fixture
def visit(browser: Any, pages: dict[str, Path]) -> Iterator[Any]:
    opened: list[Visit] = []

    def open_page(name: str, **context: Any) -> Visit:
        opened.append(Visit(browser, pages[name], **context))
        return opened[-1]

    yield open_page
    for one in opened:
        one.context.close()


@pytest.mark.parametrize(
    ("name", "scheme", "viewport"),
    [
        pytest.param("real", "light", DESKTOP, id="real-light-desktop"),
        pytest.param("real", "dark", PHONE, id="real-dark-phone"),
        pytest.param("comparison", "light", PHONE, id="comparison-light-phone"),
    ],
)
def test_it_is_accessible_quiet_and_fits(
    visit: Any, name: str, scheme: str, viewport: dict[str, int]
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason=f"needs axe: {HOW}")
    one = visit(name, viewport=viewport, color_scheme=scheme)
    found = axe.Axe().run(one.page)
    assert found.violations_count == 0, found.generate_report()
    assert one.problems == []
    assert [url for url in one.requests if not url.startswith(("file:", "data:"))] == []
    assert one.page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


def test_verdicts_filter_and_the_count_follows(visit: Any) -> None:
    one = visit("real", viewport=DESKTOP)
    assert len(one.rows()) == one.judged()
    one.page.uncheck("input[value='reproduced']")
    left = one.rows()
    assert 0 < len(left) < one.judged()
    assert "claim-three-layers" in left
    assert one.page.inner_text("#shown") == f"{len(left)} of {one.judged()} statements"
    one.page.fill("#search", "THREE LAYERS")
    assert one.rows() == ["claim-three-layers"]
    one.page.fill("#search", "nothing like this")
    assert one.rows() == []


def test_what_was_not_run_unfolds_by_a_click_a_link_and_a_search(visit: Any) -> None:
    one = visit("real", viewport=DESKTOP)
    assert one.rows("open-claims") == []
    one.page.click("#waiting summary")
    assert len(one.rows("open-claims")) == len(claims.CLAIMS) - one.judged() > 0
    one.page.click("#waiting summary")
    assert one.rows("open-claims") == []
    one.page.click("#accuracies a[href='#claim-scratch-accuracy']")
    assert "claim-scratch-accuracy" in one.rows("open-claims")
    one.page.click("#waiting summary")
    one.page.fill("#search", "from scratch reaches about 82 %")
    assert one.rows("open-claims") == ["claim-scratch-accuracy"]


def test_columns_sort_both_ways_and_numbers_as_numbers(visit: Any) -> None:
    one = visit("real", viewport=DESKTOP)
    original = one.rows()
    header = one.page.locator("#claims th[data-key=statement]")
    header.locator("button").click()
    assert header.get_attribute("aria-sort") == "ascending"
    ascending = one.rows()
    assert sorted(ascending) == sorted(original)
    assert ascending != original
    header.locator("button").press("Enter")
    assert header.get_attribute("aria-sort") == "descending"
    assert one.rows() == ascending[::-1]
    one.page.locator("#claims th[data-key=published] button").click()
    assert header.get_attribute("aria-sort") is None
    numbers = [row for row in one.rows() if row in ("claim-trainable-frozen", "claim-base-params")]
    assert numbers == ["claim-trainable-frozen", "claim-base-params"]
    one.page.locator("#claims th[data-key=verdict] button").click()
    verdicts = one.page.eval_on_selector_all(
        "#claims tbody tr", "rows => rows.map(r => Number(r.dataset.order))"
    )
    assert verdicts == sorted(verdicts)


def test_without_javascript_everything_is_there(visit: Any) -> None:
    one = visit("real", viewport=PHONE, java_script_enabled=False)
    assert one.page.locator(".ledger tbody tr").count() == len(claims.CLAIMS)
    assert one.page.locator("#claims tbody tr").last.is_visible()
    assert not one.page.locator("#controls").is_visible()
    assert one.page.locator("#curves svg").first.is_visible()
    one.page.click("#waiting summary")
    assert one.page.locator("#open-claims tbody tr").last.is_visible()


def test_in_print_the_ledger_is_whole_and_the_controls_are_gone(visit: Any) -> None:
    one = visit("real", viewport=DESKTOP)
    one.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    one.page.emulate_media(media="print")
    assert not one.page.locator("#controls").is_visible()
    assert len(one.rows()) + len(one.rows("open-claims")) == len(claims.CLAIMS)
    assert one.page.evaluate("[...document.querySelectorAll('details')].every(d => d.open)")
    assert len(one.page.pdf()) > 10_000


def test_pictures_load_and_names_stay_text(visit: Any) -> None:
    one = visit("real", viewport=DESKTOP)
    sizes = one.page.eval_on_selector_all("img", "found => found.map(i => i.naturalWidth)")
    assert len(sizes) > 3
    assert set(sizes) == {150}
    assert "technique-2 <script>alert(1)</script>" in one.page.inner_text("#curves")
    assert one.problems == []


def test_dark_and_light_differ_in_the_figures_too(visit: Any) -> None:
    one, colours = visit("real", viewport=DESKTOP), set()
    for scheme in ("light", "dark"):
        one.page.emulate_media(color_scheme=scheme)
        colours.add(one.page.eval_on_selector("#curves svg text", "t => getComputedStyle(t).fill"))
    assert len(colours) == 2
