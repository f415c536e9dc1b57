/* A page that a process answers: how it asks, and what it says when that fails. */
"use strict";
(function (A) {
  const live = A.content.live;
  if (!live) return;
  const headers = { "X-Asterism-Token": live.token };
  const message = A.el("div", { class: "live-message", attrs: { role: "alert", hidden: true } });
  document.body.append(message);

  /* Say something that must not be missed; `actions` are buttons beside it. */
  function tell(text, ...actions) {
    const close = A.el("button", {
      class: "close",
      text: "×",
      attrs: { type: "button", "aria-label": "Close the message" },
      on: { click: () => (message.hidden = true) },
    });
    message.replaceChildren(A.el("span", { text, attrs: { dir: "auto" } }), ...actions, close);
    message.hidden = false;
  }

  async function answered(response) {
    if (response.ok) return response;
    const { error } = await response.json().catch(() => ({ error: { message: `the server answered ${response.status}`, hint: "" } }));
    const failure = new Error(error.hint ? `${error.message}; ${error.hint}` : error.message);
    throw Object.assign(failure, { status: response.status });
  }

  async function ask(path, options) {
    const response = await fetch(`/api/${path}`, { ...options, headers: { ...headers, ...(options || {}).headers } }).catch(() => {
      throw new Error("the server does not answer; start `asterism view` again");
    });
    return answered(response);
  }

  const get = async (path) => (await ask(path)).json();

  const json = (value) => ({ method: "POST", body: JSON.stringify(value), headers: { "Content-Type": "application/json" } });

  const post = async (path, value) => (await ask(path, json(value))).json();

  const send = async (path, file) =>
    (await ask(path, { method: "POST", body: file, headers: { "Content-Type": "application/octet-stream" } })).json();

  /* The address of an image that only those get who have the token. */
  const picture = async (path) => URL.createObjectURL(await (await ask(path)).blob());

  /* Keep what the server sends as a file. */
  async function save(path, value) {
    const response = await ask(path, value && json(value));
    const name = /filename\*?="?([^";]+)/.exec(response.headers.get("Content-Disposition") || "");
    const url = URL.createObjectURL(await response.blob());
    const link = A.el("a", { attrs: { href: url, download: name ? name[1] : "asterism" } });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
    return response;
  }

  /* Do what may fail, and say so where it does; buttons that asked for it wait until it is done. */
  async function tried(work, button) {
    if (button) button.setAttribute("aria-busy", "true");
    try {
      message.hidden = true;
      return await work();
    } catch (failure) {
      tell(failure.message, ...(failure.status === 409 && failure.edits ? [A.button("Reload", () => location.reload())] : []));
      return null;
    } finally {
      if (button) button.removeAttribute("aria-busy");
    }
  }

  /* Of the answers that go to one place, that to the latest question counts; those that come too late are null. */
  function newest() {
    let latest = 0;
    return async function (asking) {
      const place = ++latest;
      const answer = await asking;
      return place === latest ? answer : null;
    };
  }

  /* A button that does something that may fail. */
  function action(text, work, classes) {
    const button = A.button(text, () => tried(work, button), classes);
    return button;
  }

  /* What the server says of a record, as the page has its records. */
  const asRecord = (shown) => ({ row: shown.row, id: shown.id, preview: shown.preview, point: A.point(shown.row) });

  const pointsOf = (rows) => rows.map(A.point).filter((point) => point !== null);

  /* A section right behind the map, and its line in the contents right behind that of the map. */
  function section(id, title) {
    const made = A.section(id, title);
    const before = Array.from(document.querySelectorAll("#main > section"))
      .filter((each) => each.id === "map" || each.classList.contains("live"))
      .pop();
    const place = before ? A.byId("contents").querySelector(`a[href="#${before.id}"]`) : null;
    made.classList.add("live");
    if (before) before.after(made);
    if (place) place.parentElement.after(A.byId("contents").lastElementChild);
    return made;
  }

  const field = (text, control) => A.el("label", {}, A.el("span", { text }), control);

  function options(pairs) {
    return pairs.map(([value, text]) => A.el("option", { text, attrs: { value } }));
  }

  const choice = (pairs, on) => A.el("select", { on }, ...options(pairs));

  A.live = {
    ...live,
    tell,
    ask,
    get,
    post,
    send,
    save,
    picture,
    tried,
    newest,
    action,
    asRecord,
    pointsOf,
    section,
    field,
    choice,
    options,
  };
  A.live.known = live.edits; // how many edits of the run this page has seen
})(window.Asterism);
