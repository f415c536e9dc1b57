/* Light and dark: what the system prefers, until the reader says otherwise. */
"use strict";
(function (A) {
  const KEY = "asterism-theme";
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");

  /* Storage may be refused to a page from disk; the choice then lasts as long as the page. */
  function remembered() {
    try {
      return localStorage.getItem(KEY);
    } catch (refused) {
      return null;
    }
  }

  function remember(theme) {
    try {
      localStorage.setItem(KEY, theme);
    } catch (refused) {
      return;
    }
  }

  function apply(theme) {
    root.dataset.theme = theme;
    const toggle = A.byId("theme");
    toggle.setAttribute("aria-label", theme === "dark" ? "Use the light theme" : "Use the dark theme");
    toggle.title = toggle.getAttribute("aria-label");
    A.emit("theme", theme);
  }

  A.theme = () => root.dataset.theme;
  A.css = (name) => getComputedStyle(root).getPropertyValue(name).trim();

  A.byId("theme").addEventListener("click", function () {
    const next = A.theme() === "dark" ? "light" : "dark";
    remember(next);
    apply(next);
  });
  dark.addEventListener("change", () => remembered() || apply(dark.matches ? "dark" : "light"));
  apply(remembered() || (dark.matches ? "dark" : "light"));
})(window.Asterism);
