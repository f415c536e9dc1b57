/* The hierarchy of groups as a dendrogram; large trees show their top, and branches open when pressed. */
"use strict";
(function (A) {
  const LEAVES = 60;
  const [LINE, TOP, WIDTH, ROOM] = [24, 10, 900, 330]; // height of a leaf, margins, width, and room for titles

  /* Nodes as in scipy's linkage: leaves first, then one node for each merge; `group` is the largest group below. */
  function nodesOf({ stage, leaves, tree }) {
    const sizeOf = (group) => (A.groupOf(stage, group) || { size: 0 }).size;
    const larger = (one, other) => (sizeOf(one.group) >= sizeOf(other.group) ? one.group : other.group);
    const nodes = leaves.map((group) => ({ group, size: 1, height: 0 }));
    tree.merges.forEach(([left, right, height, size]) =>
      nodes.push({ left: nodes[left], right: nodes[right], group: larger(nodes[left], nodes[right]), height, size }),
    );
    return nodes;
  }

  /* Branches below `root` that are drawn open: the highest ones, as many as there is room for. */
  function opened(root) {
    const open = new Set();
    const rim = [root];
    while (rim.length && open.size < LEAVES - 1) {
      rim.sort((a, b) => b.height - a.height);
      const node = rim.shift();
      if (!node.left) continue;
      open.add(node);
      rim.push(node.left, node.right);
    }
    return open;
  }

  function layout(node, open, place) {
    if (!open.has(node)) return [{ node, y: TOP + LINE * (place.next++ + 0.5), ends: true }];
    const left = layout(node.left, open, place);
    const right = layout(node.right, open, place);
    const self = { node, y: (left[0].y + right[0].y) / 2, parts: [left[0], right[0]] };
    return [self, ...left, ...right];
  }

  function titleOf(stage, node) {
    const title = A.titleOf(stage, node.group);
    const short = title.length > 42 ? `${title.slice(0, 41)}…` : title;
    return node.left ? `${A.whole(node.size)} groups: ${short}` : short;
  }

  function branch({ node, y, parts }, across) {
    const x = across(node.height);
    const path = parts.map((part) => `M${x} ${y}V${part.y}H${across(part.node.height)}`).join("");
    return A.svg("path", { d: path, class: "branch" }, A.svg("title", {}, `joined at ${A.decimal(node.height)}`));
  }

  function leaf(stage, { node, y }, across, pressed) {
    const name = titleOf(stage, node);
    const mark = A.svg("circle", { cx: across(node.height), cy: y, r: 5 });
    mark.style.fill = A.asCss(A.colourOf(A.groupRank(stage, node.group)));
    const link = A.svg(
      "g",
      { class: "leaf", tabindex: "0", role: "button", "aria-label": node.left ? `Open ${name}` : `Show ${name}` },
      A.svg("rect", { x: WIDTH - ROOM + 4, y: y - LINE / 2, width: ROOM - 4, height: LINE, class: "ground" }),
      mark,
      A.svg("text", { x: WIDTH - ROOM + 12, y: y + 4 }, name),
    );
    link.addEventListener("click", () => pressed(node));
    link.addEventListener("keydown", (event) => ["Enter", " "].includes(event.key) && [event.preventDefault(), pressed(node)]);
    return link;
  }

  function draw(stage, root, pressed) {
    const drawn = layout(root, opened(root), { next: 0 });
    const ends = drawn.filter((each) => each.ends);
    const across = (height) => (WIDTH - ROOM - 6) * (1 - height / (root.height || 1)) + 6;
    const height = 2 * TOP + LINE * ends.length;
    return A.svg(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${height}`, class: "chart tree", role: "group", "aria-label": `Tree of ${A.counted(root.size, "group")}` },
      ...drawn.filter((each) => each.parts).map((each) => branch(each, across)),
      ...ends.map((each) => leaf(stage, each, across, pressed)),
    );
  }

  function build(grouping) {
    const nodes = nodesOf(grouping);
    const whole = nodes[nodes.length - 1];
    const holder = A.el("div", { class: "wide" });
    const up = A.button("Whole tree", () => show(whole));
    function show(root) {
      up.hidden = root === whole;
      holder.replaceChildren(draw(grouping.stage, root, (node) => (node.left ? show(node) : A.showGroup(grouping.stage, node.group))));
    }
    const again = () => show(whole);
    ["theme", "titles"].forEach((event) => A.on(event, again));
    show(whole);
    return [A.heading(grouping.stage, grouping.component), up, holder];
  }

  A.startTree = function () {
    const trees = A.content.groupings.filter((each) => each.tree && each.tree.merges.length);
    const intro = "Groups that join far to the right are alike. Press a group to see it, and a branch to open it.";
    if (trees.length) A.part("hierarchy", "Hierarchy", intro, () => trees.flatMap(build));
  };
})(window.Asterism);
