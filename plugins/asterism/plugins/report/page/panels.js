/* The panel of one record, and the panel of a selection. */
"use strict";
(function (A) {
  const record = A.byId("record");
  const selection = A.byId("selection");
  const { ids } = A.content.points;
  const LISTED = 200;
  const SOURCES = { lasso: "in the lasso", search: "found", group: "in the group", page: "selected" };
  let before = null; // what had the focus when the panel opened

  function factsOf(point) {
    const rows = A.columns.map((column) => [
      A.el("dt", { text: column.name, attrs: { dir: "auto" } }),
      A.el("dd", { attrs: { dir: "auto" } }, A.swatchOf(column, point), A.valueText(column, point)),
    ]);
    return A.el("dl", { class: "facts" }, ...rows.flat());
  }

  function actionsOf(point) {
    if (point === null || !A.map.works()) return null;
    const show = () => {
      A.byId("map").scrollIntoView({ behavior: A.calm() ? "auto" : "smooth" });
      A.map.zoomTo([point]);
      A.map.hover(point);
    };
    return A.el("div", { class: "actions" }, A.button("Show on map", show));
  }

  function large(shown) {
    const has = shown.preview && (shown.preview.text || shown.preview.image);
    return !has && A.hasThumb(shown.point) ? A.thumb(shown.point, 160) : A.preview(shown);
  }

  function openRecord({ point, row, id, record: known }) {
    if (record.hidden) before = document.activeElement;
    const shown = { row, point, id, preview: known ? known.preview : {} };
    const title = A.el("h2", { attrs: { id: "record-title", tabindex: "-1" } }, A.id(id));
    const close = A.el("button", {
      class: "close",
      text: "×",
      attrs: { type: "button", "aria-label": "Close the record" },
      on: { click: closeRecord },
    });
    record.replaceChildren(
      A.el("div", { class: "panel-head" }, title, close),
      large(shown),
      ...[point === null ? null : factsOf(point), actionsOf(point)].filter(Boolean),
      A.el("div", { attrs: { id: "record-more" } }),
    );
    record.hidden = false;
    title.focus({ preventScroll: true });
  }

  function closeRecord() {
    record.hidden = true;
    if (before && before.isConnected) before.focus({ preventScroll: true });
  }

  /* A plain object of the first points is enough: a list of thousands helps nobody. */
  function drawSelection({ points, source }) {
    selection.hidden = !points.length && source !== "search" && source !== "lasso";
    if (selection.hidden) return A.announce("Nothing is selected");
    const title = `${A.counted(points.length, "record")} ${SOURCES[source] || "selected"}`;
    A.byId("selection-title").textContent = title;
    A.byId("selection-list").replaceChildren(...Array.from(points.slice(0, LISTED), entry));
    A.byId("selection-rest").textContent = points.length > LISTED ? `The first ${LISTED} are listed.` : "";
    A.announce(title);
  }

  const entry = (point) => A.el("li", {}, A.recordButton(A.pointRecord(point)));

  async function copyIds() {
    const text = Array.from(A.state.selection, (point) => ids[point]).join("\n");
    A.announce((await A.copy(text)) ? `${A.counted(A.state.selection.length, "id")} copied` : "The browser does not let this page copy");
  }

  /* Pages from disk may lack the clipboard of the browser; a field that is selected does as well. */
  A.copy = async function (text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch (refused) {
      const field = A.el("textarea", { class: "visually-hidden" });
      field.value = text;
      document.body.append(field);
      field.select();
      const done = document.execCommand("copy");
      field.remove();
      return done;
    }
  };

  function start() {
    const zoom = A.button("Zoom to", () => A.zoomTo(A.state.selection));
    zoom.hidden = !A.map.works();
    A.byId("selection-actions").append(
      zoom,
      A.button("Copy ids", copyIds),
      A.button("Clear", () => A.select([], "page")),
    );
  }

  A.on("record", openRecord);
  A.on("select", drawSelection);
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape" && !record.hidden) closeRecord();
  });
  A.startPanels = start;
})(window.Asterism);
