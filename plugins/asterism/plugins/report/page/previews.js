/* How a record is shown: its text, its picture, its thumbnail, and the button that opens it. */
"use strict";
(function (A) {
  const { texts, thumbs, ids } = A.content.points;
  const urls = [];

  /* A sheet of thumbnails becomes one picture in memory, which all its cells share. */
  A.sheetUrl = function (number) {
    if (!urls[number]) {
      const [head, data] = thumbs.sheets[number].split(",", 2);
      urls[number] = URL.createObjectURL(new Blob([A.bytesOf(data)], { type: head.slice(5, head.indexOf(";")) }));
    }
    return urls[number];
  };

  A.hasThumb = (point) => Boolean(thumbs) && point !== null && Math.floor(point / thumbs.per_sheet) < thumbs.sheets.length;

  A.thumb = function (point, side) {
    const wanted = side || thumbs.size;
    const cell = point % thumbs.per_sheet;
    const [column, line] = [cell % thumbs.columns, Math.floor(cell / thumbs.columns)];
    const element = A.el("span", { class: "thumb", attrs: { role: "img", "aria-label": `Picture of ${ids[point]}` } });
    Object.assign(element.style, {
      width: `${wanted}px`,
      height: `${wanted}px`,
      backgroundImage: `url("${A.sheetUrl(Math.floor(point / thumbs.per_sheet))}")`,
      backgroundSize: `${thumbs.columns * wanted}px auto`,
      backgroundPosition: `${-column * wanted}px ${-line * wanted}px`,
    });
    return element;
  };

  A.textOf = (point) => (texts && point !== null ? texts[point] : null);

  /* The preview of a record; where the content brings none, what the page has of its point. */
  A.preview = function (record, side) {
    const shown = record.preview || {};
    if (shown.text) return A.el("p", { class: "snippet", text: shown.text, attrs: { dir: "auto" } });
    if (shown.image) return A.el("img", { class: "picture", attrs: { src: shown.image, alt: `Picture of ${record.id}`, loading: "lazy" } });
    const point = record.point === undefined ? null : record.point;
    if (A.hasThumb(point)) return A.thumb(point, side);
    if (A.textOf(point)) return A.el("p", { class: "snippet", text: A.textOf(point), attrs: { dir: "auto" } });
    return A.el("p", { class: "snippet missing", text: "The original could not be read." });
  };

  A.id = (id) => A.el("span", { class: "id", text: id, attrs: { dir: "auto" } });

  const isPicture = (record) => Boolean((record.preview || {}).image) || (!(record.preview || {}).text && A.hasThumb(record.point));

  /* A record in a list: pressing it opens its panel. */
  A.recordButton = function (record, note) {
    const picture = isPicture(record);
    const button = A.el("button", {
      class: picture ? "record with-picture" : "record",
      attrs: { type: "button", title: record.id },
      on: { click: () => A.open(record.row, record) },
    });
    button.append(
      A.preview(record, 64),
      A.el("span", { class: "record-foot" }, A.id(record.id), note ? A.el("span", { class: "note" }, note) : null),
    );
    return button;
  };

  A.records = (records, note) =>
    A.el(
      "ul",
      { class: records.some(isPicture) ? "records pictures" : "records" },
      ...records.map((record) => A.el("li", {}, A.recordButton(record, note && note(record)))),
    );

  A.pointRecord = (point) => ({ row: A.row(point), point, id: ids[point], preview: {} });
})(window.Asterism);
