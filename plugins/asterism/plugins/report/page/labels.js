/* What is drawn over the points: names of groups that do not overlap, the lasso, the point that is meant. */
"use strict";
(function (A) {
  const overlay = A.byId("overlay");
  const pen = overlay.getContext("2d");
  const MOST = 48;
  const LONGEST = 34;
  const cached = new Map(); // map and column -> anchors
  const widths = new Map();
  let colours = null;

  function median(values) {
    values.sort();
    return values[values.length >> 1];
  }

  /* [{key, x, y}] of all categories, largest first: the medians of their points, kept per map and column. */
  function anchorsOf(column) {
    const name = JSON.stringify([A.state.map, column.name]);
    if (!cached.has(name)) cached.set(name, findAnchors(column));
    return cached.get(name);
  }

  function findAnchors(column) {
    const { places } = A.map.places();
    const values = A.values(column);
    const categories = A.categories(column).filter((category) => category.rank >= 0);
    const parts = new Map(categories.map(({ key, shown }) => [key, [new Float32Array(shown), new Float32Array(shown), 0]]));
    for (let i = 0; i < values.length; i++) {
      const part = parts.get(values[i]);
      if (!part || Number.isNaN(places[2 * i] + places[2 * i + 1])) continue;
      part[0][part[2]] = places[2 * i];
      part[1][part[2]++] = places[2 * i + 1];
    }
    return categories
      .filter(({ key }) => parts.get(key)[2])
      .map(({ key, rank }) => {
        const [x, y, count] = parts.get(key);
        return { key, rank, x: median(x.subarray(0, count)), y: median(y.subarray(0, count)) };
      });
  }

  /* Groups name themselves even where another column gives the colours. */
  function labelled() {
    const column = A.column(A.state.colour);
    if (column && column.kind !== "numbers") return column;
    return A.state.grouping ? A.columnOf(A.state.grouping) : null;
  }

  const short = (title) => (title.length > LONGEST ? `${title.slice(0, LONGEST - 1).trimEnd()}…` : title);

  function widthOf(text, size) {
    const name = size + text;
    if (!widths.has(name)) widths.set(name, pen.measureText(text).width);
    return widths.get(name);
  }

  const overlaps = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

  /* Greedy: the largest group takes its place first; a label that would touch another waits until there is room. */
  function place(column) {
    const taken = [];
    const pictures = A.pictureBoxes();
    const tools = boxOfTools();
    const { width, height } = A.map.camera;
    const hiding = column.name === A.state.colour ? A.state.hidden : new Set();
    const most = width < 500 ? 14 : MOST;
    for (const anchor of anchorsOf(column)) {
      if (taken.length === most) break;
      if (hiding.has(anchor.key)) continue;
      const box = boxOf(column, anchor, taken.length, width, height);
      const free = box && [...beside(box, pictures), box].find((each) => ![tools, ...taken].some((other) => overlaps(each, other)));
      if (free) taken.push(free);
    }
    return taken;
  }

  function boxOfTools() {
    const { offsetLeft: left, offsetTop: top, offsetWidth: width, offsetHeight: height } = A.byId("tools");
    return { left, top, right: left + width, bottom: top + height };
  }

  /* Where a label would hide a picture it may stand over or under it, if there is nothing. */
  function beside(box, pictures) {
    const hidden = pictures.find((picture) => overlaps(box, picture));
    if (!hidden) return [];
    const half = (box.bottom - box.top) / 2;
    return [hidden.top - half, hidden.bottom + half]
      .map((y) => ({ ...box, y, top: y - half, bottom: y + half }))
      .filter((moved) => !pictures.some((picture) => overlaps(moved, picture)));
  }

  function boxOf(column, anchor, order, width, height) {
    const [x, y] = A.map.camera.toScreen(anchor.x, anchor.y);
    if (x < 0 || y < 0 || x > width || y > height) return null;
    const size = width < 500 ? 12 : order < 6 ? 15 : order < 16 ? 13 : 12;
    pen.font = fontOf(size);
    const text = short(A.titleIn(column, anchor.key));
    const half = widthOf(text, size) / 2 + 6;
    const centre = Math.max(half, Math.min(width - half, x));
    return { text, size, x: centre, y, left: centre - half, right: centre + half, top: y - size * 0.8, bottom: y + size * 0.8 };
  }

  const fontOf = (size) => `600 ${size}px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif`;

  function write({ text, size, x, y }) {
    pen.font = fontOf(size);
    pen.strokeText(text, x, y);
    pen.fillText(text, x, y);
  }

  function drawLabels() {
    const column = labelled();
    if (!column || !A.byId("labels").checked) return (A.map.labels = []);
    Object.assign(pen, { textAlign: "center", textBaseline: "middle", lineJoin: "round", lineWidth: 4 });
    Object.assign(pen, { strokeStyle: colours.halo, fillStyle: colours.ink });
    A.map.labels = place(column);
    A.map.labels.forEach(write);
  }

  function drawLasso(path) {
    pen.beginPath();
    path.forEach(([x, y]) => pen.lineTo(x, y));
    pen.closePath();
    Object.assign(pen, { strokeStyle: colours.accent, lineWidth: 1.5, fillStyle: colours.accent, globalAlpha: 0.12 });
    pen.fill();
    pen.globalAlpha = 1;
    pen.stroke();
  }

  function drawRing(point) {
    const [x, y] = A.map.at(point);
    [
      [5, colours.halo],
      [2, colours.ink],
    ].forEach(([lineWidth, strokeStyle]) => {
      Object.assign(pen, { lineWidth, strokeStyle });
      pen.beginPath();
      pen.arc(x, y, 8, 0, 2 * Math.PI);
      pen.stroke();
    });
  }

  function drawCross({ width, height }) {
    Object.assign(pen, { lineWidth: 1.5, strokeStyle: colours.ink });
    pen.beginPath();
    [
      [-10, 0, 10, 0],
      [0, -10, 0, 10],
    ].forEach(([x, y, toX, toY]) => {
      pen.moveTo(width / 2 + x, height / 2 + y);
      pen.lineTo(width / 2 + toX, height / 2 + toY);
    });
    pen.stroke();
  }

  A.on("theme", () => (colours = null));
  A.on("titles", () => A.map.decorate());
  A.byId("labels").addEventListener("change", () => A.map.decorate());
  A.on("drawn", function (view) {
    colours = colours || { ink: A.css("--ink"), halo: A.css("--ground"), accent: A.css("--accent") };
    pen.setTransform(A.map.ratio, 0, 0, A.map.ratio, 0, 0);
    pen.clearRect(0, 0, view.width, view.height);
    A.drawPictures(pen, view);
    drawLabels();
    if (A.map.hovered !== null && A.map.sees(A.map.hovered)) drawRing(A.map.hovered);
    if (A.map.lassoPath()) drawLasso(A.map.lassoPath());
    if (A.map.keyed()) drawCross(view);
  });
})(window.Asterism);
