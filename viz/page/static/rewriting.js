// Other numbers on boxes and edges: their texts, widths and colours, as viz/scene has them.

const rewriting = (() => {
  const { states, style, operations } = data.whatif;
  const VARIABLE = -1, CONSTANT = -2;

  // --- numbers -------------------------------------------------------------------------------

  const inOrder = (numbers) => numbers.sort((a, b) => (a !== a) - (b !== b) || a - b || 0);
  const median = (x) => (x.length % 2 ? x[x.length >> 1] : (x[x.length / 2 - 1] + x[x.length / 2]) / 2);
  const spread = (x) => (x.length ? `${number(x[0], 3)} … median ${number(median(x), 3)} … ${number(x.at(-1), 3)}` : "none");
  const range = (x) => `${number(x[0], 2)} … ${number(x.at(-1), 2)}`;
  const limited = (x, low, high) => Math.min(Math.max(x, low), high);

  function width(size) {
    const [low, high] = style.decades, [thin, thick] = style.widths;
    if (Number.isNaN(size)) return 1.5;
    const share = (limited(Math.log10(size), low, high) - low) / (high - low);
    return Number((thin + share * (thick - thin)).toFixed(2));
  }

  function colour(gain) {
    const level = Number.isNaN(gain) ? 0 : Math.round(limited(Number(Math.log2(gain).toFixed(9)), -style.strongest, style.strongest));
    return level ? `gg-${level < 0 ? "down" : "up"}${Math.abs(level)}` : "gg-same";
  }

  // --- boxes ---------------------------------------------------------------------------------

  const members = new Map();
  function nodesOf(box) {
    if (!members.has(box)) members.set(box, box.node >= 0 ? [box.node] : box.inside < 0 ? box.sealed : sheets[box.inside].boxes.flatMap(nodesOf));
    return members.get(box);
  }

  function writeNode(box, { values, gradients }) {
    const x = values[box.node], gradient = gradients[box.node], value = number(x);
    if (box.kind === "constant" && !box.lines[0].startsWith("value ")) box.title = value;
    box.lines = box.lines.map((text) => (text.startsWith("value ") ? `value ${value}` : text));
    box.about = box.about.replace(/^value: .*$/m, `value: ${value}`);
    box.broken = !Number.isFinite(x) || (gradient !== undefined && !Number.isFinite(gradient));
    if (gradient === undefined) return;
    box.lines = box.lines.map((text) => (text.startsWith("grad ") ? `grad ${number(gradient)}` : text));
    box.about = box.about.replace(/^(∂.*: ).*$/m, (_, what) => what + number(gradient));
  }

  /** A group shows the gradients of its variables, or of its operations if it has none. */
  function writeGroup(box, { gradients }) {
    const nodes = nodesOf(box), variables = nodes.filter((node) => operations[node] === VARIABLE);
    const chosen = variables.length ? variables : nodes.filter((node) => operations[node] !== CONSTANT);
    const sizes = inOrder(chosen.map((node) => Math.abs(gradients[node])));
    box.lines = box.lines.map((text) => (text.startsWith("grad ") ? `grad ${range(sizes)}` : text));
    box.about = box.about.replace(/^(size of the gradients: ).*$/m, (_, what) => what + spread(sizes));
  }

  // --- edges ---------------------------------------------------------------------------------

  function stateOf({ upstream, contribution }) {
    if (!Number.isFinite(contribution)) return "broken";
    if (contribution) return "flowing";
    return upstream === 0 ? "nothing" : "closed";
  }

  function writeEdge(edge, { flows, gradients }) {
    const through = edge.links.map((link) => flows[link]).filter(Boolean);
    if (!through.length) return;
    const sizes = inOrder(through.map(({ contribution }) => Math.abs(contribution))), size = median(sizes);
    const gains = inOrder(through.map(({ upstream, contribution }) => (upstream === 0 ? NaN : Math.abs(contribution) / Math.abs(upstream))).filter((x) => !Number.isNaN(x)));
    const gain = gains.length ? median(gains) : NaN, counts = new Map();
    for (const state of through.map(stateOf)) counts.set(state, (counts.get(state) ?? 0) + 1);
    const state = ["broken", "flowing", "closed", "nothing"].find((each) => counts.has(each));
    const single = edge.links.length === 1, head = edge.about.split("\n", 1);
    edge.look = state === "flowing" ? colour(gain) : `gg-${state}`;
    edge.width = state === "closed" || state === "nothing" ? 2 : width(size);
    if (state === "broken") edge.labels = [`⚠ ${Number.isFinite(size) ? "NaN or ∞" : number(size)}`, ""];
    else if (state !== "flowing") edge.labels = ["0", state === "closed" ? "gate closed" : "none arrived"];
    else edge.labels = [single ? number(through[0].contribution, 3) : range(sizes), Number.isNaN(gain) ? "" : `gain ×${number(gain, 2)}`];
    if (single) edge.about = [...head, states[state], ...aboutOne(through[0], gain, edge, gradients)].join("\n");
    else edge.about = [...head, ...aboutSeveral(sizes, gains, counts, edge.links.length)].join("\n");
    return state;
  }

  function aboutOne({ upstream, local, contribution, before, after }, gain, edge, gradients) {
    const [, derivative] = /^(∂.*) before → after: /m.exec(edge.about);
    return [
      `local derivative: ${number(local)}`,
      `gain: ${number(gain)}`,
      `contribution: ${number(contribution)} = ${number(upstream)} × ${number(local)}`,
      `${derivative} before → after: ${number(before)} → ${number(after)}`,
      `in total: ${number(gradients[data.links[edge.links[0]][0]])}`,
    ];
  }

  function aboutSeveral(sizes, gains, counts, links) {
    const stopped = [...counts].filter(([state]) => state !== "flowing");
    return [
      `contributions: ${spread(sizes)}`,
      `gains: ${spread(gains)}`,
      ...stopped.map(([state, count]) => `${count} of ${sizes.length}: ${states[state]}`),
      ...(sizes.length < links ? [`${links - sizes.length} more to constants`] : []),
    ];
  }

  // --- all of it -----------------------------------------------------------------------------

  /** Everything that is said of a variable's gradient: once, where its innermost box is. */
  function summary(computed, counts) {
    const said = data.summary.split(". ", 1), ranked = [];
    const what = { broken: "NaN or ∞", closed: "Gate closed", nothing: "Nothing arrived" };
    for (const box of sheets.flatMap((sheet) => sheet.boxes)) {
      if (box.inside < 0) for (const node of nodesOf(box)) if (operations[node] === VARIABLE) ranked.push([Math.abs(computed.gradients[node]), box.label]);
    }
    const finite = ranked.filter(([size]) => Number.isFinite(size)).sort((a, b) => a[0] - b[0] || (a[1] < b[1] ? -1 : 1));
    const named = [...new Set([finite[0], finite.at(-1)].map((each) => each && `${number(each[0], 3)} (${each[1]})`))];
    if (finite.length) said.push(`Size of the variables' gradients: ${named.join(" to ")}`);
    for (const state in what) if (counts[state]) said.push(`${what[state]} on ${counts[state]} edge${counts[state] > 1 ? "s" : ""}`);
    return `${said.join(". ").replace(/\.$/, "")}.`;
  }

  /** Write what a run computed: `values` and `gradients` of nodes, `flows` over links. */
  function write(computed) {
    const counts = {};
    for (const sheet of sheets) {
      for (const box of sheet.boxes) (box.node < 0 ? writeGroup : writeNode)(box, computed);
      for (const edge of sheet.edges) {
        const state = writeEdge(edge, computed), to = sheet.boxes[edge.to];
        if (to && to.inside < 0) counts[state] = (counts[state] ?? 0) + 1;
      }
    }
    if (data.computed) writeOverview(summary(computed, counts));
  }

  /** What `write` changes, so that it can be put back. */
  function keep() {
    const boxes = sheets.flatMap((sheet) => sheet.boxes), edges = sheets.flatMap((sheet) => sheet.edges);
    const kept = [
      ...boxes.map((box) => [box, { title: box.title, lines: box.lines, about: box.about, broken: box.broken }]),
      ...edges.map((edge) => [edge, { look: edge.look, width: edge.width, labels: edge.labels, about: edge.about }]),
    ];
    return () => { for (const [part, was] of kept) Object.assign(part, was); writeOverview(data.summary); };
  }

  return { write, keep };
})();
