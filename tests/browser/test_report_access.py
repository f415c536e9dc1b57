"""The report for everybody: light and dark, phones, keyboards, screen readers, print."""

from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def full_content(make_content):
    """Content with every section."""
    record = {"row": 3, "point": 3, "id": "doc-3", "preview": {"text": "text number 3"}}
    return make_content(
        outliers=[
            {
                "stage": "strangeness",
                "component": "detector/lof",
                "meaning": "higher is more unusual",
                "records": [record | {"score": 0.9}],
                "histogram": {"edges": [0, 1, 2], "counts": [290, 10]},
            }
        ],
        duplicates=[{"stage": "same", "component": "clusterer/minhash", "sets": [{"group": 0, "records": [record, record]}], "total": 1}],
        recommendations=[
            {
                "stage": "offers",
                "component": "recommender/als",
                "users": [
                    {"id": "ann", "touched": ["a"], "touched_total": 9, "items": [{"id": "b", "score": 0.5, "reasons": ["because of a"]}]}
                ],
            }
        ],
        samples=[{"stage": "made", "component": "generator/ngram", "generated": [{"text": "made up"}], "real": [{"text": "from life"}]}],
    )


def open_all(page):
    page.evaluate("Asterism.fillAll()")
    page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    page.evaluate("Asterism.select([1, 2, 3], 'page')")
    page.evaluate("Asterism.open(1)")
    page.wait_for_timeout(100)


def faults(page):
    found = Axe().run(page).response["violations"]
    return [(fault["id"], fault["nodes"][0]["html"][:200]) for fault in found if fault["impact"] in ("serious", "critical")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault(open_content, full_content, scheme):
    opened = open_content(full_content, color_scheme=scheme, reduced_motion="reduce")
    open_all(opened.page)
    assert faults(opened.page) == []
    assert opened.problems == []


def test_axe_finds_no_serious_fault_on_a_page_without_a_map(open_content, make_content):
    page = open_content(make_content(maps=[])).page
    open_all(page)
    assert page.locator("#no-map").is_visible()
    assert faults(page) == []


def test_headings_go_down_one_step_at_a_time(open_content, full_content):
    page = open_content(full_content).page
    open_all(page)
    levels = page.evaluate("Array.from(document.querySelectorAll('main :is(h1,h2,h3,h4,h5,h6)'), (each) => +each.tagName[1])")
    assert levels[0] == 2
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert page.locator("h1").count() == 1


def test_theme_follows_the_system_and_then_the_reader(open_content, make_content):
    page = open_content(make_content(), color_scheme="dark").page
    theme = "document.documentElement.dataset.theme"
    assert page.evaluate(theme) == "dark"
    ground = "getComputedStyle(document.getElementById('stage')).backgroundColor"
    dark = page.evaluate(ground)
    page.get_by_role("button", name="Use the light theme").click()
    assert page.evaluate(theme) == "light"
    assert page.evaluate(ground) != dark
    page.reload()
    page.evaluate("Asterism.map.ready")
    assert page.evaluate(theme) == "light"


def test_phone_shows_the_map_first_and_nothing_is_wider_than_the_screen(open_content, full_content):
    page = open_content(full_content, **PHONE).page
    open_all(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    places = page.evaluate("['#stage', '.side', '#groups'].map((each) => document.querySelector(each).getBoundingClientRect().top)")
    assert places == sorted(places)
    wide = """Array.from(document.querySelectorAll('main *')).filter((each) => !each.closest('.wide, .table, pre') &&
        each.getBoundingClientRect().right > 361 && !each.closest('.visually-hidden')).map((each) => each.outerHTML.slice(0, 80))"""
    assert page.evaluate(wide) == []


def test_tap_on_a_phone_opens_the_record(open_content, make_content):
    page = open_content(make_content(n=8), **PHONE).page
    page.touchscreen.tap(*page.evaluate("Asterism.map.screen(3)"))
    assert page.locator("#record-title").inner_text() == "doc-3"


def test_keyboard_reaches_the_skip_link_the_map_and_the_legend(open_content, make_content):
    page = open_content(make_content()).page
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("[document.activeElement.className, document.activeElement.id].join(' ').trim()"))
    assert reached[0] == "skip"
    for wanted in ("icon theme", "choose-colour", "search", "points", "icon lasso", "legend-name", "only"):
        assert wanted in reached, wanted


def test_keyboard_hides_a_group_by_its_legend(open_content, make_content):
    page = open_content(make_content()).page
    page.locator(".legend-name").nth(1).focus()
    page.keyboard.press("Enter")
    assert page.locator(".legend-name").nth(1).get_attribute("aria-pressed") == "false"
    assert page.locator("#announce").inner_text() == "3 of 4 are shown"


def test_focus_goes_to_the_record_and_back(open_content, make_content):
    page = open_content(make_content()).page
    page.evaluate("Asterism.fillAll()")
    page.locator("#groups .record").first.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "record-title"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.className") == "record"


def test_colours_of_the_first_groups_stand_out_from_both_backgrounds(open_content, make_content):
    page = open_content(make_content()).page
    for theme, ground in (("light", (255, 255, 255)), ("dark", (13, 18, 30))):
        page.evaluate("theme => (document.documentElement.dataset.theme = theme)", theme)
        for rank in range(60):
            assert contrast(page.evaluate("rank => Asterism.colourOf(rank)", rank), ground) >= 2.5, (theme, rank)


def contrast(one, other):
    """As WCAG 2.2 defines it."""

    def luminance(rgb):
        linear = [c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in rgb]
        return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_print_has_all_sections_and_no_controls(open_content, full_content):
    page = open_content(full_content).page
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator(".unfilled").count() == 0
    assert page.locator(".toolbar").is_hidden()
    assert page.locator("#run").is_visible()
