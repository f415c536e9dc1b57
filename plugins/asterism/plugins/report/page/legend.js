/* The legend: which colour is what, and which groups are seen; or the scale of a column of numbers. */
"use strict";
(function (A) {
  const MOST = 200;
  const list = A.byId("legend-list");
  const filter = A.byId("legend-filter");
  const more = A.byId("legend-more");

  const current = () => A.column(A.state.colour);

  function draw() {
    const column = current();
    const categories = column ? A.categories(column) : [];
    A.byId("legend").hidden = !column;
    A.byId("legend-title").textContent = column ? column.name : "";
    A.byId("legend-tools").hidden = categories.length < 2;
    filter.parentElement.hidden = categories.length <= 12;
    A.byId("scale").replaceChildren(...(column && column.kind === "numbers" ? scale(column) : []));
    drawRows(column, categories);
  }

  function drawRows(column, categories) {
    const wanted = filter.value.trim().toLowerCase();
    const found = wanted ? categories.filter(({ key }) => A.titleIn(column, key).toLowerCase().includes(wanted)) : categories;
    list.replaceChildren(...found.slice(0, MOST).map((category) => row(column, category)));
    more.textContent = found.length > MOST ? `and ${A.whole(found.length - MOST)} more: filter to find them` : "";
    if (wanted) A.announce(`${A.counted(found.length, "entry", "entries")} in the legend`);
  }

  function row(column, { key, size, rank }) {
    const title = A.titleIn(column, key);
    const name = A.el(
      "button",
      { class: "legend-name", attrs: { type: "button", "aria-pressed": String(!A.state.hidden.has(key)), title } },
      A.swatch(rank),
      A.el("span", { class: "legend-text", text: title || "(empty)", attrs: { dir: "auto" } }),
      A.el("span", { class: "size", text: A.whole(size) }),
    );
    name.dataset.key = key;
    const only = A.el("button", { class: "only", text: "only", attrs: { type: "button", "aria-label": `Show only ${title}` } });
    only.dataset.only = key;
    return A.el("li", {}, name, only);
  }

  function scale(column) {
    const [low, high] = A.rangeOf(column);
    const stops = Array.from({ length: 11 }, (_, i) => A.asCss(A.scaleOf(i / 10)));
    const bar = A.el("div", { class: "scale-bar" });
    bar.style.background = `linear-gradient(to right, ${stops.join(", ")})`;
    const ends = A.el(
      "div",
      { class: "scale-ends" },
      A.el("span", { text: `≤ ${A.decimal(low)}` }),
      A.el("span", { text: `≥ ${A.decimal(high)}` }),
    );
    const note = column.score ? A.el("p", { class: "note", text: "Higher is more unusual." }) : null;
    return [bar, ends, note].filter(Boolean);
  }

  function hide(hidden) {
    A.state.hidden = hidden;
    list.querySelectorAll(".legend-name").forEach((each) => each.setAttribute("aria-pressed", String(!hidden.has(+each.dataset.key))));
    A.emit("hidden");
    const total = A.categories(current()).length;
    A.announce(hidden.size ? `${A.whole(total - hidden.size)} of ${A.whole(total)} are shown` : "All are shown");
  }

  const others = (key) =>
    new Set(
      A.categories(current())
        .map((category) => category.key)
        .filter((each) => each !== key),
    );

  function only(key) {
    const alone = !A.state.hidden.has(key) && A.state.hidden.size === A.categories(current()).length - 1;
    hide(alone ? new Set() : others(key));
  }

  function toggle(key) {
    const hidden = new Set(A.state.hidden);
    if (!hidden.delete(key)) hidden.add(key);
    hide(hidden);
  }

  list.addEventListener("click", function (event) {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.only !== undefined) only(+button.dataset.only);
    else toggle(+button.dataset.key);
  });
  filter.addEventListener(
    "input",
    A.later(() => drawRows(current(), A.categories(current())), 80),
  );
  A.byId("legend-all").addEventListener("click", () => hide(new Set()));
  A.byId("legend-none").addEventListener("click", () => hide(others(null)));
  A.on("reset", () => A.state.hidden.size && hide(new Set()));
  A.on("titles", draw);
  A.on("theme", () => current() && current().kind === "numbers" && draw());
  A.on("colour", function () {
    A.state.hidden = new Set();
    filter.value = "";
    draw();
  });
  A.drawLegend = draw;
})(window.Asterism);
