/* The ground under every part of the page: the content, events, what is chosen, and the making of elements. */
"use strict";
window.Asterism = {};
(function (A) {
  performance.mark("asterism:start");
  A.content = JSON.parse(document.getElementById("content").textContent);
  A.parts = {}; // element ids of the page, looked up once

  const KINDS = { f32: Float32Array, i32: Int32Array, u32: Uint32Array, u16: Uint16Array, u8: Uint8Array };
  const decoded = new WeakMap();

  /* The typed array of one packed array of the content. */
  A.array = function (packed) {
    if (!decoded.has(packed)) decoded.set(packed, new KINDS[packed.type](A.bytesOf(packed.data).buffer));
    return decoded.get(packed);
  };

  A.bytesOf = function (base64) {
    if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
    const text = atob(base64);
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    return bytes;
  };

  const points = A.content.points;
  A.count = points.ids.length;
  const rows = points.rows ? A.array(points.rows) : null;
  let pointOfRow = null;

  A.row = (point) => (rows ? rows[point] : point);

  A.point = function (row) {
    if (!rows) return row >= 0 && row < A.count ? row : null;
    if (!pointOfRow) pointOfRow = new Map(Array.from(rows, (each, point) => [each, point]));
    return pointOfRow.has(row) ? pointOfRow.get(row) : null;
  };

  A.state = { map: null, colour: null, grouping: null, hidden: new Set(), selection: new Uint32Array(0) };

  const handlers = new Map();
  A.on = function (event, handler) {
    if (!handlers.has(event)) handlers.set(event, []);
    handlers.get(event).push(handler);
  };
  A.emit = (event, detail) => (handlers.get(event) || []).forEach((handler) => handler(detail));

  A.byId = (id) => document.getElementById(id);

  /* An element with its class, text, attributes, listeners and children; text is never read as markup. */
  A.el = function (tag, options, ...children) {
    const { class: classes, text, attrs, on } = options || {};
    const element = document.createElement(tag);
    if (classes) element.className = classes;
    if (text !== undefined) element.textContent = text;
    Object.entries(attrs || {}).forEach(([name, value]) => setAttribute(element, name, value));
    Object.entries(on || {}).forEach(([event, handler]) => element.addEventListener(event, handler));
    element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
    return element;
  };

  A.svg = function (tag, attrs, ...children) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    Object.entries(attrs || {}).forEach(([name, value]) => setAttribute(element, name, value));
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  };

  function setAttribute(element, name, value) {
    if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }

  A.button = (text, action, classes) =>
    A.el("button", { class: classes || "button", text, attrs: { type: "button" }, on: { click: action } });

  A.select = function (chosen, source) {
    A.state.selection = Uint32Array.from(chosen);
    A.emit("select", { points: A.state.selection, source: source || "page" });
  };

  /* Show one record in its panel; `record` carries what the page knows beyond its points. */
  A.open = function (row, record) {
    const point = A.point(row);
    const id = point !== null ? points.ids[point] : record ? record.id : String(row);
    A.emit("record", { point, row, id, record: record || null });
  };

  A.zoomTo = (chosen) => A.map && A.map.zoomTo && A.map.zoomTo(chosen);

  A.announce = function (text) {
    A.byId("announce").textContent = text;
  };

  /* The call that runs once things have been quiet for a while. */
  A.later = function (action, milliseconds) {
    let timer = 0;
    return function (...given) {
      clearTimeout(timer);
      timer = setTimeout(() => action(...given), milliseconds);
    };
  };

  A.calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

  A.whole = (number) => Math.round(number).toLocaleString("en-US");
  A.counted = (number, one, many) => `${A.whole(number)} ${number === 1 ? one : many || one + "s"}`;

  A.decimal = function (number) {
    if (number === null || number === undefined || Number.isNaN(number)) return "–";
    if (Number.isInteger(number)) return A.whole(number);
    const size = Math.abs(number);
    return size >= 1e6 || size < 1e-3 ? number.toExponential(2) : String(+number.toPrecision(size >= 1000 ? 5 : 3));
  };

  A.duration = function (seconds) {
    if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
    return seconds < 90 ? `${seconds.toPrecision(3)} s` : `${(seconds / 60).toPrecision(3)} min`;
  };

  A.bytes = function (count) {
    const units = ["B", "KB", "MB", "GB", "TB"];
    const power = Math.min(units.length - 1, Math.floor(Math.log(Math.max(count, 1)) / Math.log(1024)));
    return `${+(count / 1024 ** power).toPrecision(3)} ${units[power]}`;
  };
})(window.Asterism);
