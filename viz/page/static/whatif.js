// What if: other numbers in the leaves of a scalar graph, run forward and backward in the page.

const whatIf = (() => {
  const { refused, names, operations, params, leaves, order, seed } = data.whatif;
  const VARIABLE = -1, CONSTANT = -2;
  if (refused) {
    detailed.push((details, box) => {
      if (["variable", "constant"].includes(box.kind)) details.insertAdjacentHTML("beforeend", `<p class="gg-faint-text">No “what if” here: ${escapeText(refused)}.</p>`);
    });
    return null;
  }

  // --- forward and backward ------------------------------------------------------------------

  const plain = (x) => (typeof x === "string" ? Number(x) : x ?? undefined);
  const byNode = (entries, read) => new Map(Object.entries(entries).map(([node, x]) => [Number(node), read(x)]));
  const recorded = byNode(leaves, plain), given = byNode(params, (list) => list.map(plain));
  const changed = new Map(), slots = operations.map(() => []);
  data.links.forEach(([, consumer, slot], link) => { slots[consumer][slot] = link; });
  const rules = operations.map((operation) => RULES[names[operation]]);

  /** Values, gradients and flows with the leaves as they are now; Python's sums in Python's order. */
  function run() {
    const values = [], gradients = [], flows = [];
    const read = (node) => slots[node].map((link) => values[data.links[link][0]]);
    for (const [node, x] of recorded) values[node] = changed.get(node) ?? x;
    for (const node of order.toReversed()) values[node] = rules[node][0](...read(node), ...(given.get(node) ?? []));
    if (!data.computed) return { values, gradients, flows };
    operations.forEach((operation, node) => { if (operation !== CONSTANT) gradients[node] = 0; });
    gradients[operations.length - 1] = plain(seed);
    for (const node of order) {
      const upstream = gradients[node], seen = [...read(node), values[node], ...(given.get(node) ?? [])];
      slots[node].forEach((link, slot) => {
        const target = data.links[link][0], derivative = rules[node][slot + 1];
        if (operations[target] === CONSTANT) return;
        const local = typeof derivative === "number" ? derivative : derivative(...seen), before = gradients[target];
        // What a closed gate blocks is exactly 0, even where an infinity arrives.
        const contribution = local === false ? 0 : upstream * local;
        gradients[target] += contribution;
        flows[link] = { upstream, local: Number(local), contribution, before, after: gradients[target] };
      });
    }
    return { values, gradients, flows };
  }

  // --- what is changed -----------------------------------------------------------------------

  const { number } = rewriting, restore = rewriting.keep(), asRecorded = run();
  const root_ = operations.length - 1, labelOf = (node) => boxAt(homes.get(node)).label;
  const bar = document.createElement("p");
  bar.className = "gg-changed";
  bar.hidden = true;
  $(".gg-middle").append(bar);
  let current = asRecorded, waiting = 0;

  /** Give a leaf another number; as it was recorded if it is the same, or none. */
  function change(node, x = recorded.get(node)) {
    if (Object.is(x, recorded.get(node))) changed.delete(node);
    else changed.set(node, x);
    update();
  }

  function reset() {
    changed.clear();
    update();
    say("Back to the recorded numbers");
  }

  function update() {
    current = run();
    if (changed.size) rewriting.write(current);
    else restore();
    redraw();
    showBar();
    showDetails();
    delete table.dataset.filled;
    table.ontoggle();
  }

  const now = (node) => `${labelOf(node)} = ${number(current.values[node])} (recorded ${number(asRecorded.values[node])})`;

  function showBar() {
    const nodes = [...changed.keys()], more = nodes.length > 3 ? ` and ${nodes.length - 3} more` : "";
    bar.hidden = !nodes.length;
    bar.innerHTML = `What if <b>${escapeText(nodes.slice(0, 3).map(now).join(", "))}</b>${more}? Then ${escapeText(now(root_))}. <button>Back to the recorded numbers</button>`;
    bar.querySelector("button").onclick = () => { reset(); picture.focus(); };
  }

