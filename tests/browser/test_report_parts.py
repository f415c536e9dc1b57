"""Sections of the report, and content that is strange, empty or much."""

import pytest

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
SECTIONS = ["Map", "Groups", "Hierarchy", "Over time", "Number of groups", "Metrics", "What was run"]


def names_of(page):
    return page.locator("#contents a").all_inner_texts()


@pytest.fixture
def filled(open_content):
    """Opens content, fills its sections and checks that nothing complained."""

    def open_filled(content):
        opened = open_content(content)
        opened.page.evaluate("Asterism.fillAll()")
        assert opened.problems == []
        return opened

    return open_filled


def test_sections_with_content_are_there_and_no_others(filled, make_content):
    page = filled(make_content()).page
    assert names_of(page) == SECTIONS
    assert page.locator("main > section").count() == len(SECTIONS)


def test_cards_show_what_is_known_of_a_group(filled, make_content):
    page = filled(make_content()).page
    card = page.locator(".card").first
    text = card.inner_text()
    assert "Group of 0" in text
    assert "75 records" in text
    assert "cohesion 0.5" in text
    assert "word0" in text
    assert "text number 0" in text
    assert page.locator(".group-actions").first.get_attribute("data-group") == "0"


def test_border_and_nearest_groups_are_told_on_demand(filled, make_content):
    page = filled(make_content()).page
    page.locator("summary", has_text="At the border").first.click()
    page.locator(".card").first.get_by_text("next: Group of 1 (margin 0.02)").wait_for()
    page.locator("summary", has_text="Nearest groups").first.click()
    page.locator(".card").first.get_by_role("button", name="Group of 1", exact=True).click()
    assert page.evaluate("document.activeElement.textContent") == "Group of 1"


def test_groups_are_filtered_and_sorted(filled, make_content):
    content = make_content()
    content["groupings"][0]["groups"][3]["cohesion"] = 0.9
    opened = filled(content)
    opened.page.get_by_label("Order").select_option("cohesion")
    assert opened.page.locator(".card h3").first.inner_text() == "Group of 3"
    opened.page.locator("#groups input[type=search]").fill("word2")
    opened.until("document.querySelectorAll('.card').length === 1")
    assert opened.page.locator("#groups .count").inner_text() == "1 group found"


def test_group_is_shown_on_the_map(filled, make_content):
    opened = filled(make_content())
    opened.page.locator(".card").nth(2).get_by_role("button", name="Show on map").click()
    assert set(opened.page.evaluate("Array.from(Asterism.state.selection, (point) => point % 4)")) == {2}
    opened.until("Asterism.map.camera.zoom > 1.5")


def test_leaf_of_the_tree_shows_its_group(filled, make_content):
    page = filled(make_content()).page
    page.get_by_role("button", name="Show Group of 2").press("Enter")
    assert page.evaluate("document.activeElement.textContent") == "Group of 2"


def test_periods_are_a_table_too(filled, make_content):
    page = filled(make_content()).page
    page.locator("summary", has_text="All as a table").click()
    page.locator("#periods table").wait_for()
    assert page.locator("#periods table tbody tr").count() == 4
    assert page.locator("#periods table tbody tr").first.inner_text().split("\t")[1:] == ["3", "5"]


def test_run_tells_spec_stages_problems_and_what_was_left_out(filled, make_content):
    page = filled(make_content()).page
    text = page.locator("#run").inner_text()
    for wanted in ("300 text records", "made.jsonl", "asterism 0.1.0", "clusterer/kmeans", "500 ms", "1 MB", "1 text was cut", "is empty"):
        assert wanted in text, wanted
    page.locator("summary", has_text="The spec of this run").click()
    page.locator("#run pre").wait_for()
    assert page.locator("#run pre").text_content() == "asterism: 1\nname: made\n"


def test_titles_that_change_are_seen_everywhere(filled, make_content):
    opened = filled(make_content())
    opened.page.evaluate("Asterism.emit('titles', {stage: 'topics', titles: {1: 'renamed'}})")
    assert opened.page.locator(".legend-text").nth(1).inner_text() == "renamed"
    assert opened.page.locator(".card h3").nth(1).inner_text() == "renamed"
    opened.until("Asterism.map.labels.some((label) => label.text === 'renamed')")
    assert opened.page.locator("#hierarchy").get_by_role("button", name="Show renamed").count() == 1


def test_hostile_strings_are_text_everywhere(filled, make_content):
    content = make_content(title=HOSTILE)
    points, run = content["points"], content["run"]
    points["ids"][0] = points["texts"][0] = points["columns"][1]["levels"][0] = HOSTILE
    run |= {
        "problems": [HOSTILE],
        "spec": HOSTILE,
        "source": HOSTILE,
        "quarantine": [dict.fromkeys(("id", "place", "reason", "stage"), HOSTILE)],
    }
    group = content["groupings"][0]["groups"][0]
    record = {"row": 0, "point": 0, "id": HOSTILE, "preview": {"text": HOSTILE}}
    group |= {"title": HOSTILE, "keywords": [HOSTILE], "texts": {HOSTILE: [HOSTILE]}, "exemplars": [record]}
    content["metrics"] = [{"stage": HOSTILE, "name": HOSTILE, "value": 1, "meaning": HOSTILE}]
    content["samples"] = [{"stage": HOSTILE, "component": HOSTILE, "generated": [{"text": HOSTILE}], "real": [{"text": HOSTILE}]}]
    opened = filled(content)
    page = opened.page
    page.on("dialog", lambda dialog: opened.problems.append(dialog.message))
    page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    page.evaluate("Asterism.open(0)")
    page.mouse.move(*page.evaluate("Asterism.map.screen(0)"))
    page.get_by_label("Colour").select_option("target")
    assert page.locator("#record-title").inner_text() == HOSTILE
    assert page.locator("h1").inner_text() == HOSTILE
    assert page.locator(".card h3").first.inner_text() == HOSTILE
    assert page.locator("main img, #record img, main script, #record script").count() == 0
    assert opened.problems == []
    assert opened.tried == []


def test_text_from_right_to_left_keeps_its_direction(filled, make_content):
    content = make_content()
    content["points"]["texts"][0] = "שלום עולם"
    page = filled(content).page
    page.evaluate("Asterism.open(0)")
    assert page.evaluate("getComputedStyle(document.querySelector('#record .snippet')).direction") == "rtl"


def test_text_of_a_megabyte_does_no_harm(filled, make_content):
    content = make_content()
    content["points"]["texts"][0] = "long " * 200_000
    page = filled(content).page
    page.evaluate("Asterism.open(0)")
    page.mouse.move(*page.evaluate("Asterism.map.screen(0)"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 1100


def test_run_without_a_map_says_how_to_get_one(filled, make_content):
    page = filled(make_content(maps=[])).page
    assert "n_components: 2" in page.locator("#no-map").inner_text()
    assert page.locator("#points").is_hidden()
    page.locator(".card").first.get_by_role("button", name="Select").click()
    assert page.locator("#selection-title").inner_text() == "75 records in the group"


def test_run_that_makes_no_vectors_says_nothing_of_a_map(filled, make_content):
    content = make_content(maps=[], groupings=[])
    content["points"]["columns"] = []
    content["run"]["stages"][0]["component"] = "recommender/popular"
    page = filled(content).page
    assert page.locator("#no-map").is_hidden()
    assert page.locator(".frame").is_hidden()
    assert page.locator("#search").is_visible()


def test_one_group_and_nothing_but_points(filled, make_content):
    assert "Hierarchy" not in names_of(filled(make_content(groups=1)).page)
    bare = make_content(groupings=[], metrics=[], maps=[])
    bare["points"] |= {"columns": [], "texts": None}
    page = filled(bare).page
    assert names_of(page) == ["Map", "What was run"]
    page.evaluate("Asterism.open(2)")
    assert page.locator("#record-title").inner_text() == "doc-2"


def test_map_without_columns_is_drawn(filled, make_content):
    content = make_content(groupings=[])
    content["points"] |= {"columns": [], "texts": None}
    page = filled(content).page
    page.mouse.move(*page.evaluate("Asterism.map.screen(0)"))
    assert page.locator("#hover").is_visible()


def test_no_records_at_all(filled, make_content):
    empty = make_content(groupings=[], maps=[], metrics=[])
    empty["points"] |= {"total": 0, "shown": 0, "ids": [], "texts": None, "columns": []}
    empty["run"] |= {"records": 0, "stages": [], "problems": [], "quarantine": [], "spec": "", "date": ""}
    assert names_of(filled(empty).page) == ["Map", "What was run"]


def test_map_of_no_points_or_of_one(filled, make_content):
    one = make_content(n=1, groups=1)
    assert filled(one).page.evaluate("Asterism.map.sees(0)")


def test_rows_of_a_sample_are_told_from_its_points(filled, make_content):
    from asterism.plugins.report.arrays import packed

    content = make_content()
    content["points"] |= {"total": 3000, "rows": packed([10 * point for point in range(300)], "u32")}
    page = filled(content).page
    assert page.evaluate("[Asterism.row(7), Asterism.point(70), Asterism.point(71)]") == [70, 7, None]
    assert "300 of 3,000 records" in page.locator("#run").inner_text()


def test_thousands_of_groups_are_shown_in_parts(filled, make_content):
    opened = filled(make_content(n=10_000, groups=5000))
    page = opened.page
    assert page.locator("#legend-list li").count() == 200
    assert "4,800 more" in page.locator("#legend-more").inner_text()
    assert page.locator(".card").count() == 50
    assert page.locator("#hierarchy .leaf").count() == 60
    page.get_by_label("Filter the legend").fill("Group of 4999")
    opened.until("document.querySelectorAll('#legend-list li').length === 1")
    page.evaluate("Asterism.showGroup('topics', 4999)")
    assert page.evaluate("document.activeElement.textContent") == "Group of 4999"


def test_branch_of_a_large_tree_opens(filled, make_content):
    page = filled(make_content(n=1000, groups=200)).page
    branch = page.locator("#hierarchy .leaf", has_text="groups:").first
    name = branch.text_content()
    branch.press("Enter")
    assert page.get_by_role("button", name="Whole tree").is_visible()
    assert name not in page.locator("#hierarchy svg").text_content()
    page.get_by_role("button", name="Whole tree").click()
    assert page.locator("#hierarchy .leaf", has_text="groups:").first.text_content() == name


def test_thumbnails_show_the_cell_of_their_point(filled, make_content):
    import io

    from PIL import Image

    from asterism.plugins.report.arrays import data_url

    colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)]
    sheet = Image.new("RGB", (32, 32))
    for cell, colour in enumerate(colours):
        sheet.paste(colour, (cell % 2 * 16, cell // 2 * 16, cell % 2 * 16 + 16, cell // 2 * 16 + 16))
    stream = io.BytesIO()
    sheet.save(stream, "PNG")
    content = make_content(n=4)
    content["points"] |= {"texts": None, "thumbs": {"size": 16, "columns": 2, "per_sheet": 4, "sheets": [data_url(stream.getvalue())]}}
    page = filled(content).page
    page.evaluate("Asterism.open(1)")
    shot = Image.open(io.BytesIO(page.locator("#record .thumb").screenshot())).convert("RGB")
    assert shot.getpixel((shot.width // 2, shot.height // 2)) == (0, 255, 0)


def test_new_section_of_a_live_part_has_its_place(filled, make_content):
    page = filled(make_content()).page
    page.evaluate("Asterism.section('more', 'More')")
    assert names_of(page)[-1] == "More"
    assert page.locator("section#more h2").inner_text() == "More"
