/* Sections of the page: each has its place and its line in the contents at once, and is filled when it comes near. */
"use strict";
(function (A) {
  const links = A.byId("contents");
  const main = A.byId("main");
  const waiting = new Map(); // section -> what fills it
  const near = new IntersectionObserver((entries) => entries.forEach((each) => each.isIntersecting && fill(each.target)), {
    rootMargin: "800px",
  });
  const seen = new IntersectionObserver(mark, { rootMargin: "-20% 0px -70% 0px" });

  /* A new, empty section with a heading, at the end of the page. */
  A.section = function (id, title) {
    const heading = A.el("h2", { text: title, attrs: { id: `${id}-title` } });
    const section = A.el("section", { attrs: { id, "aria-labelledby": `${id}-title` } }, heading);
    main.append(section);
    A.contents(id, title, section);
    return section;
  };

  A.contents = function (id, title, section) {
    links.append(A.el("li", {}, A.el("a", { text: title, attrs: { href: `#${id}` } })));
    seen.observe(section);
  };

  /* A section that `build` fills with elements once the reader comes near; `intro` says what is in it. */
  A.part = function (id, title, intro, build) {
    const section = A.section(id, title);
    if (intro) section.append(A.el("p", { class: "intro", text: intro }));
    section.classList.add("unfilled");
    waiting.set(section, build);
    near.observe(section);
  };

  function fill(section) {
    const build = waiting.get(section);
    if (!build) return;
    waiting.delete(section);
    near.unobserve(section);
    section.classList.remove("unfilled");
    section.append(...[build(section)].flat().filter(Boolean));
  }

  A.fillAll = () => Array.from(waiting.keys()).forEach(fill);

  /* What is not filled yet is filled while nothing else happens, one section at a time. */
  function fillInQuiet() {
    const quiet = window.requestIdleCallback || ((action) => setTimeout(action, 60));
    const next = function () {
      const [section] = waiting.keys();
      if (!section) return;
      fill(section);
      quiet(next);
    };
    quiet(next);
  }

  function mark(entries) {
    entries
      .filter((each) => each.isIntersecting)
      .forEach(({ target }) =>
        links.querySelectorAll("a").forEach((link) => {
          if (link.hash === `#${target.id}`) link.setAttribute("aria-current", "true");
          else link.removeAttribute("aria-current");
        }),
      );
  }

  links.addEventListener("click", A.fillAll);
  addEventListener("beforeprint", A.fillAll);
  A.contents("map", "Map", A.byId("map"));
  A.startSections = () => A.map.ready.then(fillInQuiet);

  /* A table with a heading for each column; cells are texts or elements. */
  A.table = function (caption, heads, rows, numeric) {
    const cell = (tag, content, place) =>
      A.el(
        tag,
        { class: numeric && numeric.includes(place) ? "numeric" : "", attrs: { dir: "auto", ...(tag === "th" ? { scope: "col" } : {}) } },
        content,
      );
    const table = A.el(
      "table",
      {},
      A.el("caption", { class: "visually-hidden", text: caption }),
      A.el("thead", {}, A.el("tr", {}, ...heads.map((head, i) => cell("th", head, i)))),
      A.el("tbody", {}, ...rows.map((row) => A.el("tr", {}, ...row.map((content, i) => cell("td", content, i))))),
    );
    return A.el("div", { class: "table", attrs: { tabindex: "0", role: "region", "aria-label": caption } }, table);
  };

  /* What is told only to those who ask; `build` makes it then. */
  A.details = function (summary, build) {
    const details = A.el("details", {}, A.el("summary", { text: summary }));
    details.addEventListener("toggle", () => details.open && details.children.length === 1 && details.append(...[build()].flat()), false);
    return details;
  };

  A.heading = (stage, component) =>
    A.el("h3", {}, stage, component && component !== stage ? A.el("span", { class: "component", text: component }) : null);
})(window.Asterism);
