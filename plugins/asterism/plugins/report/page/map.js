/* The map: what is drawn, which points are seen, and what lies under the pointer. */
"use strict";
(function (A) {
  const maps = A.content.maps;
  const canvas = A.byId("points");
  const overlay = A.byId("overlay");
  const stage = A.byId("stage");
  let placed = null; // places of the current map
  let renderer = null;
  let kept = null; // 1 for each point that a filter lets through, or null
  let inView = new Uint32Array(0);
  let waiting = 0;
  let stale = { colours: true, order: true, view: true, overlay: true };
  let settle;
  const map = (A.map = { ready: new Promise((resolve) => (settle = resolve)), hovered: null, drawn: 0 });

  const pace = A.pace();
  map.camera = A.camera(() => map.draw());
  map.places = () => placed;

  function start() {
    A.state.map = maps.length ? maps[0].stage : null;
    renderer = maps.length ? supported() : null;
    if (!renderer) return absent();
    fill();
    chooseMap(maps[0]);
    new ResizeObserver(resize).observe(stage);
  }

  function supported() {
    try {
      return A.renderer(canvas);
    } catch (refused) {
      return null;
    }
  }

  function absent() {
    if (maps.length) A.byId("no-webgl").hidden = false;
    else if (makesVectors()) A.byId("no-map").hidden = false;
    A.byId("map").classList.add("without-map");
    settle(false);
  }

  /* A run that only recommends, or only generates, has nothing that a map could be made of. */
  function makesVectors() {
    return A.content.run.stages.some((one) => /^(encoder|reducer|clusterer)\//.test(one.component));
  }

  function chooseMap(chosen) {
    A.state.map = chosen.stage;
    placed = A.places(chosen);
    renderer.places(placed.places);
    stale.order = true;
    map.camera.fitTo(placed.extent);
    map.camera.begin(A.heartOf(placed));
    A.emit("map", chosen.stage);
  }

  function resize() {
    fill();
    render(performance.now());
  }

  /* Let the canvases fill the stage. */
  function fill() {
    const [width, height] = [stage.clientWidth, stage.clientHeight];
    const ratio = Math.min(2, devicePixelRatio || 1);
    [canvas, overlay].forEach((each) => Object.assign(each, { width: Math.round(width * ratio), height: Math.round(height * ratio) }));
    map.ratio = ratio;
    map.camera.resize(width, height);
  }

  /* Is a point on the map: known, not hidden by the legend, not filtered out? */
  map.sees = function (point) {
    if (kept && !kept[point]) return false;
    if (Number.isNaN(placed.places[2 * point] + placed.places[2 * point + 1])) return false;
    return !map.hidden || !map.hidden.has(map.hiddenValues[point]);
  };

  function orderPoints() {
    const column = A.column(A.state.colour);
    map.hidden = A.state.hidden.size ? A.state.hidden : null;
    map.hiddenValues = column ? A.values(column) : null;
    const chosen = new Uint8Array(A.count);
    A.state.selection.forEach((point) => (chosen[point] = 1));
    const order = new Uint32Array(A.count);
    let [behind, front] = [0, 0];
    const inFront = new Uint32Array(A.state.selection.length);
    const stride = strideOf(A.count);
    for (let i = 0, point = 0; i < A.count; i++, point = (point + stride) % A.count) {
      if (!map.sees(point)) continue;
      if (chosen[point]) inFront[front++] = point;
      else order[behind++] = point;
    }
    order.set(inFront.subarray(0, front), behind);
    renderer.order(order.slice(0, behind + front), front);
    inView = A.state.selection.length ? inFront.subarray(0, front) : order.subarray(0, behind);
  }

  /* Steps through all points in a mixed order, so that the last group of a source does not lie over all the others. */
  function strideOf(count) {
    const common = (a, b) => (b ? common(b, a % b) : a);
    let stride = Math.max(1, Math.floor(count * 0.618));
    while (common(stride, count) > 1) stride++;
    return stride;
  }

  function look() {
    const zoomed = Math.min(3, map.camera.zoom ** 0.3);
    const crowd = Math.log10(Math.max(10, A.count));
    const room = Math.max(0.6, Math.min(1.1, Math.sqrt(map.camera.width * map.camera.height) / 800));
    const size = Math.max(2.2, Math.min(14, (13 - 2 * crowd) * zoomed * room)) * map.ratio;
    const opacity = Math.min(0.95, (A.count > 50000 ? 0.5 : A.count > 5000 ? 0.7 : 0.85) * Math.max(1, zoomed * 0.8));
    const picked = A.state.selection.length > 0;
    return [
      { size, opacity: picked ? opacity * 0.16 : opacity },
      { size: size + 2 * map.ratio, opacity: 0.95 },
    ];
  }

  function schedule() {
    if (renderer && !waiting) waiting = requestAnimationFrame(render);
  }

  /* Draw the points and all over them again. */
  map.draw = function () {
    stale.view = true;
    schedule();
  };

  /* Draw again only what lies over the points. */
  map.decorate = function () {
    stale.overlay = true;
    schedule();
  };

  function render(now) {
    waiting = 0;
    if (stale.colours) renderer.colours(A.coloursBy(A.column(A.state.colour)));
    if (stale.order) orderPoints();
    if (stale.view) pace.restart();
    const { view, overlay: over } = stale;
    stale = {};
    if (!pace.complete()) renderer.draw(map.camera, pace.next(now), ...look());
    if (view || over) A.emit("drawn", map.camera);
    if (!pace.complete()) schedule();
    else if (map.drawn++ === 0) finished();
  }

  function finished() {
    performance.mark("asterism:map");
    performance.measure("asterism:load", { start: 0, end: "asterism:map" });
    settle(true);
  }

  function outdate(what) {
    stale[what] = true;
    map.draw();
  }

  map.seenAt = (left, top, reach) => {
    const [x, y] = map.camera.toMap(left, top);
    return A.nearest(placed, x, y, reach / map.camera.scale, map.sees);
  };

  /* The points that are seen, or of them those that are selected, in a mixed order. */
  map.candidates = () => inView;

  map.within = (corners) =>
    A.pointsWithin(
      placed,
      corners.map(([left, top]) => map.camera.toMap(left, top)),
      map.sees,
    );

  /* Where a point is on the stage, in CSS pixels. */
  map.at = (point) => map.camera.toScreen(placed.places[2 * point], placed.places[2 * point + 1]);

  /* Where a point is on the page, in CSS pixels. */
  map.screen = function (point) {
    if (!placed) return null;
    const box = canvas.getBoundingClientRect();
    const [left, top] = map.at(point);
    return [box.left + scrollX + left, box.top + scrollY + top];
  };

  map.zoomTo = function (points) {
    const box = renderer && A.boxOf(placed, points);
    if (box) map.camera.show(box);
  };

  map.hover = function (point, touch) {
    if (point === map.hovered) return;
    map.hovered = point;
    A.emit("hover", { point, touch });
    map.decorate();
  };

  map.choose = (stageName) => chooseMap(maps.find((each) => each.stage === stageName));
  map.works = () => renderer !== null;

  A.on("colour", () => outdate("colours") || outdate("order"));
  A.on("theme", () => outdate("colours"));
  A.on("hidden", () => outdate("order"));
  A.on("select", () => outdate("order"));
  A.on("filter", ({ points }) => {
    kept = points ? new Uint8Array(A.count) : null;
    if (points) points.forEach((point) => (kept[point] = 1));
    outdate("order");
  });
  A.startMap = start;
})(window.Asterism);
