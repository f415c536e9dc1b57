/* All records of the run in pages, also those that have no point on the map: filtered by any column, searched and sorted. */
"use strict";
(function (A) {
  const L = A.live;
  if (!L) return;
  const PAGE = 10;
  const SIGNS = { eq: "is", ne: "is not", contains: "contains", lt: "<", le: "≤", gt: ">", ge: "≥" };
  const FITTING = {
    text: ["contains", "eq", "ne", "lt", "gt"],
    number: ["ge", "le", "gt", "lt", "eq", "ne"],
    groups: ["eq", "ne"],
    flag: ["eq", "ne"],
  };
  const section = L.section("records", "All records");
  const conditions = A.el("ul", { class: "conditions" });
  const search = A.el("input", { attrs: { type: "search", placeholder: "In ids and previews", autocomplete: "off" } });
  const list = A.el("div", {});
  const count = A.el("span", { class: "count", attrs: { role: "status" } });
  const pager = A.el("div", { class: "pager" });
  const view = { offset: 0, columns: [], order: null };
  const newest = L.newest();

  const columnCalled = (name) => view.columns.find((column) => column.name === name);

  /* The field for the value of a condition: of groups and yes-or-no a choice, of the rest what is typed. */
  function valueField(column) {
    if (column.kind === "flag")
      return L.choice([
        ["true", "yes"],
        ["false", "no"],
      ]);
    const grouping = column.kind === "groups" && A.grouping(column.stage);
    if (grouping) return L.choice(grouping.groups.map(({ group }) => [String(group), `${A.titleOf(column.stage, group)} (${group})`]));
    return A.el("input", {
      attrs: { type: "text", inputmode: column.kind === "text" ? "text" : "decimal", autocomplete: "off", dir: "auto" },
    });
  }

  function addCondition(name, operator, value) {
    const item = A.el("li", { class: "controls" });
    const column = L.choice(
      view.columns.map((each) => [each.name, each.name]),
      { change: () => fill(item, column) },
    );
    if (name) column.value = name;
    item.append(L.field("Column", column));
    fill(item, column, operator, value);
    conditions.append(item);
    return item;
  }

  /* What follows the column of a condition depends on its kind. */
  function fill(item, column, operator, value) {
    const chosen = columnCalled(column.value);
    const sign = L.choice(
      FITTING[chosen.kind].map((each) => [each, SIGNS[each]]),
      { change: start },
    );
    const wanted = valueField(chosen);
    wanted.addEventListener("change", start);
    if (operator) sign.value = operator;
    if (value !== undefined) wanted.value = value;
    const remove = A.button("Remove", () => [item.remove(), start()], "link");
    item.replaceChildren(item.firstElementChild, L.field("Relation", sign), L.field("Value", wanted), remove);
    item.condition = () => (wanted.value === "" ? null : `${column.value}:${sign.value}:${wanted.value}`);
  }

  /* What is asked, as the part of an address behind the question mark. */
  function question(more) {
    const asked = new URLSearchParams(more);
    Array.from(conditions.children, (item) => item.condition())
      .filter(Boolean)
      .forEach((condition) => asked.append("where", condition));
    if (search.value.trim()) asked.set("search", search.value.trim());
    return asked.toString();
  }

  function start() {
    view.offset = 0;
    return L.tried(load);
  }

  async function load() {
    const asked = question({ offset: view.offset, limit: PAGE, order: view.order.value });
    const answer = await newest(L.get(`records?${asked}`));
    if (!answer) return;
    count.textContent = A.counted(answer.total, "record");
    list.replaceChildren(answer.rows.length ? table(answer.rows) : A.el("p", { class: "note", text: "No record meets all conditions." }));
    fillPager(answer.total);
  }

  function table(rows) {
    const shown = view.columns.filter(({ name }) => name !== "id");
    const lines = rows.map((row) => [opener(row), small(row), ...shown.map((column) => cell(column, row.columns[column.name]))]);
    const numeric = shown.flatMap(({ kind }, place) => (kind === "number" ? [place + 2] : []));
    return A.table("Records", ["Record", "Preview", ...shown.map(({ name }) => name)], lines, numeric);
  }

  function opener(shown) {
    const button = A.button(shown.id, () => A.open(shown.row, L.asRecord(shown)), "link");
    button.dir = "auto";
    return button;
  }

  const small = (shown) => A.el("div", { class: "live-small" }, A.preview(L.asRecord(shown), 48));

  function cell(column, value) {
    if (value === null || value === undefined) return "–";
    if (column.kind === "groups") return A.titleOf(column.stage, value);
    return column.kind === "number" ? A.decimal(value) : String(value);
  }

  function fillPager(total) {
    const step = (by) => L.tried(() => [(view.offset += by), load()][1]);
    const [back, on] = [A.button("Previous", () => step(-PAGE)), A.button("Next", () => step(PAGE))];
    back.disabled = view.offset === 0;
    on.disabled = view.offset + PAGE >= total;
    pager.hidden = total <= PAGE;
    pager.replaceChildren(
      back,
      A.el("span", { text: `${A.whole(view.offset + 1)}–${A.whole(Math.min(total, view.offset + PAGE))} of ${A.whole(total)}` }),
      on,
    );
  }

  /* Select all that meet the conditions: those that have a point are seen on the map, and all can be saved. */
  async function select() {
    const { rows, total } = await L.get(`rows?${question()}`);
    L.selectRows(rows, total);
  }

  async function begin() {
    view.columns = (await L.get("columns")).columns;
    const orders = view.columns.flatMap(({ name }) => [
      [name, `${name} ↑`],
      [`-${name}`, `${name} ↓`],
    ]);
    view.order = L.choice([["", "As in the run"], ...orders], { change: start });
    search.addEventListener("input", A.later(start, 200));
    section.append(
      A.el("div", { class: "controls" }, L.field("Search", search), L.field("Order", view.order), count),
      conditions,
      A.el(
        "div",
        { class: "actions" },
        A.button("Add a condition", () => addCondition()),
        L.action("Select all of these", select),
      ),
      pager,
      list,
    );
    await load();
  }

  /* Show the records of one group alone. */
  L.showGroupRecords = function (stage, group) {
    const column = view.columns.find((each) => each.kind === "groups" && each.stage === stage);
    if (!column) return;
    conditions.replaceChildren();
    addCondition(column.name, "eq", String(group));
    search.value = "";
    start();
    section.scrollIntoView({ behavior: A.calm() ? "auto" : "smooth" });
    A.byId("records-title").setAttribute("tabindex", "-1");
    A.byId("records-title").focus({ preventScroll: true });
  };

  A.on("titles", () => view.order && L.tried(load));
  L.tried(begin);
})(window.Asterism);
