/* Columns that points are coloured by: their categories, titles, ranges and colours. */
"use strict";
(function (A) {
  const columns = new Map(A.content.points.columns.map((column) => [column.name, column]));
  const groupings = new Map(A.content.groupings.map((grouping) => [grouping.stage, grouping]));
  const kept = new Map(); // name of a column -> its categories

  A.columns = A.content.points.columns;
  A.column = (name) => columns.get(name);
  A.values = (column) => A.array(column.values);
  A.grouping = (stage) => groupings.get(stage);
  A.columnOf = (stage) => A.columns.find((column) => column.kind === "groups" && column.stage === stage);

  A.groupOf = function (stage, group) {
    const grouping = groupings.get(stage);
    if (!grouping) return null;
    if (!grouping.byGroup) grouping.byGroup = new Map(grouping.groups.map((each) => [each.group, each]));
    return grouping.byGroup.get(group) || null;
  };

  A.titleOf = function (stage, group) {
    if (group === -1) return "No group";
    const found = A.groupOf(stage, group);
    return (found && found.title) || `Group ${group}`;
  };

  A.titleIn = (column, key) => (column.kind === "classes" ? column.levels[key] : A.titleOf(column.stage, key));

  function counted(column) {
    const counts = new Map();
    const values = A.values(column);
    for (let i = 0; i < values.length; i++) counts.set(values[i], (counts.get(values[i]) || 0) + 1);
    return counts;
  }

  function sizeOf(column, key, shown) {
    const group = column.kind === "groups" ? A.groupOf(column.stage, key) : null;
    return group ? group.size : shown;
  }

  /* [{key, size, shown, rank}] of a column, largest first; -1 comes last and has rank -1. */
  A.categories = function (column) {
    if (column.kind === "numbers") return [];
    if (!kept.has(column.name)) kept.set(column.name, categorise(column));
    return kept.get(column.name);
  };

  function categorise(column) {
    const listed = Array.from(counted(column), ([key, shown]) => ({ key, shown, size: sizeOf(column, key, shown) }));
    listed.sort((a, b) => (a.key === -1) - (b.key === -1) || b.size - a.size || a.key - b.key);
    listed.forEach((category, rank) => (category.rank = category.key === -1 ? -1 : rank));
    return listed;
  }

  A.rankOf = function (column, key) {
    if (!column.rankByKey) column.rankByKey = new Map(A.categories(column).map((each) => [each.key, each.rank]));
    return column.rankByKey.has(key) ? column.rankByKey.get(key) : -1;
  };

  A.groupRank = function (stage, group) {
    const column = A.columnOf(stage);
    return column ? A.rankOf(column, group) : -1;
  };

  /* The middle 98% of a column of numbers: a few extremes do not take the whole scale. */
  A.rangeOf = function (column) {
    if (column.range) return column.range;
    const sorted = A.values(column).filter(Number.isFinite).sort();
    const at = (share) => sorted[Math.round(share * (sorted.length - 1))];
    column.range = sorted.length ? [at(0.01), at(0.99)] : [0, 0];
    return column.range;
  };

  A.pointsOf = function (column, key) {
    const values = A.values(column);
    const found = [];
    for (let i = 0; i < values.length; i++) if (values[i] === key) found.push(i);
    return found;
  };

  A.pointsOfGroup = function (stage, group) {
    const column = A.columnOf(stage);
    return column ? A.pointsOf(column, group) : [];
  };

  A.valueText = function (column, point) {
    const value = A.values(column)[point];
    return column.kind === "numbers" ? A.decimal(value) : A.titleIn(column, value);
  };

  A.swatchOf = function (column, point) {
    if (column.kind !== "numbers") return A.swatch(A.rankOf(column, A.values(column)[point]));
    const swatch = A.el("span", { class: "swatch", attrs: { "aria-hidden": "true" } });
    swatch.style.background = A.asCss(A.colourAt(column, point));
    return swatch;
  };

  A.colourAt = function (column, point) {
    const value = A.values(column)[point];
    return column.kind === "numbers" ? numberColour(column, value) : A.colourOf(A.rankOf(column, value));
  };

  function numberColour(column, value) {
    const [low, high] = A.rangeOf(column);
    return Number.isFinite(value) ? A.scaleOf(high > low ? (value - low) / (high - low) : 0.5) : A.colourOf(-1);
  }

  /* RGBA of every point by a column, four bytes each. */
  A.coloursBy = function (column) {
    const colours = new Uint8Array(A.count * 4).fill(255);
    const values = column ? A.values(column) : null;
    const pick = picker(column);
    for (let i = 0; i < A.count; i++) colours.set(pick(values && values[i]), i * 4);
    return colours;
  };

  function picker(column) {
    if (!column) return () => A.colourOf(0);
    if (column.kind !== "numbers") {
      const table = new Map(A.categories(column).map((each) => [each.key, A.colourOf(each.rank)]));
      return (value) => table.get(value);
    }
    const table = Array.from({ length: 256 }, (_, i) => A.scaleOf(i / 255));
    const [low, high] = A.rangeOf(column);
    const factor = high > low ? 255 / (high - low) : 0;
    return (value) => (Number.isFinite(value) ? table[Math.max(0, Math.min(255, Math.round((value - low) * factor)))] : A.colourOf(-1));
  }

  A.on("titles", ({ stage, titles }) =>
    Object.entries(titles).forEach(([group, title]) => {
      const found = A.groupOf(stage, +group);
      if (found) Object.assign(found, { title, named: true });
    }),
  );
})(window.Asterism);
