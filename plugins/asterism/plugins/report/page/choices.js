/* The choices over the map: which map, which colours, and the search. */
"use strict";
(function (A) {
  const colour = A.byId("choose-colour");
  const chooseMap = A.byId("choose-map");
  const box = A.byId("search");
  const { ids, texts } = A.content.points;
  const KINDS = { groups: "Groups", classes: "Known of the records", numbers: "Numbers" };

  function option(value, text) {
    return A.el("option", { text: text || value, attrs: { value } });
  }

  function fillColours() {
    Object.entries(KINDS).forEach(([kind, title]) => {
      const columns = A.columns.filter((column) => column.kind === kind);
      if (columns.length) colour.append(A.el("optgroup", { attrs: { label: title } }, ...columns.map((column) => option(column.name))));
    });
    colour.parentElement.hidden = !A.columns.length;
  }

  /* The last grouping is most often the one that the run is about. */
  function firstColour() {
    const groups = A.columns.filter((column) => column.kind === "groups");
    const best = groups.find((column) => A.categories(column).filter((each) => each.rank >= 0).length > 1) || groups[0] || A.columns[0];
    return best ? best.name : null;
  }

  A.colourBy = function (name) {
    A.state.colour = name;
    const column = A.column(name);
    if (column && column.kind === "groups") A.state.grouping = column.stage;
    colour.value = name;
    A.emit("colour", name);
  };

  const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

  A.search = function (wanted) {
    const pattern = new RegExp(escaped(wanted), "iu");
    const found = [];
    for (let i = 0; i < A.count; i++) if (pattern.test(ids[i]) || (texts && pattern.test(texts[i]))) found.push(i);
    return found;
  };

  let searched = false;

  function search() {
    const wanted = box.value.trim();
    if (!wanted && !searched) return;
    searched = Boolean(wanted);
    A.select(wanted ? A.search(wanted) : [], wanted ? "search" : "page");
  }

  function start() {
    A.content.maps.forEach((map) => chooseMap.append(option(map.stage, map.stage)));
    chooseMap.parentElement.hidden = A.content.maps.length < 2;
    fillColours();
    A.state.grouping = A.content.groupings.length ? A.content.groupings[0].stage : null;
    const first = firstColour();
    if (first) A.colourBy(first);
    else A.drawLegend();
  }

  colour.addEventListener("change", () => A.colourBy(colour.value));
  chooseMap.addEventListener("change", () => A.map.choose(chooseMap.value));
  box.addEventListener("input", A.later(search, 120));
  box.addEventListener("keydown", function (event) {
    if (event.key !== "Enter") return;
    event.preventDefault();
    search();
    if (A.state.selection.length) A.open(A.row(A.state.selection[0]));
  });
  A.on("reset", () => (box.value = ""));
  A.startChoices = start;
})(window.Asterism);
