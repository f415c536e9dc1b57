/* Findings about single records: outliers, near-duplicates, recommendations, generated samples. */
"use strict";
(function (A) {
  const { outliers, duplicates, recommendations, samples } = A.content;

  function outlierParts({ stage, component, meaning, records, histogram }) {
    return [
      A.heading(stage, component),
      histogram ? A.histogram(histogram, `Scores of all records; ${meaning}.`) : null,
      A.records(records, ({ score }) => `score ${A.decimal(score)}`),
    ];
  }

  function duplicateParts({ stage, component, sets, total }) {
    const shown = sets.length < total ? `The first ${sets.length} of ${A.counted(total, "set")}.` : A.counted(total, "set") + ".";
    return [
      A.heading(stage, component),
      A.el("p", { class: "note", text: shown }),
      A.el("div", { class: "sets" }, ...sets.map(duplicateSet)),
    ];
  }

  const duplicateSet = ({ records }, i) =>
    A.el("article", { class: "card set", attrs: { "aria-label": `Set ${i + 1}` } }, A.records(records));

  function userCard({ id, touched, touched_total: total, items }) {
    const more = total > touched.length ? ` and ${A.whole(total - touched.length)} more` : "";
    return A.el(
      "article",
      { class: "card" },
      A.el("h4", { text: id, attrs: { dir: "auto" } }),
      A.el(
        "p",
        { class: "note" },
        `From ${A.counted(total, "item")}: `,
        ...touched.flatMap((item, i) => [i ? ", " : "", A.id(item)]),
        more,
      ),
      A.el("ol", { class: "offers" }, ...items.map(offer)),
    );
  }

  const offer = ({ id, score, reasons }) =>
    A.el(
      "li",
      {},
      A.id(id),
      A.el("span", { class: "note", text: A.decimal(score) }),
      reasons && reasons.length
        ? A.el("ul", { class: "lines" }, ...reasons.map((text) => A.el("li", { text, attrs: { dir: "auto" } })))
        : null,
    );

  const offerParts = ({ stage, component, users }) => [
    A.heading(stage, component),
    A.el("div", { class: "cards" }, ...users.map(userCard)),
  ];

  function sampleParts({ stage, component, generated, real }) {
    const column = (title, previews) =>
      A.el(
        "div",
        {},
        A.el("h4", { text: title }),
        A.el(
          "ul",
          { class: previews.some((each) => each.image) ? "records pictures" : "records" },
          ...previews.map((preview, i) =>
            A.el("li", { class: "record" }, A.preview({ preview, id: `${title.toLowerCase()} sample ${i + 1}`, point: null })),
          ),
        ),
      );
    return [A.heading(stage, component), A.el("div", { class: "beside" }, column("Generated", generated), column("Real", real))];
  }

  A.startFindings = function () {
    const part = (id, title, intro, list, build) => list.length && A.part(id, title, intro, () => list.flatMap(build));
    part("outliers", "Outliers", "The most unusual records.", outliers, outlierParts);
    part(
      "duplicates",
      "Near-duplicates",
      "Records that are nearly the same, side by side.",
      duplicates.filter((each) => each.sets.length),
      duplicateParts,
    );
    part(
      "recommendations",
      "Recommendations",
      "What some of the users would be offered, best first, and why.",
      recommendations,
      offerParts,
    );
    part("samples", "Samples", "What was generated, beside records of the source.", samples, sampleParts);
  };
})(window.Asterism);
