/* The run itself: how good it is, what was run on which data, and what is worth knowing. */
"use strict";
(function (A) {
  const { run, metrics } = A.content;
  const VERBS = { fit: "Fitted to", apply: "A fitted model applied to" };

  function summary() {
    const groups = A.content.groupings[0];
    const count = groups ? groups.groups.filter(({ group }) => group !== -1).length : 0;
    const facts = [
      A.counted(run.records, run.noun.replace(/ies$/, "y").replace(/s$/, ""), run.noun),
      groups ? `${A.counted(count, "group")} in ${groups.stage}` : null,
      run.quarantined ? `${A.whole(run.quarantined)} left out` : null,
      run.date || null,
    ];
    A.byId("summary").replaceChildren(...facts.filter(Boolean).map((text) => A.el("li", { text })));
  }

  function metricParts() {
    const rows = metrics.map(({ stage, name, value, meaning }) => [
      stage,
      name.replaceAll("_", " "),
      typeof value === "number" ? A.decimal(value) : String(value ?? "–"),
      meaning,
    ]);
    return A.table("Metrics", ["Stage", "Measure", "Value", "What it means"], rows, [2]);
  }

  const fact = (name, value) => (value ? [A.el("dt", { text: name }), A.el("dd", { text: value, attrs: { dir: "auto" } })] : []);

  function facts() {
    return A.el(
      "dl",
      { class: "facts run-facts" },
      ...fact(VERBS[run.verb] || run.verb, `${A.whole(run.records)} ${run.noun}`),
      ...fact("Source", run.source),
      ...fact("Left out", run.quarantined ? A.counted(run.quarantined, "record") : ""),
      ...fact(
        "On this page",
        A.content.points.shown < A.content.points.total
          ? `${A.whole(A.content.points.shown)} of ${A.whole(A.content.points.total)} records, drawn at random`
          : "",
      ),
      ...fact("Date", run.date),
      ...fact(
        "Versions",
        Object.entries(run.versions)
          .map(([name, version]) => `${name} ${version}`)
          .join(", "),
      ),
    );
  }

  function stageTable() {
    const slowest = Math.max(...run.stages.map(({ seconds }) => seconds), 1e-9);
    const heaviest = Math.max(...run.stages.map(({ memory }) => memory), 1);
    const rows = run.stages.map(({ name, component, rows: count, seconds, memory, reused, streamed }) => [
      name,
      component,
      A.whole(count),
      A.meter(seconds / slowest, A.duration(seconds)),
      memory ? A.meter(memory / heaviest, A.bytes(memory)) : "–",
      [streamed ? "in batches" : "", reused ? `${A.whole(reused)} rows reused` : ""].filter(Boolean).join(", "),
    ]);
    return [A.el("h3", { text: "Stages" }), A.table("Stages", ["Stage", "Component", "Rows", "Time", "Memory", "How"], rows, [2])];
  }

  function problems() {
    if (!run.problems.length) return [];
    return [
      A.el("h3", { text: "Worth knowing" }),
      A.el("ul", { class: "problems" }, ...run.problems.map((text) => A.el("li", { text, attrs: { dir: "auto" } }))),
    ];
  }

  function quarantine() {
    if (!run.quarantine.length) return [];
    const rows = run.quarantine.map(({ id, place, reason, stage }) => [id || "–", String(place ?? ""), reason, stage || ""]);
    const shown = run.quarantine.length < run.quarantined ? ` The first ${run.quarantine.length} of ${A.whole(run.quarantined)}.` : "";
    return [
      A.el("h3", { text: "Left out" }),
      A.el("p", { class: "note", text: `Records that could not be used.${shown}` }),
      A.table("Records left out", ["Record", "Place", "Reason", "Stage"], rows),
    ];
  }

  function spec() {
    if (!run.spec) return [];
    const copy = A.button("Copy", async () =>
      A.announce((await A.copy(run.spec)) ? "The spec is copied" : "The browser does not let this page copy"),
    );
    return [
      A.details("The spec of this run", () =>
        A.el("div", { class: "code" }, copy, A.el("pre", { text: run.spec, attrs: { tabindex: "0", "aria-label": "Spec" } })),
      ),
    ];
  }

  A.startRun = function () {
    summary();
    if (metrics.length) A.part("metrics", "Metrics", "Numbers about how good the result is, and how to read them.", metricParts);
    A.part("run", "What was run", "", () => [
      facts(),
      ...spec(),
      ...(run.stages.length ? stageTable() : []),
      ...problems(),
      ...quarantine(),
    ]);
  };
})(window.Asterism);
