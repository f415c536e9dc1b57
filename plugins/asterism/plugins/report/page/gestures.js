/* Hands on the map: mouse, touch, keyboard and the lasso. */
"use strict";
(function (A) {
  const canvas = A.byId("points");
  const lassoButton = A.byId("lasso");
  const STEP = 60; // pixels that an arrow key moves
  const NEAR = 12; // pixels within which a point is meant
  const fingers = new Map();
  let lasso = null;
  let pressed = null;

  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const armed = () => lassoButton.getAttribute("aria-pressed") === "true";
  const apart = (one, other) => Math.hypot(one[0] - other[0], one[1] - other[1]);

  /* What lies at a place of the stage: a picture, or else the nearest point. */
  function meant(left, top, reach) {
    const pictured = A.pictureAt(left, top);
    return pictured === null ? A.map.seenAt(left, top, reach) : pictured;
  }

  A.map.lassoPath = () => lasso;

  function setArmed(on) {
    lassoButton.setAttribute("aria-pressed", String(on));
    canvas.classList.toggle("lassoing", on);
  }

  function down(event) {
    if (event.pointerType === "mouse" && event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    canvas.focus({ preventScroll: true });
    fingers.set(event.pointerId, place(event));
    pressed = fingers.size === 1 ? { at: place(event), moved: false } : null;
    lasso = fingers.size === 1 && (event.shiftKey || armed()) ? [place(event)] : null;
  }

  function move(event) {
    const now = place(event);
    const before = fingers.get(event.pointerId);
    if (!before) return hover(now, event);
    if (pressed && !pressed.moved && apart(pressed.at, now) > 4) begin();
    if (lasso) extend(now);
    else if (fingers.size === 2) pinch(event.pointerId, before, now);
    else if (pressed && pressed.moved) A.map.camera.pan(now[0] - before[0], now[1] - before[1]);
    fingers.set(event.pointerId, now);
  }

  function begin() {
    pressed.moved = true;
    A.map.hover(null);
  }

  function hover(now, event) {
    if (event.pointerType === "mouse") A.map.hover(meant(now[0], now[1], NEAR));
  }

  function extend(now) {
    if (apart(lasso[lasso.length - 1], now) < 3) return;
    lasso.push(now);
    A.map.decorate();
  }

  function pinch(moved, before, now) {
    const other = Array.from(fingers).find(([id]) => id !== moved)[1];
    const factor = apart(other, now) / Math.max(1, apart(other, before));
    A.map.camera.pan((now[0] - before[0]) / 2, (now[1] - before[1]) / 2);
    A.map.camera.zoomAt(factor, (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
  }

  function up(event) {
    if (!fingers.delete(event.pointerId)) return;
    if (lasso) close();
    else if (pressed && !pressed.moved) click(place(event), event.pointerType !== "mouse");
    pressed = null;
  }

  function close() {
    const corners = lasso;
    lasso = null;
    setArmed(false);
    if (corners.length > 2) A.select(A.map.within(corners), "lasso");
    A.map.decorate();
  }

  function click([left, top], touch) {
    const point = meant(left, top, touch ? 2 * NEAR : NEAR);
    A.map.hover(point, touch);
    if (point !== null) A.open(A.row(point));
  }

  /* Scrolling down over the whole map goes on down the page; the reader is not caught in it. */
  function wheel(event) {
    if (!event.ctrlKey && event.deltaY > 0 && A.map.camera.zoom <= 1) return;
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 16 : 1;
    const factor = Math.exp(-Math.max(-200, Math.min(200, event.deltaY * lines)) * (event.ctrlKey ? 0.01 : 0.002));
    A.map.camera.zoomAt(factor, ...place(event));
  }

  const middle = () => [A.map.camera.width / 2, A.map.camera.height / 2];
  const KEYS = {
    ArrowLeft: () => A.map.camera.pan(STEP, 0),
    ArrowRight: () => A.map.camera.pan(-STEP, 0),
    ArrowUp: () => A.map.camera.pan(0, STEP),
    ArrowDown: () => A.map.camera.pan(0, -STEP),
    "+": () => A.map.camera.zoomAt(1.4, ...middle()),
    "=": () => A.map.camera.zoomAt(1.4, ...middle()),
    "-": () => A.map.camera.zoomAt(1 / 1.4, ...middle()),
    0: () => A.map.camera.reset(),
    Enter: () => A.map.hovered !== null && A.open(A.row(A.map.hovered)),
    Escape: () => A.select([], "page"),
  };

  function key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
    event.preventDefault();
    if (event.key !== "Enter") keyed = true;
    KEYS[event.key]();
    if (event.key !== "Enter") tellMiddle();
  }

  let keyed = false; // the keyboard leads: the point nearest to the middle is meant
  A.map.keyed = () => keyed && document.activeElement === canvas;

  /* Readers who do not see the map are told which record is in its middle. */
  const tell = A.later(function () {
    const point = A.map.hovered;
    A.announce(point === null ? "No record near the middle of the map." : `In the middle: ${A.describe(point)}. Enter opens it.`);
  }, 250);

  function tellMiddle() {
    A.map.hover(A.map.seenAt(...middle(), 80));
    tell();
  }

  function leave() {
    if (!fingers.size && !A.map.keyed()) A.map.hover(null);
  }

  canvas.addEventListener("pointerdown", (event) => {
    keyed = false;
    down(event);
  });
  canvas.addEventListener("pointermove", move);
  canvas.addEventListener("pointerup", up);
  canvas.addEventListener("pointercancel", (event) => {
    fingers.delete(event.pointerId);
    lasso = null;
  });
  canvas.addEventListener("pointerleave", leave);
  canvas.addEventListener("wheel", wheel, { passive: false });
  canvas.addEventListener("keydown", key);
  canvas.addEventListener("blur", () => A.map.decorate());
  lassoButton.addEventListener("click", () => setArmed(!armed()));
  A.byId("zoom-in").addEventListener("click", () => A.map.camera.zoomAt(1.6, ...middle()));
  A.byId("zoom-out").addEventListener("click", () => A.map.camera.zoomAt(1 / 1.6, ...middle()));
  A.byId("reset").addEventListener("click", function () {
    A.map.camera.reset();
    A.emit("reset");
    A.select([], "page");
    A.announce("The map shows all records.");
  });
})(window.Asterism);
