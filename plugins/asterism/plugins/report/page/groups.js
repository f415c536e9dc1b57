/* The groups of a run as cards: what each is about, what is typical of it, what lies at its border. */
"use strict";
(function (A) {
  const PAGE = 50;
  const view = { stage: null, sort: "size", wanted: "", page: 0 };
  let cards = null;

  const byNumber = (name) => (a, b) =>
    (b[name] === null) - (a[name] === null) ? (a[name] === null) - (b[name] === null) : b[name] - a[name];
  const SORTS = {
    size: ["Largest first", byNumber("size")],
    cohesion: ["Most alike first", byNumber("cohesion")],
    title: ["By title", (a, b) => a.title.localeCompare(b.title)],
  };

  const grouping = () => A.grouping(view.stage);

  function matching() {
    const wanted = view.wanted.toLowerCase();
    const found = grouping().groups.filter(
      (group) => !wanted || [group.title, ...group.keywords].some((text) => text.toLowerCase().includes(wanted)),
    );
    return found.sort((a, b) => (a.group === -1) - (b.group === -1) || SORTS[view.sort][1](a, b));
  }

  function draw() {
    const found = matching();
    const pages = Math.max(1, Math.ceil(found.length / PAGE));
    view.page = Math.min(view.page, pages - 1);
    cards.list.replaceChildren(...found.slice(view.page * PAGE, (view.page + 1) * PAGE).map(card));
    cards.count.textContent = `${A.counted(found.length, "group")}${view.wanted ? " found" : ""}`;
    [cards.pager, cards.pagerBelow].forEach((pager) => fillPager(pager, pages));
  }

  function fillPager(pager, pages) {
    const step = function (by) {
      view.page += by;
      draw();
      A.byId("groups").scrollIntoView();
    };
    const [back, on] = [A.button("Previous", () => step(-1)), A.button("Next", () => step(1))];
    Object.assign(back, { disabled: view.page === 0 });
    Object.assign(on, { disabled: view.page === pages - 1 });
    pager.hidden = pages === 1;
    pager.replaceChildren(back, A.el("span", { text: `Page ${view.page + 1} of ${pages}` }), on);
  }

  function card(group) {
    const rank = A.groupRank(view.stage, group.group);
    const id = cardId(group.group);
    const head = A.el(
      "header",
      {},
      A.swatch(rank),
      A.el("h3", { text: A.titleOf(view.stage, group.group), attrs: { dir: "auto", id, tabindex: "-1" } }),
      A.el("span", { class: "size", text: A.counted(group.size, "record") }),
    );
    return A.el("article", { class: "card", attrs: { "aria-labelledby": id } }, head, ...body(group).filter(Boolean), actions(group));
  }

  const cardId = (group) => `group-${grouping().groups.findIndex((each) => each.group === group)}`;

  function body(group) {
    const sheet = `Records of ${group.title}`;
    return [
      group.cohesion === null ? null : A.el("p", { class: "cohesion" }, A.meter(group.cohesion, `cohesion ${A.decimal(group.cohesion)}`)),
      group.keywords.length
        ? A.el(
            "ul",
            { class: "chips", attrs: { "aria-label": "Keywords" } },
            ...group.keywords.map((word) => A.el("li", { text: word, attrs: { dir: "auto" } })),
          )
        : null,
      group.sheet ? A.el("img", { class: "sheet", attrs: { src: group.sheet, alt: sheet, loading: "lazy" } }) : null,
      group.exemplars.length ? A.records(group.exemplars.slice(0, group.sheet ? 0 : 2)) : null,
      ...further(group),
    ];
  }

  function further(group) {
    const rest = group.exemplars.slice(group.sheet ? 0 : 2);
    return [
      rest.length ? A.details(`${group.sheet ? "Typical" : "More typical"} records (${rest.length})`, () => A.records(rest)) : null,
      group.borderline.length ? A.details(`At the border (${group.borderline.length})`, () => A.records(group.borderline, border)) : null,
      group.nearest.length ? A.details(`Nearest groups (${group.nearest.length})`, () => nearest(group)) : null,
      ...Object.entries(group.texts || {})
        .filter(([, texts]) => texts.length)
        .map(([name, texts]) => A.details(name[0].toUpperCase() + name.slice(1), () => lines([texts].flat()))),
    ];
  }

  const lines = (texts) => A.el("ul", { class: "lines" }, ...texts.map((text) => A.el("li", { text, attrs: { dir: "auto" } })));

  const border = ({ next, margin }) =>
    `next: ${A.titleOf(view.stage, next)}${margin === null || margin === undefined ? "" : ` (margin ${A.decimal(margin)})`}`;

  function nearest(group) {
    const stage = view.stage;
    return A.el(
      "ul",
      { class: "links" },
      ...group.nearest.map((near) => {
        const title = A.titleOf(stage, near.group);
        const link = A.button(title, () => A.showGroup(stage, near.group), "link");
        link.dir = "auto";
        return A.el(
          "li",
          {},
          A.swatch(A.groupRank(stage, near.group)),
          link,
          A.el("span", { class: "note", text: `similarity ${A.decimal(near.similarity)}` }),
        );
      }),
    );
  }

  function actions(group) {
    const stage = view.stage;
    const choose = () => A.showPoints(A.pointsOfGroup(stage, group.group));
    const button = A.columnOf(stage) ? A.button(A.map.works() ? "Show on map" : "Select", choose) : null;
    const bar = A.el("div", { class: "group-actions" }, button);
    Object.assign(bar.dataset, { stage, group: group.group });
    return bar;
  }

  A.showPoints = function (points) {
    A.select(points, "group");
    A.byId("map").scrollIntoView({ behavior: A.calm() ? "auto" : "smooth" });
    A.zoomTo(points);
  };

  /* Turn the page to the card of a group and put the focus there. */
  A.showGroup = function (stage, group) {
    A.fillAll();
    choose(stage);
    Object.assign(view, { wanted: "" });
    cards.filter.value = "";
    view.page = Math.max(0, Math.floor(matching().findIndex((each) => each.group === group) / PAGE));
    draw();
    const title = A.byId(cardId(group));
    if (!title) return;
    title.scrollIntoView({ block: "center", behavior: A.calm() ? "auto" : "smooth" });
    title.focus({ preventScroll: true });
  };

  function choose(stage) {
    Object.assign(view, { stage, page: 0 });
    cards.choose.value = stage;
  }

  function labelled(text, field) {
    return A.el("label", {}, A.el("span", { text }), field);
  }

  function selectOf(options, changed) {
    const field = A.el("select", { on: { change: () => changed(field.value) } });
    field.append(...options.map(([value, text]) => A.el("option", { text, attrs: { value } })));
    return field;
  }

  function controls() {
    const stages = A.content.groupings.map(({ stage, component }) => [stage, `${stage} (${component})`]);
    cards.choose = selectOf(stages, (stage) => [choose(stage), draw()]);
    const sort = selectOf(
      Object.entries(SORTS).map(([name, [text]]) => [name, text]),
      (name) => [Object.assign(view, { sort: name, page: 0 }), draw()],
    );
    cards.filter = A.el("input", { attrs: { type: "search", placeholder: "title or keyword" } });
    cards.filter.addEventListener(
      "input",
      A.later(() => [Object.assign(view, { wanted: cards.filter.value.trim(), page: 0 }), draw()], 100),
    );
    const chooser = labelled("Grouping", cards.choose);
    chooser.hidden = stages.length < 2;
    return A.el("div", { class: "controls" }, chooser, labelled("Order", sort), labelled("Filter", cards.filter), cards.count);
  }

  function build() {
    cards = { list: A.el("div", { class: "cards" }), count: A.el("span", { class: "count", attrs: { role: "status" } }) };
    Object.assign(cards, { pager: A.el("div", { class: "pager" }), pagerBelow: A.el("div", { class: "pager" }) });
    const bar = controls();
    choose(A.state.grouping || A.content.groupings[0].stage);
    draw();
    return [bar, cards.pager, cards.list, cards.pagerBelow];
  }

  A.on("titles", () => cards && draw());
  A.startGroups = function () {
    if (!A.content.groupings.some((each) => each.groups.length)) return;
    const intro =
      "Groups of records that are alike. Cohesion: how much nearer records are to the middle of their group than to that of the next one.";
    A.part("groups", "Groups", intro, build);
  };
})(window.Asterism);
