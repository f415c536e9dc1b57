/* Which part of the map is seen: a middle, a zoom, and the way between them. */
"use strict";
(function (A) {
  const CLOSEST = 2000;
  const FARTHEST = 0.6;
  const MUCH = 1.2; // so much larger must the map become for far points to be left out at first

  /* `extent` is half the width and height of the points, in units of the map. */
  A.camera = function (changed) {
    const view = { x: 0, y: 0, zoom: 1, scale: 1, width: 1, height: 1, extent: [1, 1] };
    let moving = 0;

    const within = (zoom) => Math.min(CLOSEST, Math.max(FARTHEST, zoom));

    function update() {
      const fit = Math.min(view.width / (2 * view.extent[0]), view.height / (2 * view.extent[1]));
      view.scale = view.zoom * 0.9 * fit;
      changed();
    }

    view.resize = function (width, height) {
      Object.assign(view, { width: Math.max(1, width), height: Math.max(1, height) });
      update();
    };

    view.fitTo = function (extent) {
      view.extent = extent;
      update();
    };

    view.toScreen = (x, y) => [view.width / 2 + (x - view.x) * view.scale, view.height / 2 - (y - view.y) * view.scale];
    view.toMap = (left, top) => [view.x + (left - view.width / 2) / view.scale, view.y - (top - view.height / 2) / view.scale];

    view.pan = function (right, down) {
      stop();
      view.x = Math.max(-1.5, Math.min(1.5, view.x - right / view.scale));
      view.y = Math.max(-1.5, Math.min(1.5, view.y + down / view.scale));
      update();
    };

    /* Zoom by a factor while the place under (left, top) stays where it is; false at the end of the range. */
    view.zoomAt = function (factor, left, top) {
      stop();
      const zoom = within(view.zoom * factor);
      if (zoom === view.zoom) return false;
      const [x, y] = view.toMap(left, top);
      view.zoom = zoom;
      update();
      const [newX, newY] = view.toMap(left, top);
      Object.assign(view, { x: view.x + x - newX, y: view.y + y - newY });
      changed();
      return true;
    };

    function stop() {
      cancelAnimationFrame(moving);
      moving = 0;
    }

    /* Fly there in a third of a second, or at once where motion is unwelcome. */
    view.goTo = function (x, y, zoom) {
      stop();
      const from = { x: view.x, y: view.y, zoom: view.zoom };
      const to = { x, y, zoom: within(zoom) };
      const start = performance.now();
      const step = function (now) {
        const share = A.calm() ? 1 : Math.min(1, Math.max(0, (now - start) / 350));
        between(from, to, 1 - (1 - share) ** 3);
        if (share < 1) moving = requestAnimationFrame(step);
      };
      step(start);
    };

    function between(from, to, share) {
      view.x = from.x + (to.x - from.x) * share;
      view.y = from.y + (to.y - from.y) * share;
      view.zoom = from.zoom * (to.zoom / from.zoom) ** share;
      update();
    }

    view.reset = () => view.goTo(0, 0, 1);

    function zoomFor([left, bottom, right, top], share) {
      const fit = 0.9 * Math.min(view.width / (2 * view.extent[0]), view.height / (2 * view.extent[1]));
      const room = Math.min(view.width / Math.max(right - left, 1e-6), view.height / Math.max(top - bottom, 1e-6));
      return Math.min(60, (share * room) / fit);
    }

    const middleOf = ([left, bottom, right, top]) => [(left + right) / 2, (bottom + top) / 2];

    /* Fly to a box of the map, with some room around it. */
    view.show = (box) => view.goTo(...middleOf(box), zoomFor(box, 0.7));

    /* Begin with the box where nearly all points are, if a few far ones would make it small; else with all. */
    view.begin = function (box) {
      stop();
      const zoom = box ? Math.min(3, zoomFor(box, 0.85)) : 1;
      const [x, y] = zoom > MUCH ? middleOf(box) : [0, 0];
      Object.assign(view, { x, y, zoom: zoom > MUCH ? zoom : 1 });
      update();
    };
    return view;
  };
})(window.Asterism);
