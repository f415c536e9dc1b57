/* Small charts as SVG: bars, a line, an area. Each says in words what it shows. */
"use strict";
(function (A) {
  const text = (x, y, content, attrs) => A.svg("text", { x, y, ...attrs }, content);

  function frame(width, height, label, ...children) {
    return A.svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label, class: "chart" }, ...children);
  }

  /* The numbers of records between edges. */
  A.histogram = function ({ edges, counts }, label) {
    const [width, height, foot] = [640, 150, 18];
    const most = Math.max(...counts, 1);
    const step = width / counts.length;
    const bars = counts.map((count, i) => {
      const tall = count ? Math.max(1.5, (Math.sqrt(count) / Math.sqrt(most)) * (height - foot - 6)) : 0;
      const title = A.svg("title", {}, `${A.decimal(edges[i])} to ${A.decimal(edges[i + 1])}: ${A.counted(count, "record")}`);
      return A.svg("rect", { x: i * step + 0.5, y: height - foot - tall, width: step - 1, height: tall, class: "bar", rx: 1 }, title);
    });
    const ends = [
      text(0, height - 4, A.decimal(edges[0])),
      text(width, height - 4, A.decimal(edges[edges.length - 1]), { "text-anchor": "end" }),
    ];
    return A.el(
      "figure",
      {},
      frame(width, height, label, ...bars, ...ends),
      A.el("figcaption", { text: `${label} Heights follow the square root of the counts.` }),
    );
  };

  function scaleOf(values, from, to) {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return (value) => (high > low ? from + ((value - low) / (high - low)) * (to - from) : (from + to) / 2);
  }

  /* A line over what was tried, with the point that was chosen. */
  A.curve = function ({ name, x_label: xLabel, x, y, chosen }) {
    const [width, height] = [640, 220];
    const known = x.map((each, i) => [each, y[i]]).filter(([, value]) => Number.isFinite(value));
    if (!known.length) return null;
    const across = scaleOf(
      known.map(([each]) => each),
      46,
      width - 14,
    );
    const up = scaleOf(
      known.map(([, value]) => value),
      height - 38,
      24,
    );
    const path = known.map(([each, value], i) => `${i ? "L" : "M"}${across(each).toFixed(1)} ${up(value).toFixed(1)}`).join("");
    const marks = known.map(([each, value]) =>
      A.svg(
        "circle",
        { cx: across(each), cy: up(value), r: each === chosen ? 6 : 3, class: each === chosen ? "chosen" : "mark" },
        A.svg("title", {}, `${each}: ${A.decimal(value)}`),
      ),
    );
    const label = `${name} by ${xLabel}; ${chosen} was chosen.`;
    return A.el(
      "figure",
      {},
      frame(width, height, label, A.svg("path", { d: path, class: "line" }), ...marks, ...axes(known, across, up, chosen, xLabel, height)),
      A.el("figcaption", { text: label }),
    );
  };

  function axes(known, across, up, chosen, xLabel, height) {
    const values = known.map(([, value]) => value);
    const ends = [known[0][0], known[known.length - 1][0]].filter((each) => Math.abs(across(each) - across(chosen)) > 40);
    return [
      ...[Math.min(...values), Math.max(...values)].map((value) => text(40, up(value) + 4, A.decimal(value), { "text-anchor": "end" })),
      ...ends.map((each) => text(across(each), height - 20, String(each), { "text-anchor": "middle" })),
      text(across(chosen), height - 20, String(chosen), { "text-anchor": "middle", class: "strong" }),
      text(333, height - 4, xLabel, { "text-anchor": "middle" }),
    ];
  }

  /* One small area over periods. */
  A.area = function (counts, most, label) {
    const [width, height] = [240, 56];
    const step = counts.length > 1 ? width / (counts.length - 1) : width;
    const points = counts.map((count, i) => `${(i * step).toFixed(1)},${(height - 1 - (count / (most || 1)) * (height - 6)).toFixed(1)}`);
    const single = counts.length === 1 ? [`${width},${points[0].split(",")[1]}`] : [];
    const line = [...points, ...single].join(" ");
    return frame(
      width,
      height,
      label,
      A.svg("polygon", { points: `0,${height} ${line} ${width},${height}`, class: "area" }),
      A.svg("polyline", { points: line, class: "line" }),
    );
  };

  /* A share of one as a bar, beside its number. */
  A.meter = function (share, words) {
    const bar = A.el("span", { class: "meter", attrs: { "aria-hidden": "true" } }, A.el("span"));
    bar.firstChild.style.width = `${100 * Math.max(0, Math.min(1, share))}%`;
    return A.el("span", { class: "metered" }, bar, A.el("span", { text: words }));
  };
})(window.Asterism);
