// What if: other numbers in the leaves of a scalar graph, run forward and backward in the page.

const whatIf = (() => {
  const { refused, names, operations, params, leaves, order, seed } = data.whatif;
  const CONSTANT = -2;
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

  const restore = rewriting.keep(), asRecorded = run();
  const result = operations.length - 1, labelOf = (node) => boxAt(homes.get(node)).label;
  const stepping = $("[data-do=step]");
  let current = asRecorded, control = null, frame = 0;
  stepping.addEventListener("click", () => { if (changed.size && !$(".gg-step").hidden) reset(); });

  /** Give a leaf another number; it is no change if it was recorded so. */
  function change(node, x) {
    if (!$(".gg-step").hidden) stepping.click(); // its steps are the recorded ones
    if (Object.is(x, recorded.get(node))) changed.delete(node);
    else changed.set(node, x);
    // While somebody drags, one run for each picture that can be seen is enough.
    frame ||= requestAnimationFrame(() => { frame = 0; update(); });
  }

  function reset() {
    changed.clear();
    update();
    say("Back to the recorded numbers");
    picture.focus();
  }

  function update() {
    current = run();
    if (changed.size) rewriting.write(current);
    else restore();
    paint(); // nothing moves, since the size of a box does not depend on its numbers
    showBar();
    showDetails();
    delete table.dataset.filled;
    table.ontoggle();
  }

  const now = (node) => `${labelOf(node)} = ${number(current.values[node])} (recorded ${number(asRecorded.values[node])})`;

  // --- what is seen of it --------------------------------------------------------------------

  const bar = document.createElement("p");
  bar.className = "gg-what-if";
  bar.hidden = true;
  bar.innerHTML = "<span></span> <button>Reset</button>";
  bar.lastChild.onclick = reset;
  $(".gg-middle").append(bar);

  function showBar() {
    const nodes = [...changed.keys()], more = nodes.length > 3 ? ` and ${nodes.length - 3} more` : "";
    bar.hidden = !nodes.length;
    bar.firstChild.textContent = `What if: ${nodes.slice(0, 3).map(now).join(", ")}${more} → ${now(result)}`;
  }

  /** The panel is not built anew, since the slider in it may be under somebody's finger. */
  function showDetails() {
    const details = $(".gg-details");
    if (details.hidden) return;
    const [s, k] = chosen, text = (about) => escapeText(about).replaceAll("\n", "<br>");
    const edges = sheets[s].edges.filter((edge) => edge.from === k || edge.to === k);
    details.querySelector("h2+p").innerHTML = text(boxAt(chosen).about.split("\n").slice(1).join("\n"));
    if (changed.size) details.querySelector(".gg-chain")?.remove(); // its numbers are the recorded ones
    details.querySelectorAll(".gg-edges>li").forEach((item, i) => { item.innerHTML = text(edges[i].about); });
    control?.follow();
  }

  detailed.push((details, box) => {
    control = null;
    if (!recorded.has(box.node)) return;
    const node = box.node, label = escapeText(box.label), was = recorded.get(node);
    details.querySelector("h2+p").insertAdjacentHTML("afterend", `<fieldset><legend>What if ${label} were</legend><input type="range" step="any" aria-label="${label}, by slider"><input type="number" step="any" aria-label="${label}, as a number"><button>As recorded</button></fieldset>`);
    const [slider, field, back] = details.querySelectorAll("fieldset>*:not(legend)");
    const middle = Number.isFinite(was) ? was : 0, reach = Math.max(1, 2 * Math.abs(middle));
    slider.min = middle - reach;
    slider.max = middle + reach;
    slider.oninput = () => change(node, Number(slider.valueAsNumber.toPrecision(3)));
    field.oninput = () => { if (!Number.isNaN(field.valueAsNumber)) change(node, field.valueAsNumber); };
    back.onclick = () => { change(node, was); field.focus(); };
    slider.onchange = field.onchange = () => requestAnimationFrame(() => say(`${now(node)}, ${now(result)}`));
    control = { follow() {
      const x = changed.get(node) ?? was;
      slider.min = Math.min(slider.min, x);
      slider.max = Math.max(slider.max, x);
      if (document.activeElement !== slider) slider.value = x;
      if (document.activeElement !== field) field.value = x;
      back.disabled = !changed.has(node);
    } };
    control.follow();
  });

  return { change, reset, get current() { return current; } };
})();
