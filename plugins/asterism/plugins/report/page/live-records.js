/* What a process adds to the panel of a record and to that of a selection: the whole record, its file, and files of several. */
"use strict";
(function (A) {
  const L = A.live;
  if (!L) return;
  const PARTS = 12; // of an explanation that are shown
  let chosen = null; // rows that were selected without all of them being on the map

  A.on("record", ({ row, id }) => L.tried(() => fill(row, id)));

  async function fill(row, id) {
    const place = A.byId("record-more");
    const record = await L.get(`records/${row}`);
    if (!place.isConnected) return; // another record was opened in the meantime
    const parts = [
      groups(record),
      record.gone && A.el("p", { class: "note", text: record.gone }),
      whole(record),
      ...recommended(record),
      actions(record, id),
    ];
    place.append(...parts.filter(Boolean));
    if (record.picture && !record.gone) await look(place, record);
  }

  function groups(record) {
    const titles = Object.entries(record.groups).map(([stage, { title }]) => [
      A.el("dt", { text: stage }),
      A.el("dd", { text: title, attrs: { dir: "auto" } }),
    ]);
    return A.point(record.row) === null && titles.length ? A.el("dl", { class: "facts" }, ...titles.flat()) : null;
  }

  function whole(record) {
    if (record.text === null) return null;
    const note = record.truncated ? A.el("p", { class: "note", text: `The first ${A.whole(record.text.length)} characters.` }) : null;
    return A.el(
      "div",
      {},
      A.el("h3", { text: "Whole text" }),
      A.el("pre", { class: "whole", text: record.text, attrs: { dir: "auto", tabindex: "0", "aria-label": "Whole text" } }),
      note,
    );
  }

  /* What each stage recommended, best first. */
  function recommended(record) {
    return Object.entries(record.recommended).map(([stage, items]) => {
      const lines = items.map(({ id, score }) =>
        A.el("li", {}, A.el("code", { text: id, attrs: { dir: "auto" } }), A.el("span", { class: "note", text: ` ${A.decimal(score)}` })),
      );
      return A.el("div", {}, A.el("h3", { text: `Recommended by ${stage}`, attrs: { dir: "auto" } }), A.el("ol", {}, ...lines));
    });
  }

  /* The picture in its full size takes the place of the small one. */
  async function look(place, record) {
    const image = A.el("img", {
      class: "picture",
      attrs: { alt: `Picture of ${record.id}`, src: await L.picture(`records/${record.row}/picture`) },
    });
    if (!place.isConnected) return;
    const small = A.byId("record").querySelector(":scope > .picture, :scope > .thumb, :scope > .snippet");
    if (small) small.replaceWith(image);
    else place.prepend(image);
    if (!record.moving) return;
    const play = L.action("Play", async function () {
      image.src = await L.picture(`records/${record.row}/picture?moving=true`);
      A.byId("record-title").focus({ preventScroll: true });
      play.remove();
    });
    place.querySelector(".actions").prepend(play);
  }

  function actions(record, id) {
    const name = record.file || "the original";
    const open = record.gone ? null : L.action("Save the original", () => L.save(`records/${record.row}/original`));
    if (open) open.title = name;
    const more = L.moreLike ? L.action("More like this", () => L.moreLike(record.row, id)) : null;
    const why = L.can_explain ? L.action("Explain", () => explain(record.row)) : null;
    return A.el("div", { class: "actions" }, open, more, why);
  }

  async function explain(row) {
    const told = await L.get(`explain?row=${row}`);
    const before = A.byId("record-explanation");
    if (before) before.remove();
    A.byId("record-more").append(
      A.el(
        "div",
        { attrs: { id: "record-explanation" } },
        A.el("h3", { text: `Why it is in ${told.title}`, attrs: { dir: "auto" } }),
        ...explained(told),
      ),
    );
  }

  /* A sentence, and a bar for each part: how much it speaks for the group, or against it. */
  function explained({ text, parts }) {
    const most = Math.max(...parts.map(({ weight }) => Math.abs(weight)), 1e-12);
    const lines = parts.slice(0, PARTS).map(({ name, weight }) => {
      const bar = A.el("span", { class: weight < 0 ? "bar against" : "bar", attrs: { "aria-hidden": "true" } });
      bar.style.width = `${(100 * Math.abs(weight)) / most}%`;
      return A.el(
        "li",
        {},
        A.el("span", { text: name, attrs: { dir: "auto" } }),
        A.el("span", { class: "note", text: A.decimal(weight) }),
        bar,
      );
    });
    return [A.el("p", { text, attrs: { dir: "auto" } }), A.el("ul", { class: "parts" }, ...lines)];
  }

  const rows = () => chosen || Array.from(A.state.selection, A.row);

  /* Select records by their rows; what is not on the map is in what is saved all the same. */
  L.selectRows = function (found, total) {
    A.select(L.pointsOf(found), "search");
    chosen = found;
    const missing = total - found.length;
    A.byId("selection-title").textContent = `${A.counted(found.length, "record")} found`;
    A.announce(`${A.counted(found.length, "record")} selected${missing ? `, the first of ${A.whole(total)}` : ""}`);
    A.byId("map").scrollIntoView({ behavior: A.calm() ? "auto" : "smooth" });
  };

  async function saveSelection(form) {
    const response = await L.save("selection", { rows: rows(), as: form });
    const left = +response.headers.get("X-Asterism-Left-Out");
    const beside = decodeURIComponent(response.headers.get("X-Asterism-Beside") || "");
    if (left) L.tell(`${A.counted(left, "record")} could not be read and ${left === 1 ? "is" : "are"} not in the file.`);
    if (beside) L.tell(`Put the file into ${beside}: the paths in it begin there.`);
  }

  A.on("select", () => (chosen = null));
  A.byId("selection-actions").append(
    L.action("Save as CSV", () => saveSelection("csv")),
    L.action("Save as a source", () => saveSelection("source")),
  );
})(window.Asterism);
