/* Pictures on the map: where there is room, records are shown as themselves, framed in their colour. */
"use strict";
(function (A) {
  const { thumbs } = A.content.points;
  const box = A.byId("pictures");
  const [SMALL, LARGE] = [38, 76]; // pixels of a picture with its frame, from afar and near
  const LOOKED_AT = 20000; // points that are tried for a place in one frame
  const sheets = new Map();
  let placed = []; // [{point, x, y}] of the last frame
  let side = SMALL;

  box.parentElement.hidden = !thumbs;
  const shown = () => Boolean(thumbs) && box.checked;

  function sheetOf(number) {
    if (!sheets.has(number)) {
      const image = new Image();
      image.addEventListener("load", () => A.map.decorate());
      image.src = A.sheetUrl(number);
      sheets.set(number, image);
    }
    const image = sheets.get(number);
    return image.complete && image.naturalWidth ? image : null;
  }

  /* Cells as large as a picture: what could touch a new one lies in its own cell or one of the eight around. */
  function roomFor(cells, x, y) {
    const [column, line] = [Math.floor(x / side), Math.floor(y / side)];
    for (let across = column - 1; across <= column + 1; across++) {
      for (let down = line - 1; down <= line + 1; down++) {
        const other = cells.get(`${across},${down}`);
        if (other && Math.abs(other.x - x) < side && Math.abs(other.y - y) < side) return false;
      }
    }
    return true;
  }

  function find({ width, height }) {
    const [found, cells] = [[], new Map()];
    const points = A.map.candidates();
    for (let i = 0; i < Math.min(points.length, LOOKED_AT); i++) {
      if (!A.hasThumb(points[i])) continue;
      const [x, y] = A.map.at(points[i]);
      if (x < 0 || y < 0 || x > width || y > height || !roomFor(cells, x, y)) continue;
      const place = { point: points[i], x, y };
      cells.set(`${Math.floor(x / side)},${Math.floor(y / side)}`, place);
      found.push(place);
    }
    return found;
  }

  function paint(pen, column, { point, x, y }) {
    const sheet = sheetOf(Math.floor(point / thumbs.per_sheet));
    if (!sheet) return;
    const cell = point % thumbs.per_sheet;
    const [left, top, inner] = [x - side / 2, y - side / 2, side - 6];
    pen.fillStyle = A.asCss(column ? A.colourAt(column, point) : A.colourOf(0));
    pen.fillRect(left + 1, top + 1, side - 2, side - 2);
    pen.drawImage(
      sheet,
      (cell % thumbs.columns) * thumbs.size,
      Math.floor(cell / thumbs.columns) * thumbs.size,
      thumbs.size,
      thumbs.size,
      left + 3,
      top + 3,
      inner,
      inner,
    );
  }

  A.drawPictures = function (pen, view) {
    side = Math.min(LARGE, SMALL * Math.max(1, view.zoom) ** 0.4);
    placed = shown() ? find(view) : [];
    const column = A.column(A.state.colour);
    placed.forEach((place) => paint(pen, column, place));
  };

  A.pictureBoxes = () => placed.map(({ x, y }) => ({ left: x - side / 2, right: x + side / 2, top: y - side / 2, bottom: y + side / 2 }));

  /* The point whose picture lies at a place of the stage, or null. */
  A.pictureAt = function (left, top) {
    const under = placed.find(({ x, y }) => Math.abs(x - left) < side / 2 && Math.abs(y - top) < side / 2);
    return under ? under.point : null;
  };

  box.addEventListener("change", () => A.map.decorate());
})(window.Asterism);
