/* Find the records nearest to a text, to an image, or to a record. */
"use strict";
(function (A) {
  const L = A.live;
  if (!L || !L.can_search_record) return;
  const WANTED = 24;
  const section = L.section("find", "Find what is alike");
  const newest = L.newest();
  const results = A.el("div", { class: "results", attrs: { "aria-live": "polite" } });

  async function show(asking, asked) {
    const answer = await newest(asking);
    if (!answer) return;
    const records = answer.rows.map(L.asRecord);
    const nearness = new Map(answer.rows.map(({ row, similarity }) => [row, similarity]));
    const points = L.pointsOf(records.map(({ row }) => row));
    const tools = A.el(
      "div",
      { class: "actions" },
      points.length ? A.button("Select on the map", () => A.showPoints(points)) : null,
      A.button("Clear", clear),
    );
    results.replaceChildren(
      A.el("h3", { text: `${A.counted(records.length, "record")} nearest to ${asked}`, attrs: { dir: "auto", tabindex: "-1" } }),
      ...(answer.notes || []).map((note) => A.el("p", { class: "note", text: note })),
      tools,
      A.records(records, ({ row }) => `similarity ${A.decimal(nearness.get(row))}`),
    );
    A.select(points, "search");
  }

  function clear() {
    results.replaceChildren();
    A.select([], "search");
  }

  async function byText(text) {
    await show(L.post(`nearest/text?n=${WANTED}`, { text }), `“${text.length > 60 ? `${text.slice(0, 60)}…` : text}”`);
  }

  async function byFile(file) {
    await show(L.send(`nearest/image?n=${WANTED}`, file), file.name || "the image");
  }

  async function byId(id) {
    const found = await L.get(`records?limit=1&where=${encodeURIComponent(`id:eq:${id}`)}`);
    if (!found.rows.length) throw new Error(`no record has the id ${id}`);
    await byRow(found.rows[0].row, id);
  }

  async function byRow(row, id) {
    await show(L.get(`nearest?row=${row}&n=${WANTED}`), id);
  }

  /* One line with a field and a button. */
  function form(label, input, text, work) {
    const button = A.el("button", { class: "button", text, attrs: { type: "submit" } });
    const submit = function (event) {
      event.preventDefault();
      if (input.value.trim()) L.tried(() => work(input.value.trim()), button);
    };
    return A.el("form", { class: "controls", on: { submit } }, L.field(label, input), button);
  }

  const input = (placeholder, type) => A.el("input", { attrs: { type: type || "search", placeholder, autocomplete: "off", dir: "auto" } });

  /* A field for a file, which may also be dropped on it. */
  function upload() {
    const file = A.el("input", { attrs: { type: "file", accept: "image/*" } });
    const send = (files) => files.length && L.tried(() => byFile(files[0]), file);
    const zone = A.el("div", { class: "drop controls" }, L.field("Like an image: choose a file, or drop it here", file));
    file.addEventListener("change", () => send(file.files));
    ["dragover", "dragleave", "drop"].forEach((name) =>
      zone.addEventListener(name, function (event) {
        event.preventDefault();
        zone.classList.toggle("over", name === "dragover");
        if (name === "drop") send(event.dataTransfer.files);
      }),
    );
    return zone;
  }

  section.append(
    ...[
      L.can_search_text && form("Like a text", input("Words, or a whole text"), "Find", byText),
      L.can_search_image && upload(),
      form("Like a record", input("Its id"), "Find", byId),
      results,
    ].filter(Boolean),
  );

  /* Find what is like a record, from wherever it is shown. */
  L.moreLike = async function (row, id) {
    await byRow(row, id);
    section.scrollIntoView({ behavior: A.calm() ? "auto" : "smooth" });
    const title = results.querySelector("h3");
    if (title) title.focus({ preventScroll: true });
  };
})(window.Asterism);
