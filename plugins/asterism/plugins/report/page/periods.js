/* Groups over time, and the curves behind an automatic number of groups. */
"use strict";
(function (A) {
  const SHOWN = 12;

  const sum = (counts) => counts.reduce((total, count) => total + count, 0);

  /* Groups with their counts, those with the most records first. */
  function seriesOf({ stage, periods }) {
    return Object.entries(periods.counts)
      .map(([group, counts]) => ({ group: +group, title: A.titleOf(stage, +group), counts, total: sum(counts) }))
      .filter(({ group }) => group !== -1)
      .sort((a, b) => b.total - a.total);
  }

  const peakOf = ({ counts }, periods) => periods[counts.indexOf(Math.max(...counts))];

  function small(grouping, series, most) {
    const { periods, words } = grouping.periods;
    const peak = peakOf(series, periods);
    const said = words && words[series.group] ? words[series.group][periods.indexOf(peak)] : "";
    const label = `${series.title}: ${A.counted(series.total, "record")}, most in ${peak}`;
    const chart = A.area(series.counts, most, label);
    chart.style.color = A.asCss(A.colourOf(A.groupRank(grouping.stage, series.group)));
    return A.el(
      "figure",
      { class: "small" },
      A.el("h4", { text: series.title, attrs: { dir: "auto" } }),
      chart,
      A.el("div", { class: "scale-ends" }, A.el("span", { text: periods[0] }), A.el("span", { text: periods[periods.length - 1] })),
      A.el("figcaption", { attrs: { dir: "auto" }, text: `most in ${peak}${said ? `: ${said}` : ""}` }),
    );
  }

  function tableOf(grouping, series) {
    const { periods } = grouping.periods;
    const rows = series.map(({ title, counts }) => [title, ...counts.map(A.whole)]);
    return A.table(
      `Records of ${grouping.stage} by period`,
      ["Group", ...periods],
      rows,
      periods.map((_, i) => i + 1),
    );
  }

  function build(grouping) {
    const series = seriesOf(grouping);
    const most = Math.max(1, ...series.slice(0, SHOWN).flatMap(({ counts }) => counts));
    const charts = A.el("div", { class: "smalls" });
    const draw = () =>
      charts.replaceChildren(
        ...seriesOf(grouping)
          .slice(0, SHOWN)
          .map((each) => small(grouping, each, most)),
      );
    ["theme", "titles"].forEach((event) => A.on(event, draw));
    draw();
    const rest =
      series.length > SHOWN ? A.el("p", { class: "note", text: `The ${SHOWN} largest of ${A.counted(series.length, "group")}.` }) : null;
    return [A.heading(grouping.stage, grouping.component), charts, rest, A.details("All as a table", () => tableOf(grouping, series))];
  }

  function curves(grouping) {
    const tables = grouping.curves.map((curve) =>
      A.details(`${curve.name} as a table`, () =>
        A.table(
          curve.name,
          [curve.x_label, curve.name],
          curve.x.map((x, i) => [String(x), A.decimal(curve.y[i])]),
          [1],
        ),
      ),
    );
    return [A.heading(grouping.stage, grouping.component), ...grouping.curves.flatMap((curve, i) => [A.curve(curve), tables[i]])];
  }

  A.startPeriods = function () {
    const timed = A.content.groupings.filter((each) => each.periods && each.periods.periods.length);
    if (timed.length)
      A.part("periods", "Over time", "How many records of each group fall into each period; all charts have the same height.", () =>
        timed.flatMap(build),
      );
  };

  A.startCurves = function () {
    const tried = A.content.groupings.filter((each) => (each.curves || []).length);
    const intro = "Where the number of groups was left to the program: what was tried, and what was chosen.";
    if (tried.length) A.part("curves", "Number of groups", intro, () => tried.flatMap(curves));
  };
})(window.Asterism);
