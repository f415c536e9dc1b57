"""The map of the report, in a browser: what is under the pointer, what is chosen, what is seen."""

import base64

import numpy as np

COLUMNS = {"i32": "<i4", "f32": "<f4", "u16": "<u2"}


def unpacked(array):
    return np.frombuffer(base64.b64decode(array["data"]), COLUMNS[array["type"]])


def screen(page, point):
    return page.evaluate("point => Asterism.map.screen(point)", point)


def places_of(page, n):
    return np.array(page.evaluate("n => Array.from({length: n}, (_, i) => Asterism.map.screen(i))", n))


def alone(places):
    """The point that is farthest from its next one: nothing lies over it."""
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    return int(apart.min(axis=1).argmax())


def selected(page):
    return set(page.evaluate("Array.from(Asterism.state.selection)"))


def draw_lasso(page, corners):
    page.keyboard.down("Shift")
    page.mouse.move(*corners[0])
    page.mouse.down()
    for corner in [*corners[1:], corners[0]]:
        page.mouse.move(*corner, steps=4)
    page.mouse.up()
    page.keyboard.up("Shift")


def test_page_from_a_disk_draws_its_map_without_a_network_or_a_complaint(open_content, make_content):
    opened = open_content(make_content())
    assert opened.page.evaluate("Asterism.map.ready")
    assert opened.page.evaluate("Asterism.map.drawn") >= 1
    opened.page.evaluate("Asterism.fillAll()")
    assert opened.problems == []
    assert opened.tried == []


def test_points_are_really_on_the_canvas_in_the_colour_of_their_group(open_content, make_content):
    page = open_content(make_content()).page
    point = alone(places_of(page, 300))
    page.evaluate("document.getElementById('labels').click()")
    found = page.evaluate(
        """async point => {
             Asterism.map.draw();
             await new Promise((done) => requestAnimationFrame(done));
             const copy = document.createElement('canvas'), canvas = document.getElementById('points');
             Object.assign(copy, {width: canvas.width, height: canvas.height});
             const pen = copy.getContext('2d');
             pen.drawImage(canvas, 0, 0);
             const [x, y] = Asterism.map.at(point).map((each) => Math.round(each * Asterism.map.ratio));
             return Array.from(pen.getImageData(x, y, 1, 1).data);
           }""",
        point,
    )
    expected = page.evaluate("point => Asterism.colourOf(Asterism.rankOf(Asterism.column('topics'), point % 4))", point)
    assert found[3] > 150
    assert np.abs(np.array(found[:3]) - expected).max() < 12


def test_hover_shows_the_record_under_the_pointer(open_content, make_content):
    page = open_content(make_content()).page
    point = alone(places_of(page, 300))
    page.mouse.move(*screen(page, point))
    card = page.locator("#hover")
    assert card.is_visible()
    assert f"doc-{point}" in card.inner_text()
    assert f"text number {point} of group {point % 4}" in card.inner_text()
    assert f"Group of {point % 4}" in card.inner_text()
    page.mouse.move(5, 5)
    assert card.is_hidden()


def test_click_opens_the_record_and_escape_closes_it(open_content, make_content):
    page = open_content(make_content()).page
    point = alone(places_of(page, 300))
    page.mouse.click(*screen(page, point))
    assert page.locator("#record-title").inner_text() == f"doc-{point}"
    assert "strangeness" in page.locator("#record").inner_text()
    page.keyboard.press("Escape")
    assert page.locator("#record").is_hidden()


def test_lasso_selects_exactly_the_points_inside(open_content, make_content):
    page = open_content(make_content()).page
    places = places_of(page, 300)
    left, right = np.quantile(places[:, 0], [0.2, 0.8])
    top, bottom = np.quantile(places[:, 1], [0.2, 0.7])
    draw_lasso(page, [(left, top), (right, top), (right, bottom), (left, bottom)])
    inside = (places[:, 0] > left) & (places[:, 0] < right) & (places[:, 1] > top) & (places[:, 1] < bottom)
    assert 0 < inside.sum() < 300
    assert selected(page) == set(np.flatnonzero(inside).tolist())
    assert page.locator("#selection-title").inner_text() == f"{inside.sum()} records in the lasso"


def test_lasso_leaves_out_what_the_legend_hides(open_content, make_content):
    page = open_content(make_content()).page
    page.get_by_role("button", name="Show only Group of 1").click()
    box = page.locator("#points").bounding_box()
    left, top, right, bottom = box["x"] + 4, box["y"] + 4, box["x"] + box["width"] - 4, box["y"] + box["height"] - 4
    page.get_by_role("button", name="Lasso").click()
    page.mouse.move(left + 80, top)
    page.mouse.down()
    for corner in [(right, top), (right, bottom), (left + 80, bottom), (left + 80, top)]:
        page.mouse.move(*corner, steps=3)
    page.mouse.up()
    assert {point % 4 for point in selected(page)} == {1}
    assert page.locator("#lasso").get_attribute("aria-pressed") == "false"


def test_search_finds_texts_and_ids_and_enter_opens_the_first(open_content, make_content):
    opened = open_content(make_content())
    page = opened.page
    page.get_by_label("Search ids and texts").fill("NUMBER 29")
    opened.until("Asterism.state.selection.length > 0")
    assert selected(page) == {29, *range(290, 300)}
    assert page.locator("#selection-title").inner_text() == "11 records found"
    page.keyboard.press("Enter")
    assert page.locator("#record-title").inner_text() == "doc-29"


def test_search_takes_signs_of_regular_expressions_as_they_are(open_content, make_content):
    content = make_content()
    content["points"]["ids"][7] = "a(b[c*"
    opened = open_content(content)
    page = opened.page
    page.get_by_label("Search ids and texts").fill("(b[c*")
    opened.until("Asterism.state.selection.length > 0")
    assert selected(page) == {7}


def test_legend_hides_and_shows_groups(open_content, make_content):
    opened = open_content(make_content())
    page = opened.page
    seen = "Array.from({length: 300}, (_, i) => i).filter(Asterism.map.sees).map((i) => i % 4)"
    name = page.get_by_role("button", name="Group of 2 75", exact=False).first
    name.click()
    opened.until("!Asterism.map.sees(2)")
    assert set(page.evaluate(seen)) == {0, 1, 3}
    assert name.get_attribute("aria-pressed") == "false"
    page.get_by_role("button", name="Show all").click()
    opened.until("Asterism.map.sees(2)")
    page.get_by_role("button", name="Show only Group of 3").click()
    opened.until("!Asterism.map.sees(2)")
    assert set(page.evaluate(seen)) == {3}


def test_filter_keeps_only_the_points_it_names(open_content, make_content):
    opened = open_content(make_content())
    page = opened.page
    page.evaluate("Asterism.emit('filter', {points: [5, 9]})")
    opened.until("!Asterism.map.sees(1)")
    assert page.evaluate("[5, 9, 10].map(Asterism.map.sees)") == [True, True, False]
    page.evaluate("Asterism.emit('filter', {points: null})")
    opened.until("Asterism.map.sees(1)")


def test_colours_come_from_any_column(open_content, make_content):
    page = open_content(make_content()).page
    page.get_by_label("Colour").select_option("target")
    assert page.locator("#legend-list li").count() == 2
    page.get_by_label("Colour").select_option("strangeness")
    assert page.locator("#legend-list li").count() == 0
    assert page.locator(".scale-bar").is_visible()


def test_labels_stand_at_their_groups_and_do_not_overlap(open_content, make_content):
    page = open_content(make_content(n=3000, groups=60)).page
    labels = page.evaluate("Asterism.map.labels")
    assert 10 < len(labels) <= 48
    for i, one in enumerate(labels):
        for other in labels[i + 1 :]:
            apart = (
                one["right"] <= other["left"]
                or other["right"] <= one["left"]
                or one["bottom"] <= other["top"]
                or other["bottom"] <= one["top"]
            )
            assert apart, (one["text"], other["text"])


def test_labels_of_hidden_groups_are_gone_and_zooming_in_brings_more(open_content, make_content):
    opened = open_content(make_content(n=3000, groups=60))
    page = opened.page
    page.get_by_role("button", name="Show only Group of 3", exact=True).click()
    opened.until("Asterism.map.labels.length === 1")
    assert page.evaluate("Asterism.map.labels[0].text") == "Group of 3"
    page.get_by_role("button", name="Show all").click()
    page.evaluate("Asterism.zoomTo(Asterism.pointsOfGroup('topics', 40))")
    opened.until("Asterism.map.labels.some((label) => label.text === 'Group of 40')")


def test_keyboard_moves_zooms_resets_and_opens_the_record_in_the_middle(open_content, make_content):
    opened = open_content(make_content())
    page = opened.page
    page.locator("#points").focus()
    page.evaluate("Asterism.map.camera.goTo(Asterism.map.places().places[0], Asterism.map.places().places[1], 4)")
    opened.until("Math.abs(Asterism.map.camera.zoom - 4) < 0.01")
    before = page.evaluate("[Asterism.map.camera.x, Asterism.map.camera.zoom]")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("+")
    after = page.evaluate("[Asterism.map.camera.x, Asterism.map.camera.zoom]")
    assert after[0] > before[0]
    assert after[1] > before[1]
    page.keyboard.press("ArrowLeft")
    opened.until("document.getElementById('announce').textContent.includes('Enter opens it')")
    point = page.evaluate("Asterism.map.hovered")
    page.keyboard.press("Enter")
    assert page.locator("#record-title").inner_text() == f"doc-{point}"
    page.keyboard.press("Escape")
    page.keyboard.press("0")
    opened.until("Math.abs(Asterism.map.camera.zoom - 1) < 1e-6 && Math.abs(Asterism.map.camera.x) < 1e-6")


def test_drag_moves_the_map_and_the_wheel_zooms_at_the_pointer(open_content, make_content):
    opened = open_content(make_content())
    page = opened.page
    before = np.array(screen(page, 0))
    page.mouse.move(500, 400)
    page.mouse.down()
    page.mouse.move(560, 430, steps=3)
    page.mouse.up()
    assert np.allclose(screen(page, 0), np.add(before, (60, 30)), atol=1)
    at = screen(page, 0)
    page.mouse.move(*at)
    page.mouse.wheel(0, -300)
    opened.until("Asterism.map.camera.zoom > 1.3")
    assert np.allclose(screen(page, 0), at, atol=1)


def test_two_fingers_zoom_and_one_moves(open_content, make_content):
    page = open_content(make_content(), has_touch=True).page
    fingers = """moves => moves.forEach(([type, id, x, y]) => document.getElementById('points').dispatchEvent(
        new PointerEvent(type, {pointerId: id, pointerType: 'touch', clientX: x, clientY: y, bubbles: true, isPrimary: id === 1})))"""
    page.evaluate("document.getElementById('points').setPointerCapture = () => null")  # made-up fingers cannot be captured
    page.evaluate(fingers, [["pointerdown", 1, 400, 400], ["pointerdown", 2, 500, 400], ["pointermove", 2, 600, 400]])
    assert page.evaluate("Asterism.map.camera.zoom") > 1.8
    page.evaluate(fingers, [["pointerup", 2, 600, 400], ["pointerup", 1, 400, 400]])
    before = np.array(screen(page, 0))
    page.evaluate(
        fingers, [["pointerdown", 1, 400, 400], ["pointermove", 1, 430, 400], ["pointermove", 1, 440, 410], ["pointerup", 1, 440, 410]]
    )
    assert np.allclose(screen(page, 0), np.add(before, (40, 10)), atol=1)


def test_second_map_can_be_chosen(open_content, make_content):
    content = make_content()
    first = content["maps"][0]
    content["maps"].append({"stage": "other", "component": "reducer/tsne", "x": first["y"], "y": first["x"]})
    opened = open_content(content)
    page = opened.page
    before = screen(page, 0)
    page.locator("#choose-map").select_option("other")
    opened.until("before => Math.abs(Asterism.map.screen(0)[0] - before[0]) > 5", before)


def test_few_points_far_away_do_not_make_the_map_small(open_content, make_content):
    content = make_content()
    x = unpacked(content["maps"][0]["x"]).copy()
    x[7] = 12
    content["maps"][0]["x"] = {"type": "f32", "data": base64.b64encode(x.tobytes()).decode()}
    opened = open_content(content)
    assert opened.page.evaluate("Asterism.map.camera.zoom") > 1.5
    opened.page.get_by_role("button", name="Reset the map").click()
    opened.until("Math.abs(Asterism.map.camera.zoom - 1) < 1e-6")
    places = places_of(opened.page, 300)
    stage = opened.page.locator("#points").bounding_box()
    assert (places[:, 0] > stage["x"]).all()
    assert (places[:, 0] < stage["x"] + stage["width"]).all()


def test_points_without_a_place_are_left_out(open_content, make_content):
    content = make_content()
    x = unpacked(content["maps"][0]["x"]).copy()
    x[3] = np.nan
    content["maps"][0]["x"] = {"type": "f32", "data": base64.b64encode(x.tobytes()).decode()}
    opened = open_content(content)
    assert opened.page.evaluate("[3, 4].map(Asterism.map.sees)") == [False, True]
    assert opened.problems == []


def test_without_webgl_the_page_says_so_and_the_rest_works(open_page, make_content, tmp_path):
    from asterism.plugins.report.writing import render

    path = tmp_path / "report.html"
    refuse = """<script>{
        const get = HTMLCanvasElement.prototype.getContext;
        HTMLCanvasElement.prototype.getContext = function (kind) { return kind === "webgl" ? null : get.apply(this, arguments); };
    }</script>"""
    path.write_text(render(make_content()).replace("<body>", f"<body>{refuse}"), encoding="utf-8")
    opened = open_page(path.as_uri())
    assert opened.page.evaluate("Asterism.map.ready") is False
    assert opened.page.locator("#no-webgl").is_visible()
    opened.page.get_by_label("Search ids and texts").fill("number 299")
    opened.until("Asterism.state.selection.length === 1")
    opened.page.evaluate("Asterism.fillAll()")
    assert opened.page.locator(".card").count() == 4
    assert opened.problems == []


def test_pictures_lie_apart_on_the_map_and_open_their_record(open_content, make_content):
    import io

    from PIL import Image

    from asterism.plugins.report.arrays import data_url

    stream = io.BytesIO()
    Image.new("RGB", (32 * 16, 32 * 16), (200, 30, 30)).save(stream, "PNG")
    content = make_content()
    content["points"]["thumbs"] = {"size": 16, "columns": 32, "per_sheet": 1024, "sheets": [data_url(stream.getvalue())]}
    opened = open_content(content)
    page = opened.page
    boxes = page.evaluate("Asterism.pictureBoxes()")
    assert len(boxes) > 4
    for i, one in enumerate(boxes):
        for other in boxes[i + 1 :]:
            assert max(abs(one["left"] - other["left"]), abs(one["top"] - other["top"])) > one["right"] - one["left"] - 1
    corner = boxes[0]["left"] + 3, boxes[0]["top"] + 3
    point = page.evaluate("place => Asterism.pictureAt(...place)", corner)
    stage = page.locator("#points").bounding_box()
    page.mouse.click(stage["x"] + corner[0], stage["y"] + corner[1])
    assert page.locator("#record-title").inner_text() == f"doc-{point}"
    page.get_by_label("Pictures").uncheck()
    opened.until("Asterism.pictureBoxes().length === 0")
    assert opened.problems == []
