// Stepping through backpropagation: forwards, backwards, to breakpoints, with or without a quiz.
//
// One step is one flow: one edge, one application of the chain rule. At position k the first k
// flows have been taken. All sentences come from Python, as templates and texts.

function startStepping(steps) {
  const { forms, flows, nodes, seed } = steps, total = flows.source.length;
  const bar = $(".gg-step"), range = bar.querySelector("input[type=range]"), box = bar.querySelector(".gg-rule");
  const ask = bar.querySelector(".gg-quiz"), guess = ask.querySelector("input"), stops = [];
  let position = 0, playing = null, quiz = false, right = 0, asked = 0, answered = true;
  range.max = total;

  // Where each flow is drawn: every piece of its edge; and which flows add to each node.
  const linkOf = new Map(data.links.map(([operand, consumer, slot], k) => [`${operand},${consumer},${slot}`, k]));
  const pieces = data.links.map(() => []), arrivals = new Map();
  sheets.forEach((sheet, s) => sheet.edges.forEach((edge, e) => edge.links.forEach((link) => pieces[link].push([s, e]))));
  const drawn = (i) => pieces[linkOf.get(`${flows.target[i]},${flows.source[i]},${flows.slot[i]}`)] ?? [];
  flows.target.forEach((node, i) => (arrivals.get(node) ?? arrivals.set(node, []).get(node)).push(i));
  // A piece over which several flows go is lit by the first of them.
  const lit = new Set(), lights = flows.source.map((_, i) => drawn(i).filter((piece) => !lit.has(String(piece)) && lit.add(String(piece))));

  // --- what is said ------------------------------------------------------------------------------

  const place = (i, name) => flows.names[i][forms[flows.form[i]].places.indexOf(name)];

  function fill(template, i, change = (text) => text) {
    const source = flows.source[i], target = flows.target[i];
    const known = {
      L: nodes.label[seed.node], op: nodes.op[source], source_label: nodes.label[source], source_value: nodes.value[source],
      target: nodes.label[target], target_label: nodes.label[target], target_value: nodes.value[target],
      arrived: flows.arrived[i], expected: flows.expected[i],
    };
    return template.replace(/\{(\w+)\}/g, (_, name) => change(String(place(i, name) ?? known[name])));
  }

  function tell() {
    const i = position - 1;
    if (i < 0) {
      box.innerHTML = `<p>Backpropagation begins at ${escapeText(nodes.label[seed.node])}, whose gradient is ${seed.text}. Nothing else is computed yet.</p>`;
      return;
    }
    const form = forms[flows.form[i]], hidden = quiz && !answered && form.question;
    ask.hidden = !hidden;
    if (hidden) {
      box.innerHTML = `<p>${escapeText(fill(form.question, i))}</p>`;
      return;
    }
    box.innerHTML = `<p class="gg-formula">${fill(form.mathml, i, escapeText)}</p><p class="gg-numbers">${escapeText(fill(form.numbers, i))}</p>`
      + `<p>${escapeText(fill(form.words, i))}</p><p class="gg-faint-text">${escapeText(fill(form.legend, i))}</p>`;
  }

  // --- what is shown -----------------------------------------------------------------------------

  /** Whether the last flow is asked for: until it is told, nothing shows what it brought. */
  const asking = () => quiz && !answered;

  /** How many of the flows to a node have been taken; they are in order. */
  function taken(node) {
    const places = arrivals.get(node) ?? [];
    let n = 0;
    while (n < places.length && places[n] < position - asking()) n++;
    return [n, places];
  }

  function gradientText(node) {
    if (node === seed.node) return `grad ${seed.text}`;
    const [n, places] = taken(node);
    if (!places.length) return null;
    if (!n) return "grad not yet";
    const so = n < places.length ? ` (${n} of ${places.length})` : "";
    return `grad ${place(places[n - 1], "after")}${so}`;
  }

  /** Where the picture stands, and what is highlighted in it; null if it has just been drawn. */
  let shownAt = null, highlighted = [];

  /** Bring the picture to the position: what lies between the two positions, for all else is right. */
  function show() {
    root.classList.toggle("gg-asking", asking());
    const from = shownAt === null ? 0 : Math.max(0, Math.min(shownAt, position) - 1), to = shownAt === null ? total : Math.max(shownAt, position);
    for (let i = from; i < to; i++) for (const piece of lights[i]) edgeElement(piece)?.classList.toggle("gg-later", i >= position);
    for (const node of new Set(flows.target.slice(from, to))) showGradient(node);
    shownAt = position;
    for (const element of highlighted) element.classList.remove("gg-now");
    for (const glow of world.querySelectorAll(".gg-glow")) glow.remove();
    highlighted = [];
    const i = position - 1;
    if (i < 0) return;
    const boxes = [flows.source[i], flows.target[i]].filter((node) => homes.has(node)).map((node) => boxElement(shown(homes.get(node))));
    const edges = drawn(i).map(edgeElement).filter(Boolean);
    highlighted = [...edges, ...boxes.filter(Boolean)];
    for (const element of highlighted) element.classList.add("gg-now");
    // A second line behind: a filter would be computed for all of the picture that the line spans.
    for (const edge of edges) {
      const path = edge.querySelector("path"), glow = path.cloneNode();
      glow.setAttribute("class", "gg-glow");
      path.before(glow);
    }
  }

  function showGradient(node) {
    const home = homes.get(node);
    if (!home || boxAt(home).node < 0) return;
    const element = boxElement(home), text = gradientText(node);
    const line = element && [...element.querySelectorAll(":scope > text")].find((each) => each.textContent.startsWith("grad "));
    if (line && text) line.textContent = text;
    element?.classList.toggle("gg-later", !taken(node)[0]);
  }
  redrawn.push(() => { shownAt = null; if (!bar.hidden) show(); });

  function go(to, aloud = true) {
    position = Math.max(0, Math.min(total, to));
    answered = true;
    range.value = position;
    range.setAttribute("aria-valuetext", `step ${position} of ${total}`);
    bar.querySelector(".gg-position").textContent = `step ${position} of ${total}`;
    tell();
    show();
    if (position) {
      const home = homes.get(flows.target[position - 1]);
      if (home) bring(shown(home));
    }
    if (aloud) say(box.textContent);
  }

  /** One step forwards; with the quiz on, the question comes before the answer. */
  function next() {
    if (quiz && !answered) { reveal(); return; }
    if (position === total) { say("the end: every gradient is complete"); pause(); return; }
    go(position + 1, !quiz);
    if (quiz && forms[flows.form[position - 1]].question) {
      answered = false;
      tell();
      show();
      guess.value = "";
      guess.focus();
      say(box.textContent);
    }
  }

  function reveal() {
    answered = true;
    tell();
    show();
    say(box.textContent);
    picture.focus();
  }

  ask.onsubmit = (event) => {
    event.preventDefault();
    if (guess.value.trim() === "") { reveal(); return; }
    const said = Number(guess.value.trim().replaceAll("−", "-").replace("∞", "Infinity").replace(",", "."));
    const answer = Number(flows.contribution[position - 1]);
    const good = Number.isFinite(answer) ? Math.abs(said - answer) <= Math.max(steps.tolerance * Math.abs(answer), 1e-12) : Object.is(said, answer);
    right += good;
    asked++;
    reveal();
    const verdict = `${good ? "Right" : `Not quite: you said ${guess.value.trim()}`}. ${right} of ${asked} predicted rightly.`;
    box.insertAdjacentHTML("afterbegin", `<p class="gg-verdict">${good ? "✓" : "✗"} ${escapeText(verdict)}</p>`);
    say(verdict);
  };

  // --- the rules of the edges beside a chosen box --------------------------------------------------

  detailed.push((details, chosenBox) => {
    const beside = flows.source.flatMap((source, i) => (source === chosenBox.node || flows.target[i] === chosenBox.node ? [i] : []));
    if (!beside.length) return;
    const item = (i) => `<li>${fill(forms[flows.form[i]].mathml, i, escapeText)}<br>${escapeText(fill(forms[flows.form[i]].numbers, i))}</li>`;
    details.querySelector("h3").insertAdjacentHTML("beforebegin", `<div class="gg-chain"><h3>Chain rule</h3><ul>${beside.slice(0, 12).map(item).join("")}</ul></div>`);
  });

  // --- breakpoints: the language of viz/stepping/breakpoints.py ------------------------------------

  const term = /\s*(?:(nonfinite)|(gain|\|grad\|)\s*(<=|>=|==|!=|<|>)\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)|(op|scope|node)\s*(==|!=)\s*(["'])(.*?)\7)\s*(?:(\band\b)|$)/y;
  const compare = { "<": (a, b) => a < b, "<=": (a, b) => a <= b, ">": (a, b) => a > b, ">=": (a, b) => a >= b, "==": (a, b) => a === b, "!=": (a, b) => a !== b && a === a };
  const ask_of = {
    gain: (i) => Number(flows.gain[i]),
    "|grad|": (i) => (flows.arrived[i] === flows.expected[i] ? Math.abs(Number(flows.after[i])) : NaN),
    op: (i) => nodes.op[flows.source[i]],
    scope: (i) => nodes.scope[flows.source[i]],
    node: (i) => nodes.label[flows.target[i]],
  };

  const is = (field, value) => (i) => (field === "scope" ? `${ask_of.scope(i)}.`.startsWith(`${value}.`) : ask_of[field](i) === value);
  const occurs = (test) => flows.source.some((_, i) => test(i));

  /** A test for flows, or null if the condition cannot be understood, or asks for what there is not. */
  function parse(text) {
    const words = text.trim();
    if (words !== "nonfinite" && occurs(is("node", words))) return is("node", words);
    const terms = [];
    term.lastIndex = 0;
    for (let more = true; more;) {
      const found = term.exec(words);
      if (!found) return null;
      const [, flag, quantity, sign, number, field, equal, , value] = found;
      if (flag) terms.push((i) => flows.nonfinite[i] === 1);
      else if (quantity) terms.push((i) => compare[sign](ask_of[quantity](i), Number(number)));
      else {
        if (!occurs(is(field, value))) return null;
        terms.push((i) => is(field, value)(i) === (equal === "=="));
      }
      more = Boolean(found[9]);
    }
    return (i) => terms.every((each) => each(i));
  }

  const list = bar.querySelector(".gg-stops"), wanted = bar.querySelector(".gg-stop input");
  function listStops() {
    list.innerHTML = stops.map((stop, k) => `<li><code>${escapeText(stop.text)}</code> <button data-k="${k}" aria-label="Remove the breakpoint ${escapeText(stop.text)}">×</button></li>`).join("");
  }
  list.onclick = (event) => {
    const k = event.target.dataset.k;
    if (k === undefined) return;
    stops.splice(+k, 1);
    listStops();
  };
  bar.querySelector(".gg-stop").onsubmit = (event) => {
    event.preventDefault();
    const text = wanted.value.trim(), test = text && parse(text);
    if (!test) {
      say(`${text || "nothing"} is no condition; try gain < 1e-2, |grad| < 1e-6, nonfinite, op == "tanh", scope == "fc2", or the name of a node.`);
      wanted.setCustomValidity('No condition. Try gain < 1e-2, |grad| < 1e-6, nonfinite, op == "tanh", scope == "fc2", or the name of a node.');
      wanted.reportValidity();
      return;
    }
    stops.push({ text, test });
    wanted.value = "";
    listStops();
    say(`breakpoint ${text}`);
  };
  wanted.oninput = () => wanted.setCustomValidity("");

  function run(direction) {
    let to = position;
    while ((to += direction) > 0 && to <= total) {
      const met = stops.find((stop) => stop.test(to - 1));
      if (met) { go(to); say(`stopped at ${met.text}. ${box.textContent}`); return; }
    }
    go(to);
    say(direction > 0 ? "the end" : "the start");
  }

  // --- controls --------------------------------------------------------------------------------

  function pause() { clearInterval(playing); playing = null; press("play", false); }
  function press(name, on) { bar.querySelector(`[data-step=${name}]`).setAttribute("aria-pressed", on); }
  const commands = {
    first: () => go(0), last: () => go(total), next, previous: () => go(position - 1),
    run: () => run(1), back: () => run(-1),
    play: () => { if (playing) pause(); else { press("play", true); playing = setInterval(() => (position < total ? go(position + 1) : pause()), still ? 2000 : 900); } },
    quiz: () => { quiz = !quiz; press("quiz", quiz); answered = true; tell(); show(); },
  };
  bar.onclick = (event) => { const name = event.target.closest("[data-step]")?.dataset.step; if (name) { if (name !== "play") pause(); commands[name](); } };
  range.oninput = () => { pause(); go(+range.value, false); };
  const bound = { ArrowRight: "next", ArrowLeft: "previous", Home: "first", End: "last", n: "next", p: "previous", c: "run", r: "back", " ": "play" };
  grabbing.push((key) => {
    const name = !bar.hidden && bound[key];
    if (!name) return false;
    if (name !== "play") pause();
    commands[name]();
    return true;
  });

  function open(on) {
    bar.hidden = !on;
    $("[data-do=step]").setAttribute("aria-pressed", on);
    if (on) { go(position); picture.focus({ preventScroll: true }); }
    else { pause(); position = total; redraw(); }
  }
  const button = $("[data-do=step]");
  button.hidden = false;
  button.onclick = () => open(bar.hidden);
  if (data.open === "step") open(true);
}

if (data.steps) startStepping(data.steps);
