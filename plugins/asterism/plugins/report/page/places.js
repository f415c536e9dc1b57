/* Where points are: normalised places, a grid to find the nearest one, and which lie in a polygon. */
"use strict";
(function (A) {
  function spanOf(values) {
    let low = Infinity;
    let high = -Infinity;
    for (let i = 0; i < values.length; i++) {
      if (values[i] < low) low = values[i];
      if (values[i] > high) high = values[i];
    }
    return low <= high ? [low, high] : [0, 0];
  }

  /* Places in -1 to 1 with one scale for both axes: distances on the map stay what they are. */
  A.places = function (map) {
    const [x, y] = [A.array(map.x), A.array(map.y)];
    const [spanX, spanY] = [spanOf(x), spanOf(y)];
    const half = Math.max(spanX[1] - spanX[0], spanY[1] - spanY[0]) / 2 || 1;
    const [middleX, middleY] = [(spanX[0] + spanX[1]) / 2, (spanY[0] + spanY[1]) / 2];
    const places = new Float32Array(x.length * 2);
    for (let i = 0; i < x.length; i++) {
      places[2 * i] = (x[i] - middleX) / half;
      places[2 * i + 1] = (y[i] - middleY) / half;
    }
    const extent = [spanX, spanY].map((span) => Math.max((span[1] - span[0]) / 2 / half, 0.05));
    return { places, extent, grid: gridOf(places) };
  };

  const cellOf = (value, side) => Math.max(0, Math.min(side - 1, Math.floor(((value + 1) / 2) * side)));

  function gridOf(places) {
    const count = places.length / 2;
    const side = Math.max(1, Math.ceil(Math.sqrt(count / 4)));
    const cells = new Uint32Array(count);
    const starts = new Uint32Array(side * side + 1);
    for (let i = 0; i < count; i++) {
      cells[i] = cellOf(places[2 * i + 1] || 0, side) * side + cellOf(places[2 * i] || 0, side);
      starts[cells[i] + 1]++;
    }
    for (let i = 0; i < side * side; i++) starts[i + 1] += starts[i];
    const next = starts.slice();
    const members = new Uint32Array(count);
    for (let i = 0; i < count; i++) members[next[cells[i]]++] = i;
    return { side, starts, members };
  }

  /* The nearest point within `reach` of (x, y) that `seen` lets through, or null. */
  A.nearest = function ({ places, grid }, x, y, reach, seen) {
    const { side, starts, members } = grid;
    const bounds = [x - reach, x + reach, y - reach, y + reach].map((value) => cellOf(value, side));
    let best = null;
    let closest = reach * reach;
    for (let line = bounds[2]; line <= bounds[3]; line++) {
      for (let at = starts[line * side + bounds[0]]; at < starts[line * side + bounds[1] + 1]; at++) {
        const point = members[at];
        const distance = (places[2 * point] - x) ** 2 + (places[2 * point + 1] - y) ** 2;
        if (distance <= closest && seen(point)) [best, closest] = [point, distance];
      }
    }
    return best;
  };

  /* By the count of edges that a ray to the right crosses. */
  function inside(polygon, x, y) {
    let within = false;
    for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
      const [[xi, yi], [xj, yj]] = [polygon[i], polygon[j]];
      if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) within = !within;
    }
    return within;
  }

  A.pointsWithin = function ({ places }, polygon, seen) {
    const [left, right] = spanOf(polygon.map((corner) => corner[0]));
    const [low, high] = spanOf(polygon.map((corner) => corner[1]));
    const found = [];
    for (let i = 0; i < A.count; i++) {
      const [x, y] = [places[2 * i], places[2 * i + 1]];
      if (x >= left && x <= right && y >= low && y <= high && seen(i) && inside(polygon, x, y)) found.push(i);
    }
    return found;
  };

  /* The box that holds 97% of the points on each axis, or null where there are few. */
  A.heartOf = function ({ places }) {
    const known = Array.from({ length: Math.min(A.count, 20000) }, (_, i) => Math.floor((i * A.count) / Math.min(A.count, 20000)));
    const axis = (add) =>
      Float32Array.from(known, (point) => places[2 * point + add])
        .filter(Number.isFinite)
        .sort();
    const [x, y] = [axis(0), axis(1)];
    const at = (values, share) => values[Math.round(share * (values.length - 1))];
    return x.length < 100 ? null : [at(x, 0.015), at(y, 0.015), at(x, 0.985), at(y, 0.985)];
  };

  /* The box around points as [left, bottom, right, top]. */
  A.boxOf = function ({ places }, points) {
    const known = Array.from(points).filter((point) => Number.isFinite(places[2 * point] + places[2 * point + 1]));
    const [left, right] = spanOf(known.map((point) => places[2 * point]));
    const [bottom, top] = spanOf(known.map((point) => places[2 * point + 1]));
    return known.length ? [left, bottom, right, top] : null;
  };
})(window.Asterism);
