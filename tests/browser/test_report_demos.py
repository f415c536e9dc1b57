"""The report of each demo, made by the command and opened from a disk without a network; and the pictures of the docs."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

DEMOS = ["text", "image", "video", "recommend", "generate"]
LARGEST = {"text": 6_000_000, "image": 6_000_000}
PICTURES = os.environ.get("ASTERISM_SCREENSHOTS")
"""A folder into which pictures of the pages are written for the docs."""


@pytest.fixture(scope="module", params=DEMOS)
def report(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / request.param
    subprocess.run(
        [Path(sys.executable).parent / "asterism", "demo", request.param, "--out", folder, "--quiet"], check=True, capture_output=True
    )
    return request.param, folder / "report.html"


@pytest.fixture
def opened(report, open_page):
    page = open_page(report[1].as_uri(), viewport={"width": 1360, "height": 900})
    page.page.evaluate("Asterism.map.ready")
    return page


def test_demo_opens_from_a_disk_without_a_complaint_or_a_request(report, opened):
    demo, path = report
    page = opened.page
    page.evaluate("Asterism.fillAll()")
    page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    page.wait_for_timeout(300)
    assert opened.problems == []
    assert opened.tried == []
    assert page.locator("h1").inner_text() == f"demo-{demo}"
    assert path.stat().st_size < LARGEST.get(demo, 40_000_000)
    assert not re.search(r"""(src|href)=["']?https?:""", path.read_text(encoding="utf-8"))
    if page.evaluate("Asterism.map.works()"):
        hover_shows_the_record(page)
    if page.evaluate("Asterism.count"):
        search_finds_the_first_record(opened)
    picture(opened, demo)


def hover_shows_the_record(page):
    page.evaluate("scrollTo(0, 0)")
    page.evaluate("Object.assign(Asterism.map.camera, {x: 0, y: 0, zoom: 1}).resize(Asterism.map.camera.width, Asterism.map.camera.height)")
    page.mouse.move(*page.evaluate("Asterism.map.screen(5)"))
    shown = page.evaluate("Asterism.map.hovered")
    assert page.evaluate("point => Asterism.content.points.ids[point]", shown) in page.locator("#hover").inner_text()
    (left, top), (other_left, other_top) = (page.evaluate("point => Asterism.map.at(point)", point) for point in (5, shown))
    assert abs(left - other_left) < 24  # half of a picture, which may lie over other points
    assert abs(top - other_top) < 24


def search_finds_the_first_record(opened):
    first = opened.page.evaluate("Asterism.content.points.ids[0]")
    opened.page.get_by_label("Search ids and texts").fill(first)
    opened.until("Array.from(Asterism.state.selection).includes(0)")
    opened.page.get_by_role("button", name="Clear", exact=True).click()


def picture(opened, demo):
    if not PICTURES or demo not in ("text", "image"):
        return
    page = opened.page
    load_again(page)
    save(page, f"report-{demo}")
    if demo == "text":
        page.get_by_role("button", name="Use the dark theme").click()
        page.mouse.move(2, 2)
        page.wait_for_timeout(300)
        save(page, "report-dark")
    if demo == "image":
        page.evaluate("document.getElementById('groups').scrollIntoView()")
        page.wait_for_timeout(800)
        save(page, "report-groups")


def load_again(page):
    page.reload()
    page.evaluate("Asterism.map.ready")
    page.mouse.move(2, 2)
    page.wait_for_timeout(400)


def save(page, name):
    from PIL import Image

    path = Path(PICTURES) / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path)
    Image.open(path).convert("RGB").save(path, optimize=True)
    assert path.stat().st_size < 300_000
