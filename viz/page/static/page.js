// The page: what is open, what is chosen, panning and zooming, keys, search and details.

const { sheets, room } = data;
const $ = (selector) => root.querySelector(selector);
const opened = new Set(sheets.flatMap((sheet, s) => (s ? [] : [0])));
const LIMIT = 1500;
const picture = $("svg.gg-canvas"), world = picture.querySelector("g"), said = $("[aria-live]");
const overview = $(".gg-bottom>.gg-faint-text");
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
const redrawn = [];

/** Where each node is: [sheet, box], from the outermost box in; and the box around each sheet. */
const homes = new Map(), around = new Map();
sheets.forEach((sheet, s) => sheet.boxes.forEach((box, k) => {
  if (box.inside >= 0) around.set(box.inside, [s, k]);
  for (const node of box.node >= 0 ? [box.node] : box.sealed) homes.set(node, [s, k]);
}));
(function openAtFirst(s) {
  for (const k of sheets[s].open) { opened.add(sheets[s].boxes[k].inside); openAtFirst(sheets[s].boxes[k].inside); }
})(0);

function isOpen(box) { return box.inside >= 0 && opened.has(box.inside); }

/** The box that stands for a box now: itself, or the closed one around it. */
function shown([s, k]) {
  let visible = [s, k];
  for (let outer = around.get(s); outer; outer = around.get(outer[0])) if (!opened.has(sheets[outer[0]].boxes[outer[1]].inside)) visible = outer;
  return visible;
}

/** What stands for each box and edge in the picture, found once after it was drawn. */
const drawnBoxes = new Map(), drawnEdges = new Map();
const boxElement = (place) => drawnBoxes.get(String(place));
const edgeElement = (place) => drawnEdges.get(String(place));
const boxAt = ([s, k]) => sheets[s].boxes[k];

function say(text) { said.textContent = text; }

/** Write what is said of the whole, below the picture and to those who cannot see it. */
function writeOverview(text) {
  const size = /^(\d+) nodes?, \d+ argument slots?/.exec(text), boxes = count();
  const drawn = size && boxes < Number(size[1]) ? `, drawn as ${boxes} box${boxes > 1 ? "es" : ""}` : "";
  const told = size ? size[0] + drawn + text.slice(size[0].length).replace(/^, drawn as \d+ box(es)?/, "") : text;
  picture.setAttribute("aria-label", picture.getAttribute("aria-label").replace(overview.textContent, () => told));
  overview.textContent = told;
}

// --- the view: scale and offset of the world ---------------------------------------------------

const view = { x: 0, y: 0, scale: 1 };
/** Whether the whole is shown, and shall be when there is more or less room for it. */
let whole = true;
function show() { world.setAttribute("transform", `translate(${view.x} ${view.y}) scale(${view.scale})`); }

function zoom(factor, cx = picture.clientWidth / 2, cy = picture.clientHeight / 2) {
  whole = false;
  const scale = Math.min(4, Math.max(0.02, view.scale * factor));
  view.x = cx - ((cx - view.x) * scale) / view.scale;
  view.y = cy - ((cy - view.y) * scale) / view.scale;
  view.scale = scale;
  show();
}

function fit() {
  whole = true;
  const { width, height } = sheets[0].now, margin = 20;
  const scale = Math.min((picture.clientWidth - 2 * margin) / width, (picture.clientHeight - 2 * margin) / height, 1.4);
  view.scale = Math.max(scale, 0.02);
  view.x = (picture.clientWidth - width * view.scale) / 2;
  view.y = Math.max(margin, (picture.clientHeight - height * view.scale) / 2);
  show();
}

/** Left top corner of a box in the world. */
function cornerOf([s, k]) {
  let [x, y] = sheets[s].now.boxes[k];
  for (let outer = around.get(s); outer; outer = around.get(outer[0])) {
    const [ox, oy] = sheets[outer[0]].now.boxes[outer[1]];
    x += ox + room.side;
    y += oy + room.head;
  }
  return [x, y];
}

/** Move the view so that a box can be seen, if it cannot: all of it, or so much that one knows it. */
function bring(place, all = true) {
  const [x, y] = cornerOf(place), [width, height] = sheets[place[0]].now.sizes[place[1]];
  const w = width * view.scale, h = height * view.scale;
  const left = view.x + x * view.scale, top = view.y + y * view.scale;
  const across = all ? w : Math.min(w, 60), down = all ? h : Math.min(h, 60);
  if (left + w >= across && left + across <= picture.clientWidth && top + h >= down && top + down <= picture.clientHeight) return;
  whole = false;
  if (view.scale < 0.45) view.scale = 0.8;
  view.x = picture.clientWidth / 2 - (x + Math.min(width, 200) / 2) * view.scale;
  view.y = picture.clientHeight / 2 - (y + Math.min(height, 200) / 2) * view.scale;
  show();
}

// --- drawing, opening and closing --------------------------------------------------------------

function redraw() {
  arrange(sheets[0]);
  paint();
  writeOverview(overview.textContent);
  redrawn.forEach((update) => update());
}

/** Draw everything where it stands, with the numbers that it has now. */
function paint() {
  world.innerHTML = drawSheet(0);
  drawnBoxes.clear();
  drawnEdges.clear();
  for (const element of world.querySelectorAll("[data-s]")) {
    const { s, b, e } = element.dataset;
    if (b === undefined) drawnEdges.set(`${s},${e}`, element);
    else drawnBoxes.set(`${s},${b}`, element);
  }
  if (chosen) mark(shown(chosen));
}

function count(s = 0) {
  return sheets[s].boxes.reduce((n, box) => n + (isOpen(box) ? count(box.inside) : 1), 0);
}

/** Open or close a box; it stays where it is on the screen. */
function toggle(place) {
  const box = boxAt(place);
  if (box.inside < 0) return;
  if (!opened.has(box.inside) && count() + sheets[box.inside].boxes.length > LIMIT) {
    say(`Opening ${box.label} would show more than ${LIMIT} boxes; close others first.`);
    return;
  }
  whole = false;
  const before = cornerOf(place);
  opened.has(box.inside) ? opened.delete(box.inside) : opened.add(box.inside);
  redraw();
  const after = cornerOf(place);
  view.x += (before[0] - after[0]) * view.scale;
  view.y += (before[1] - after[1]) * view.scale;
  show();
  if (chosen && boxAt(chosen) === box) describe(chosen);
  say(`${box.label} ${opened.has(box.inside) ? "opened" : "closed"}`);
}

/** Open outer boxes before inner ones, as many as the limit allows. */
function openAll() {
  let left = LIMIT - count();
  for (let s = 1; s < sheets.length && left > 0; s++) {
    if (opened.has(s) || !opened.has(around.get(s)[0])) continue;
    if ((left -= sheets[s].boxes.length - 1) >= 0) opened.add(s);
  }
  redraw();
  fit();
  say(`${count()} boxes to be seen`);
}

function closeAll() {
  opened.clear();
  opened.add(0);
  redraw();
  fit();
  say(`${count()} boxes to be seen`);
}

/** Open what is around a node. */
function reveal(node) {
  const home = homes.get(node);
  if (!home) return null;
  let changed = false;
  for (let outer = around.get(home[0]); outer; outer = around.get(outer[0])) {
    const inside = sheets[outer[0]].boxes[outer[1]].inside;
    if (!opened.has(inside)) { opened.add(inside); changed = true; }
  }
  if (changed) redraw();
  return home;
}

// --- choosing ----------------------------------------------------------------------------------

let chosen = null;

function mark(place) {
  world.querySelector(".gg-chosen")?.classList.remove("gg-chosen");
  boxElement(place)?.classList.add("gg-chosen");
}

/** `pointed`: it is under the pointer, so nothing may move unless the details take its room. */
function choose(place, pointed = false) {
  chosen = place;
  if (!place) {
    world.querySelector(".gg-chosen")?.classList.remove("gg-chosen");
    $(".gg-details").hidden = true;
    return;
  }
  mark(place);
  describe(place);
  if (whole) { fit(); tip.hidden = true; }
  else bring(place, !pointed);
  say(boxAt(place).about.replaceAll("\n", ", "));
}

/** The box that lies next in a direction, from the chosen one. */
function neighbour(dx, dy) {
  const [x0, y0] = centre(shown(chosen));
  let best = null, least = Infinity;
  for (const element of world.querySelectorAll(".gg-node, .gg-open")) {
    const place = [+element.dataset.s, +element.dataset.b], [x, y] = centre(place);
    const ahead = (x - x0) * dx + (y - y0) * dy, aside = Math.abs((x - x0) * dy) + Math.abs((y - y0) * dx);
    if (ahead > 1 && ahead + 3 * aside < least) { least = ahead + 3 * aside; best = place; }
  }
  return best;
}

function centre(place) {
  const [x, y] = cornerOf(place), [w, h] = sheets[place[0]].now.sizes[place[1]];
  return isOpen(boxAt(place)) ? [x, y] : [x + w / 2, y + h / 2];
}

// --- details of what is chosen -----------------------------------------------------------------

function histogram(title, h) {
  const top = Math.max(...h.counts), bars = h.counts.map((n, i) => `<rect x="${i * 10}" y="${(60 * (1 - n / top)).toFixed(1)}" width="9" height="${((60 * n) / top).toFixed(1)}"/>`).join("");
  return `<figure><figcaption>${title}</figcaption><svg viewBox="0 0 240 60" role="img" aria-label="${title}: ${h.counts.join(", ")}">${bars}</svg><div class="gg-range"><span>${number(h.low)}</span><span>${number(h.high)}</span></div></figure>`;
}

function describe(place) {
  const [s, k] = place, box = boxAt(place), [values, gradients] = box.spreads, details = $(".gg-details");
  const edges = sheets[s].edges.filter((edge) => edge.from === k || edge.to === k);
  const item = (edge) => `<li>${escapeText(edge.about).replaceAll("\n", "<br>")}</li>`;
  details.hidden = false;
  details.innerHTML = `<button class="gg-close" aria-label="Close the details">×</button><h2>${escapeText(box.label)}</h2>`
    + `<p>${escapeText(box.about).split("\n").slice(1).join("<br>")}</p>`
    + (box.inside < 0 ? "" : `<button class="gg-toggle">${isOpen(box) ? "Close" : "Open"} the box</button>`)
    + (box.inside < 0 && box.kind === "group" ? "<p>Too much to be opened in this picture; draw a part of the graph.</p>" : "")
    + (box.source ? `<p>made at <code>${escapeText(box.source)}</code></p>` : "")
    + (values ? histogram("values", values) : "") + (gradients ? histogram("gradient", gradients) : "")
    + `<h3>Edges</h3><ul class="gg-edges">${edges.slice(0, 30).map(item).join("")}</ul>${edges.length > 30 ? `<p>and ${edges.length - 30} more</p>` : ""}`;
  details.querySelector(".gg-close").onclick = () => { choose(null); picture.focus(); };
  const button = details.querySelector(".gg-toggle");
  if (button) button.onclick = () => toggle(place);
  detailed.forEach((add) => add(details, box));
}
const detailed = [];

// --- search ------------------------------------------------------------------------------------

const search = $("input[type=search]");
/** The boxes found, then those that cannot be opened and hold what is wanted; how many nodes each holds. */
let found = [], within = [], turn = -1;

function find(words) {
  const wanted = words.trim().toLowerCase(), has = (text) => text.toLowerCase().includes(wanted);
  const named = [], holding = [];
  if (wanted) sheets.forEach((sheet, s) => sheet.boxes.forEach((box, k) => {
    const nodes = box.contents.reduce((n, [text, count]) => n + (has(text) ? count : 0), 0);
    if ([box.label, box.op, box.scope].some(has)) named.push([[s, k], nodes]);
    else if (nodes) holding.push([[s, k], nodes]);
  }));
  found = [...named, ...holding].map(([place]) => place);
  within = [...named, ...holding].map(([, nodes]) => nodes);
  turn = -1;
  const hidden = within.reduce((sum, n) => sum + n, 0);
  $(".gg-found").textContent = wanted ? `${found.length} found${hidden ? `, ${nodesInside(hidden)} boxes that stay closed` : ""}` : "";
}

const nodesInside = (n) => `${n} node${n > 1 ? "s" : ""} inside`;

function next(by) {
  if (!found.length) return;
  turn = (turn + by + found.length) % found.length;
  const place = found[turn];
  for (let outer = around.get(place[0]); outer; outer = around.get(outer[0])) opened.add(sheets[outer[0]].boxes[outer[1]].inside);
  redraw();
  choose(place);
  $(".gg-found").textContent = `${turn + 1} of ${found.length}${within[turn] ? `, ${nodesInside(within[turn])}` : ""}`;
}

search.oninput = () => find(search.value);
search.onkeydown = (event) => {
  if (event.key === "Enter") { next(event.shiftKey ? -1 : 1); event.preventDefault(); }
  if (event.key === "Escape") { search.value = ""; find(""); picture.focus(); }
  event.stopPropagation();
};

// --- pointer -----------------------------------------------------------------------------------

const placeOf = (target) => {
  const element = target.closest?.("[data-b]");
  return element && world.contains(element) ? [+element.dataset.s, +element.dataset.b] : null;
};
const pointers = new Map();
let moved = 0;
/** The last click: a second one there means the same box, though the first may have moved it. */
let click = { time: -Infinity };
const again = (event) => event.timeStamp - click.time < 500 && Math.hypot(event.clientX - click.x, event.clientY - click.y) < 5;

picture.onpointerdown = (event) => {
  if (event.button) return;
  pointers.set(event.pointerId, [event.clientX, event.clientY]);
  moved = 0;
};
picture.onpointermove = (event) => {
  const last = pointers.get(event.pointerId);
  if (!last) { point(event); return; }
  const here = [event.clientX, event.clientY], dx = here[0] - last[0], dy = here[1] - last[1];
  if (pointers.size === 2) {
    const [other] = [...pointers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
    const before = Math.hypot(last[0] - other[0], last[1] - other[1]), after = Math.hypot(here[0] - other[0], here[1] - other[1]);
    const frame = picture.getBoundingClientRect();
    zoom(after / before, (here[0] + other[0]) / 2 - frame.left, (here[1] + other[1]) / 2 - frame.top);
  } else {
    moved += Math.abs(dx) + Math.abs(dy);
    if (moved > 4) { whole = false; picture.setPointerCapture(event.pointerId); tip.hidden = true; view.x += dx; view.y += dy; show(); }
  }
  pointers.set(event.pointerId, here);
};
picture.onpointerup = picture.onpointercancel = (event) => {
  const was = pointers.delete(event.pointerId);
  if (!was || moved > 4 || event.type === "pointercancel") return;
  const { place, sign } = again(event) ? click : { place: placeOf(event.target), sign: event.target.closest(".gg-sign") };
  click = { x: event.clientX, y: event.clientY, time: event.timeStamp, place, sign };
  if (place && sign) toggle(place);
  else choose(place, true);
};
root.ondblclick = (event) => { if (click.place && !click.sign && again(event)) toggle(click.place); };
picture.addEventListener("wheel", (event) => {
  const frame = picture.getBoundingClientRect();
  if (event.ctrlKey || event.metaKey || framed === false) { zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015)), event.clientX - frame.left, event.clientY - frame.top); event.preventDefault(); }
}, { passive: false });

const tip = $(".gg-tip");
function point(event) {
  const edge = event.target.closest?.("[data-e]"), place = edge ? null : placeOf(event.target);
  const text = edge ? sheets[+edge.dataset.s].edges[+edge.dataset.e].about : place ? boxAt(place).about : "";
  tip.hidden = !text;
  if (!text) return;
  tip.textContent = text;
  const frame = root.getBoundingClientRect(), x = event.clientX - frame.left, y = event.clientY - frame.top;
  tip.style.left = `${Math.min(x + 14, frame.width - tip.offsetWidth - 8)}px`;
  tip.style.top = `${y + 18 + tip.offsetHeight > frame.height ? y - tip.offsetHeight - 10 : y + 18}px`;
}
picture.onpointerleave = () => { tip.hidden = true; };

// --- keys --------------------------------------------------------------------------------------

const directions = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
const keys = {
  "/": () => search.focus(),
  "+": () => zoom(1.25),
  "=": () => zoom(1.25),
  "-": () => zoom(0.8),
  0: fit,
  Escape: () => choose(null),
  Enter: () => chosen && toggle(shown(chosen)),
  Home: () => choose([0, 0]),
  End: () => choose([0, sheets[0].boxes.length - 1]),
};
/** Tools that are in use take keys first; the first that returns true keeps one. */
const grabbing = [];

document.onkeydown = (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.target.matches("input, select, textarea")) return;
  if (event.target.matches("button, summary") && [" ", "Enter"].includes(event.key)) return;
  if (grabbing.some((grab) => grab(event.key))) { event.preventDefault(); return; }
  const direction = directions[event.key], key = keys[event.key];
  if (![picture, document.body].includes(event.target) && (direction || event.key === "Enter")) return;
  if (direction) choose(chosen ? neighbour(...direction) ?? shown(chosen) : [0, sheets[0].boxes.length - 1]);
  else if (key) key();
  else return;
  event.preventDefault();
};

// --- buttons, table, start ---------------------------------------------------------------------

const actions = { "zoom-in": () => zoom(1.25), "zoom-out": () => zoom(0.8), fit, "open-all": openAll, "close-all": closeAll };
for (const button of root.querySelectorAll("[data-do]")) button.onclick = () => actions[button.dataset.do]();

const table = $(".gg-table");
table.ontoggle = () => {
  if (!table.open || table.dataset.filled) return;
  table.dataset.filled = "yes";
  const rows = sheets.flatMap((sheet) => sheet.boxes.map((box) => `<tr><th scope="row">${escapeText(box.label)}</th><td>${escapeText(box.scope)}</td><td>${escapeText(box.about).split("\n").slice(1).join("<br>")}</td></tr>`));
  const edges = sheets.flatMap((sheet) => sheet.edges.map((edge) => { const [head, ...rest] = escapeText(edge.about).split("\n"); return `<tr><th scope="row">${head}</th><td></td><td>${rest.join("<br>")}</td></tr>`; }));
  table.querySelector("tbody").innerHTML = [...rows, ...edges].join("");
};

redraw();
fit();
// A notebook gives a frame its size after it has filled it.
new ResizeObserver(() => { if (whole) fit(); }).observe(picture);
