/* Groups as people change them: names, and groups joined to one; what is done here is kept in the run. */
"use strict";
(function (A) {
  const L = A.live;
  if (!L) return;
  const LISTED = 200;

  /* Keep an edit; where somebody else was faster, say so and offer to look again. */
  async function keep(edit) {
    const response = await L.post("edits", { after: L.known, edits: [edit] }).catch(function (failure) {
      throw failure.status === 409 ? Object.assign(failure, { edits: true }) : failure;
    });
    L.known = response.count;
    return response;
  }

  async function rename(stage, group, name) {
    const { titles } = await keep({ stage, groups: [group], name });
    A.emit("titles", { stage, titles: { [group]: titles[stage][group] } });
    A.announce(`The group is called ${name} now`);
  }

  /* Joined groups change every part of the page, so it is made anew. */
  async function join(stage, groups, name) {
    await keep({ stage, groups, name });
    location.reload();
  }

  /* A form in the place of the buttons of a card; Escape, or Cancel, brings these back. */
  function instead(bar, form) {
    const before = Array.from(bar.children);
    const back = function () {
      bar.replaceChildren(...before);
      bar.querySelector("button").focus();
    };
    form.append(A.el("div", { class: "actions" }, form.lastElementChild, A.button("Cancel", back)));
    form.addEventListener("keydown", (event) => event.key === "Escape" && [event.stopPropagation(), back()]);
    bar.replaceChildren(form);
    form.querySelector("input").focus();
    return back;
  }

  function nameField(title) {
    const name = A.el("input", { attrs: { type: "text", maxlength: 200, dir: "auto", autocomplete: "off" } });
    name.value = title;
    return name;
  }

  function renameForm(bar, stage, group) {
    const name = nameField(A.titleOf(stage, group));
    const submit = A.el("button", { class: "button", text: "Keep the name", attrs: { type: "submit" } });
    const form = A.el("form", { class: "edit" }, L.field("Name", name), submit);
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      if (name.value.trim()) L.tried(() => rename(stage, group, name.value.trim()), submit);
    });
    instead(bar, form);
    name.select();
  }

  /* The other groups of a stage with a box each, the nearest first. */
  function boxes(stage, group) {
    const near = (A.groupOf(stage, group).nearest || []).map((each) => each.group);
    const others = A.grouping(stage)
      .groups.map((each) => each.group)
      .filter((each) => each !== group && each >= 0 && !near.includes(each));
    return [...near, ...others].map(function (other) {
      const box = A.el("input", { attrs: { type: "checkbox", value: other } });
      return A.el(
        "label",
        { class: "check" },
        box,
        A.el("span", { text: `${A.titleOf(stage, other)} (${A.whole(A.groupOf(stage, other).size)})`, attrs: { dir: "auto" } }),
      );
    });
  }

  function joinForm(bar, stage, group) {
    const all = boxes(stage, group);
    const list = A.el(
      "fieldset",
      { class: "choices" },
      A.el("legend", { text: `Join to ${A.titleOf(stage, group)}`, attrs: { dir: "auto" } }),
    );
    const filter = A.el("input", { attrs: { type: "search", autocomplete: "off" } });
    const draw = () => list.replaceChildren(list.firstElementChild, ...matching(all, filter.value).slice(0, LISTED));
    filter.addEventListener("input", draw);
    draw();
    const name = nameField("");
    const submit = A.el("button", { class: "button", text: "Join", attrs: { type: "submit" } });
    const form = A.el(
      "form",
      { class: "edit" },
      L.field("Filter", filter),
      list,
      L.field("Name of them together (may be left out)", name),
      submit,
    );
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      const others = all
        .map((label) => label.querySelector("input"))
        .filter((box) => box.checked)
        .map((box) => +box.value);
      if (others.length) L.tried(() => join(stage, [group, ...others], name.value.trim()), submit);
    });
    instead(bar, form);
  }

  function matching(labels, wanted) {
    const text = wanted.trim().toLowerCase();
    return labels.filter((label) => !text || label.querySelector("input").checked || label.textContent.toLowerCase().includes(text));
  }

  function equip(bar) {
    const [stage, group] = [bar.dataset.stage, +bar.dataset.group];
    bar.dataset.live = "true";
    const all = A.button("All records", () => L.showGroupRecords(stage, group));
    const edits = [A.button("Rename", () => renameForm(bar, stage, group)), A.button("Join", () => joinForm(bar, stage, group))];
    bar.append(all, ...(group < 0 ? [] : edits));
  }

  /* Whoever comes back to the page is told what others changed in the meantime. */
  async function lookForOthers() {
    const { count } = await L.get("edits").catch(() => ({ count: 0 }));
    if (count > L.known)
      L.tell(
        "Somebody has edited the groups since.",
        A.button("Reload", () => location.reload()),
      );
  }
  window.addEventListener("focus", lookForOthers);

  /* Cards come and go as pages are turned. */
  const look = () => document.querySelectorAll(".group-actions:not([data-live])").forEach(equip);
  new MutationObserver(look).observe(A.byId("main"), { childList: true, subtree: true });
  look();
})(window.Asterism);
