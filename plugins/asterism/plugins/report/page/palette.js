/* Colours: told apart by colour-blind readers, and seen on both backgrounds. */
"use strict";
(function (A) {
  /* Okabe and Ito (2008) without black, then colours of Tol's "muted" scheme (2021). */
  const NAMED = [
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#D55E00",
    "#F0E442",
    "#882255",
    "#44AA99",
    "#332288",
    "#661100",
    "#CC6677",
    "#117733",
    "#AA4499",
    "#6699CC",
  ];
  /* Six stops of cividis (Nunez, Anderton and Renslow 2018). */
  const CIVIDIS = ["#00204C", "#31446B", "#666870", "#958F78", "#CAB969", "#FFE945"];
  const NONE = { light: [150, 158, 172], dark: [104, 114, 134] };
  const GROUND = { light: [255, 255, 255], dark: [13, 18, 30] };
  const ENOUGH = 2.6; // contrast of a mark against its background
  const cache = new Map();

  const parse = (hex) => [1, 3, 5].map((start) => parseInt(hex.slice(start, start + 2), 16));

  function luminance(rgb) {
    const [r, g, b] = rgb.map((c) => (c / 255 <= 0.04045 ? c / 3294.6 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }

  function contrast(one, other) {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  }

  const mix = (from, to, share) => from.map((c, i) => Math.round(c + (to[i] - c) * share));

  /* The colour moved towards black or white until it stands out from the background. */
  function legible(rgb, theme) {
    const towards = theme === "dark" ? [255, 255, 255] : [0, 0, 0];
    for (let share = 0; share < 0.7; share += 0.05) {
      const moved = mix(rgb, towards, share);
      if (contrast(moved, GROUND[theme]) >= ENOUGH) return moved;
    }
    return mix(rgb, towards, 0.7);
  }

  /* Beyond the named ones: hues by the golden angle, in three lightnesses. */
  function further(rank) {
    const hue = (rank * 137.508) % 360;
    const light = [0.45, 0.62, 0.34][rank % 3];
    const channel = (n) => {
      const k = (n + hue / 30) % 12;
      return Math.round(255 * (light - 0.55 * Math.min(light, 1 - light) * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
    };
    return [channel(0), channel(8), channel(4)];
  }

  /* The colour of the n-th largest category as [r, g, b]; -1 is grey. */
  A.colourOf = function (rank) {
    const theme = A.theme();
    if (rank < 0) return NONE[theme];
    const key = theme + rank;
    if (!cache.has(key)) cache.set(key, legible(rank < NAMED.length ? parse(NAMED[rank]) : further(rank), theme));
    return cache.get(key);
  };

  A.asCss = (rgb) => `rgb(${rgb[0]}, ${rgb[1]}, ${rgb[2]})`;

  /* The sequential scale at `share` of 0 to 1; on a dark ground it starts where it can be seen. */
  A.scaleOf = function (share) {
    const stops = CIVIDIS.map(parse);
    const bounds = A.theme() === "dark" ? [0.22, 1] : [0, 0.86];
    const place = (bounds[0] + Math.min(1, Math.max(0, share)) * (bounds[1] - bounds[0])) * (stops.length - 1);
    const below = Math.min(stops.length - 2, Math.floor(place));
    return mix(stops[below], stops[below + 1], place - below);
  };

  A.swatch = (rank) => {
    const swatch = A.el("span", { class: "swatch", attrs: { "aria-hidden": "true" } });
    swatch.style.background = A.asCss(A.colourOf(rank));
    swatch.dataset.rank = rank;
    return swatch;
  };

  A.on("theme", () =>
    document.querySelectorAll(".swatch[data-rank]").forEach((swatch) => {
      swatch.style.background = A.asCss(A.colourOf(+swatch.dataset.rank));
    }),
  );
})(window.Asterism);
