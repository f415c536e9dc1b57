/* The card beside the point under the pointer. */
"use strict";
(function (A) {
  const card = A.byId("hover");
  const { ids } = A.content.points;
  const CHARACTERS = 180;

  const cut = (text) => (text.length > CHARACTERS ? `${text.slice(0, CHARACTERS - 1)}…` : text);

  /* The columns worth a line: the group and what gives the colour. */
  function told() {
    const names = new Set([A.state.colour]);
    const grouping = A.state.grouping && A.columnOf(A.state.grouping);
    if (grouping) names.add(grouping.name);
    return Array.from(names, A.column).filter(Boolean);
  }

  A.describe = (point) => [ids[point], ...told().map((column) => `${column.name}: ${A.valueText(column, point)}`)].join(", ");

  function fill(point) {
    const text = A.textOf(point);
    card.replaceChildren(
      ...[
        A.hasThumb(point) ? A.thumb(point, 96) : null,
        A.id(ids[point]),
        text ? A.el("p", { text: cut(text), attrs: { dir: "auto" } }) : null,
        ...told().map((column) =>
          A.el(
            "span",
            { class: "fact" },
            A.swatchOf(column, point),
            A.el("span", { text: A.valueText(column, point), attrs: { dir: "auto" } }),
          ),
        ),
      ].filter(Boolean),
    );
  }

  /* Beside the point, on the side where there is room. */
  function put(point) {
    const [left, top] = A.map.at(point);
    const { width, height } = A.map.camera;
    card.style.left = `${Math.max(4, left + 16 + card.offsetWidth > width ? left - 16 - card.offsetWidth : left + 16)}px`;
    card.style.top = `${Math.max(4, Math.min(height - card.offsetHeight - 4, top - 12))}px`;
  }

  A.on("hover", function ({ point, touch }) {
    card.hidden = point === null || Boolean(touch);
    if (card.hidden) return;
    fill(point);
    put(point);
  });
  A.on("drawn", () => card.hidden || A.map.hovered === null || put(A.map.hovered));
})(window.Asterism);
