import csv
import json
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from PIL import Image

from asterism.plugins.report.server import make_app
from asterism.registry import Registry
from asterism.registry.finished import open_finished
from asterism.registry.runs import run_plan

WORDS = {
    "fruit": ["apple", "pear", "cherry", "plum"],
    "sea": ["wave", "ship", "tide", "anchor"],
    "music": ["violin", "piano", "drum", "tune"],
}
STRANGE = "<img src=x onerror=document.title='bad'>"
Start = Callable[[Path], str]


def done(folder: Path, source: dict[str, Any], stages: list[dict[str, Any]]) -> Path:
    registry = Registry()
    run_plan(registry, registry.plan({"asterism": 1, "name": "small", "source": source, "stages": stages, "cache": "off"}), folder / "run")
    return folder / "run"


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of sixty texts about three themes."""
    folder, rng = tmp_path_factory.mktemp("texts"), np.random.default_rng(0)
    with (folder / "t.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "text", "theme"])
        for number in range(60):
            theme = list(WORDS)[number % 3]
            text = STRANGE if number == 59 else ""
            writer.writerow([f"{theme}-{number:02}", f"{' '.join(rng.choice(WORDS[theme], 6))} {text}", theme])
    stages: list[dict[str, Any]] = [
        {"encoder": "tfidf"},
        {"reducer": "svd", "n_components": 4},
        {"clusterer": "kmeans", "n_clusters": 4, "as": "topics"},
        {"reducer": "pca", "n_components": 2, "from": "svd", "as": "map"},
    ]
    return done(folder, {"modality": "text", "path": str(folder / "t.csv"), "id": "id", "target": "theme"}, stages)


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of twelve pictures, light and dark ones."""
    folder, rng = tmp_path_factory.mktemp("images"), np.random.default_rng(0)
    for number in range(12):
        place = folder / "pictures" / ("dark" if number % 2 else "light")
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 60, (40, 30, 3), np.uint8) + np.uint8(0 if number % 2 else 190)).save(place / f"{number:02}.png")
    stages: list[dict[str, Any]] = [
        {"encoder": "color_histogram"},
        {"clusterer": "kmeans", "n_clusters": 2, "as": "groups"},
        {"reducer": "pca", "n_components": 2, "from": "color_histogram", "as": "map"},
    ]
    return done(folder, {"modality": "image", "path": str(folder / "pictures")}, stages)


def explain(row: int) -> dict[str, Any]:
    """Say why a record is in its group, as an explainer does."""
    return {
        "title": "Waves",
        "text": "because of what it holds",
        "parts": [{"name": STRANGE, "weight": 0.5}, {"name": "ship", "weight": -0.1}],
    }


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Serves a copy of a run and returns the address of its page."""
    servers = []

    def serve(folder: Path) -> str:
        run = open_finished(Registry(), Path(shutil.copytree(folder, tmp_path / "run")))
        listener = socket.create_server(("127.0.0.1", 0))
        app = make_app(run, "t", explain=explain)
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, log_level="critical", lifespan="off", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{listener.getsockname()[1]}/?token=t"

    yield serve
    for server, thread in servers:
        server.should_exit = True
        thread.join()


@pytest.fixture
def open_view(open_page: Callable[..., Any], start: Start) -> Callable[[Path], Any]:
    """Opens the live page of a run and waits for its table."""

    def view(folder: Path) -> Any:
        opened = open_page(start(folder), online=True)
        opened.page.locator("#records table").wait_for()
        return opened

    return view


def card(page: Any, group: int) -> Any:
    page.locator("#groups").scroll_into_view_if_needed()
    return page.locator("article.card", has=page.locator(f'.group-actions[data-group="{group}"]'))


def title(page: Any, group: int) -> str:
    return str(card(page, group).locator("h3").first.text_content())


def rename(page: Any, group: int, name: str) -> None:
    card(page, group).get_by_role("button", name="Rename").click()
    card(page, group).get_by_label("Name").fill(name)
    card(page, group).get_by_role("button", name="Keep the name").click()


def test_a_text_finds_records_like_it_and_they_are_selected(texts: Path, open_view: Callable[[Path], Any]) -> None:
    opened = open_view(texts)
    page = opened.page
    page.get_by_label("Like a text").fill("a violin and a drum")
    page.get_by_label("Like a text").press("Enter")
    page.locator("#find .results h3").wait_for()
    ids = page.locator("#find .results .id").all_text_contents()
    assert ids
    assert all(name.startswith("music") for name in ids[:15])
    assert page.evaluate("Array.from(Asterism.state.selection, (point) => Asterism.content.points.ids[point])") == ids
    page.get_by_label("Like a text").fill("xylograph")
    page.get_by_label("Like a text").press("Enter")
    page.get_by_role("alert").filter(has_text="nothing in it is known to the run").wait_for()
    assert [problem for problem in opened.problems if "422" not in problem] == []


def test_a_record_is_read_whole_and_leads_to_others_like_it(texts: Path, open_view: Callable[[Path], Any]) -> None:
    opened = open_view(texts)
    page = opened.page
    page.get_by_label("Like a record").fill("sea-58")
    page.get_by_label("Like a record").press("Enter")
    page.locator("#find .results .record").first.click()
    panel = page.locator("#record")
    panel.locator("pre.whole").wait_for()
    first = panel.locator("#record-title").text_content()
    assert set(panel.locator("pre.whole").text_content().split()) <= set(WORDS["sea"])
    panel.get_by_role("button", name="Explain").click()
    panel.locator("#record-explanation h3", has_text="Why it is in Waves").wait_for()
    assert panel.locator("#record-explanation li").all_text_contents() == [f"{STRANGE}0.5", "ship-0.1"]
    panel.get_by_role("button", name="More like this").click()
    page.locator("#find .results h3", has_text=first).wait_for()
    with page.expect_download() as download:
        panel.get_by_role("button", name="Save the original").click()
    assert download.value.suggested_filename == f"{first}.txt"
    assert opened.problems == []


def test_markup_in_a_text_is_text(texts: Path, open_view: Callable[[Path], Any]) -> None:
    opened = open_view(texts)
    opened.page.locator("#records").get_by_label("Search").fill("onerror")
    opened.page.locator("#records .count", has_text="1 record").wait_for()
    opened.page.locator("#records table button").first.click()
    opened.page.locator("#record pre.whole", has_text=STRANGE).wait_for()
    assert opened.page.title() != "bad"
    assert opened.problems == []


def test_conditions_filter_the_table_and_what_they_leave_is_saved(texts: Path, open_view: Callable[[Path], Any]) -> None:
    opened = open_view(texts)
    page, records = opened.page, opened.page.locator("#records")
    records.get_by_role("button", name="Add a condition").click()
    records.get_by_label("Column").select_option("target")
    records.get_by_label("Relation").select_option("eq")
    records.get_by_label("Value").fill("sea")
    records.get_by_label("Value").press("Enter")
    records.locator(".count", has_text="20 records").wait_for()
    records.get_by_label("Order").select_option("-id")
    records.get_by_role("button", name="sea-58").wait_for()
    records.get_by_role("button", name="Next").click()
    records.locator(".pager", has_text="20 of 20").wait_for()
    records.get_by_role("button", name="Select all of these").click()
    page.locator("#selection-title", has_text="20 records found").wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as CSV").click()
    lines = list(csv.DictReader(Path(download.value.path()).read_text().splitlines()))
    assert {line["target"] for line in lines} == {"sea"}
    assert len(lines) == 20
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as a source").click()
    saved = [json.loads(line) for line in Path(download.value.path()).read_text().splitlines()]
    assert {line["target"] for line in saved} == {"sea"}
    records.get_by_role("button", name="Remove").click()
    records.locator(".count", has_text="60 records").wait_for()
    assert opened.problems == []


def test_an_answer_that_comes_too_late_is_not_shown(texts: Path, open_view: Callable[[Path], Any]) -> None:
    opened = open_view(texts)
    page, records = opened.page, opened.page.locator("#records")
    held: list[Any] = []
    page.route("**/api/records?*search=a", lambda route: held.append(route))  # playwright keeps a mark on it
    records.get_by_label("Search").fill("a")
    page.wait_for_timeout(400)
    records.get_by_label("Search").fill("sea-58")
    records.locator(".count", has_text="1 record").wait_for()
    (late,) = held
    with page.expect_response("**/api/records?*search=a"):
        late.continue_()
    page.wait_for_timeout(200)
    assert records.locator(".count").inner_text() == "1 record"


def test_a_name_survives_a_reload(texts: Path, open_view: Callable[[Path], Any]) -> None:
    opened = open_view(texts)
    page = opened.page
    rename(page, 1, "By <b>hand</b>")
    page.locator("#groups h3", has_text="By <b>hand</b>").wait_for()
    assert "By <b>hand</b>" in page.locator("#legend-list").text_content()
    page.reload()
    page.locator("#records table").wait_for()
    assert title(page, 1) == "By <b>hand</b>"
    rename(page, 1, "Again")  # which needs the number of edits that the page was made with
    page.locator("#groups h3", has_text="Again").wait_for()
    assert opened.problems == []


def test_joined_groups_survive_a_reload(texts: Path, open_view: Callable[[Path], Any]) -> None:
    opened = open_view(texts)
    page = opened.page
    sizes = page.evaluate("Object.fromEntries(Asterism.content.groupings[0].groups.map(({ group, size }) => [group, size]))")
    card(page, 0).get_by_role("button", name="Join").click()
    card(page, 0).locator('input[type="checkbox"][value="2"]').check()
    card(page, 0).get_by_label("Name of them together").fill("Both")
    with page.expect_navigation():
        card(page, 0).get_by_role("button", name="Join", exact=True).click()
    page.locator("#records table").wait_for()
    assert (title(page, 0), card(page, 2).count()) == ("Both", 0)
    assert card(page, 0).locator(".size").text_content() == f"{sizes['0'] + sizes['2']} records"
    card(page, 0).get_by_role("button", name="All records").click()
    page.locator("#records .count", has_text=f"{sizes['0'] + sizes['2']} records").wait_for()
    assert opened.problems == []


def test_the_second_of_two_viewers_is_told_and_may_reload(texts: Path, open_page: Callable[..., Any], start: Start) -> None:
    address = start(texts)
    first, second = open_page(address, online=True).page, open_page(address, online=True).page
    for page in (first, second):
        page.locator("#records table").wait_for()
    rename(first, 0, "First")
    first.locator("#groups h3", has_text="First").wait_for()
    rename(second, 0, "Second")
    alert = second.get_by_role("alert").filter(has_text="edited in the meantime")
    with second.expect_navigation():
        alert.get_by_role("button", name="Reload").click()
    second.locator("#records table").wait_for()
    assert title(second, 0) == "First"


def test_whoever_comes_back_is_told_what_others_changed(texts: Path, open_page: Callable[..., Any], start: Start) -> None:
    address = start(texts)
    first, second = open_page(address, online=True).page, open_page(address, online=True).page
    second.locator("#records table").wait_for()
    rename(first, 0, "First")
    first.locator("#groups h3", has_text="First").wait_for()
    for page in (first, second):
        with page.expect_response("**/api/edits"):
            page.evaluate("window.dispatchEvent(new Event('focus'))")
    alert = second.get_by_role("alert").filter(has_text="Somebody has edited the groups since")
    with second.expect_navigation():
        alert.get_by_role("button", name="Reload").click()
    second.locator("#records table").wait_for()
    assert title(second, 0) == "First"
    assert first.get_by_role("alert").is_hidden()  # its own edits are no news to it


def test_an_image_finds_those_like_it_and_a_broken_one_is_told(images: Path, open_view: Callable[[Path], Any], tmp_path: Path) -> None:
    opened = open_view(images)
    page = opened.page
    dark = tmp_path / "dark.png"
    Image.fromarray(np.random.default_rng(1).integers(0, 60, (50, 50, 3), np.uint8)).save(dark)
    page.get_by_label("Like an image").set_input_files(dark)
    page.locator("#find .results h3", has_text="nearest to dark.png").wait_for()
    assert all(name.startswith("dark") for name in page.locator("#find .results .id").all_text_contents()[:6])
    file = "(bytes) => new File([new Uint8Array(bytes)], 'dropped.png')"
    dropped = page.evaluate_handle(
        f"(bytes) => {{ const all = new DataTransfer(); all.items.add(({file})(bytes)); return all; }}", list(dark.read_bytes())
    )
    page.dispatch_event("#find .drop", "drop", {"dataTransfer": dropped})
    page.locator("#find .results h3", has_text="nearest to dropped.png").wait_for()
    page.locator("#find .results .record").first.click()
    page.locator("#record img.picture").wait_for()
    page.evaluate("document.querySelector('#record img.picture').decode()")
    assert page.evaluate("document.querySelector('#record img.picture').naturalWidth") == 30
    (tmp_path / "broken.png").write_bytes(dark.read_bytes()[:50])
    page.get_by_label("Like an image").set_input_files(tmp_path / "broken.png")
    page.get_by_role("alert").filter(has_text="image").wait_for()
    assert [problem for problem in opened.problems if "422" not in problem] == []


def test_a_server_that_is_gone_is_told(texts: Path, open_view: Callable[[Path], Any]) -> None:
    opened = open_view(texts)
    opened.page.context.set_offline(True)
    opened.page.locator("#records").get_by_role("button", name="Next").click()
    opened.page.get_by_role("alert").filter(has_text="the server does not answer").wait_for()


def test_the_live_page_is_accessible(texts: Path, open_view: Callable[[Path], Any]) -> None:
    opened = open_view(texts)
    opened.page.get_by_label("Like a text").fill("apple")
    opened.page.get_by_label("Like a text").press("Enter")
    opened.page.locator("#find .results h3").wait_for()
    opened.page.locator("#records").get_by_role("button", name="Add a condition").click()
    card(opened.page, 0).get_by_role("button", name="Join").click()
    opened.page.locator("#records table button").first.click()
    opened.page.locator("#record pre.whole").wait_for()
    opened.page.get_by_label("Like a text").fill("xylograph")
    opened.page.get_by_label("Like a text").press("Enter")
    opened.page.locator(".live-message").wait_for()
    found = Axe().run(opened.page).response["violations"]
    assert [(fault["id"], fault["nodes"][0]["html"]) for fault in found if fault["impact"] in ("serious", "critical")] == []


def test_the_keyboard_alone_is_enough_to_name_a_group(texts: Path, open_view: Callable[[Path], Any]) -> None:
    opened = open_view(texts)
    page = opened.page
    button = card(page, 3).get_by_role("button", name="Rename")
    button.focus()
    page.keyboard.press("Enter")
    page.keyboard.type("Typed")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.closest('.group-actions').dataset.group") == "3"
    button.focus()
    page.keyboard.press("Enter")
    page.keyboard.type("Typed")
    page.keyboard.press("Enter")
    page.locator("#groups h3", has_text="Typed").wait_for()
    assert title(page, 3) == "Typed"
