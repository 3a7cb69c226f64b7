// The picture: boxes, edges and frames of what is open, as SVG.

const escapeText = (text) => String(text).replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);

/** The outline of a box, which tells variables, constants, operations, the loss and groups. */
function outline(box, w, h) {
  const kind = box.broken ? "gg-box gg-broken" : "gg-box", size = `width="${w}" height="${h}"`;
  if (box.kind === "variable") return `<rect class="${kind} gg-variable" ${size} rx="${Math.min(20, h / 2)}"/>`;
  if (box.kind === "constant") {
    const c = Math.min(9, Math.round(h / 3));
    return `<path class="${kind} gg-constant-box" d="M${c} 0H${w - c}L${w} ${c}V${h - c}L${w - c} ${h}H${c}L0 ${h - c}V${c}Z"/>`;
  }
  if (box.kind === "loss") return `<rect class="${kind}" x="-4" y="-4" width="${w + 8}" height="${h + 8}" rx="6"/><rect class="${kind} gg-loss" ${size} rx="3"/>`;
  if (box.kind === "group") return [6, 3, 0].map((d) => `<rect class="${kind}" x="${d}" y="${d}" ${size} rx="3"/>`).join("");
  return `<rect class="${kind}" ${size} rx="3"/>`;
}

const line = (route) => route.map((piece, k) => (k ? (piece.length === 2 ? "L" : "C") : "M") + piece.join(" ")).join("");

const ruler = document.createElementNS("http://www.w3.org/2000/svg", "path");

/** A line that leaps from side to side on its last stretch: nan or infinity flows over it. */
function zigzag(route) {
  ruler.setAttribute("d", line(route));
  const length = ruler.getTotalLength(), begin = Math.max(0, length - 150), at = (s) => ruler.getPointAtLength(s);
  const points = [];
  for (let s = begin, side = 4; s < length - 7; s += 7, side = -side) {
    const a = at(s), b = at(s + 7), far = Math.hypot(b.x - a.x, b.y - a.y) || 1;
    points.push(`L${((a.x + b.x) / 2 - ((b.y - a.y) / far) * side).toFixed(1)} ${((a.y + b.y) / 2 + ((b.x - a.x) / far) * side).toFixed(1)}`);
  }
  const start = route[0], end = at(length), head = [];
  for (let s = 7; s < begin; s += 7) head.push(`L${at(s).x.toFixed(1)} ${at(s).y.toFixed(1)}`);
  return `M${start.join(" ")}${head.join("")}${points.join("")}L${end.x} ${end.y}`;
}

function drawEdge(sheet, s, e) {
  const edge = sheet.edges[e], route = sheet.now.routes[e], broken = edge.look === "gg-broken";
  const [x, y] = route.at(-1).slice(-2), shift = broken ? 5 : Math.max(edge.width / 2, 1.5);
  const labels = edge.to < sheet.boxes.length ? edge.labels : ["", ""];
  const text = (k, dy) => labels[k] && `<text class="gg-end${broken ? " gg-alarm" : ""}" x="${x - 8}" y="${(y + dy).toFixed(1)}">${escapeText(labels[k])}</text>`;
  return `<g class="gg-edge${edge.faded ? " gg-faded" : ""}" data-s="${s}" data-e="${e}"><path class="${edge.look}" stroke-width="${edge.width}" d="${broken ? zigzag(route) : line(route)}"/>${text(0, -shift - 2)}${text(1, shift + 9)}</g>`;
}

function drawBox(sheet, s, k) {
  const box = sheet.boxes[k], [x, y] = sheet.now.boxes[k], [w, h] = sheet.now.sizes[k];
  const open = isOpen(box), sign = box.inside < 0 ? "" : `<g class="gg-sign"><rect x="${w - 24}" y="5" width="17" height="17" rx="3"/><path d="M${w - 20} 13.5h9${open ? "" : `M${w - 15.5} 9v9`}"/></g>`;
  const head = `<g class="${open ? "gg-open" : box.faded ? "gg-node gg-faded" : "gg-node"}" data-s="${s}" data-b="${k}" transform="translate(${x} ${y})">`;
  if (open) return `${head}<rect class="gg-frame" width="${w}" height="${h}" rx="6"/><rect class="gg-bar" width="${w}" height="26" rx="6"/><text class="gg-name" x="12" y="18">${escapeText(box.title)}</text>${sign}<g transform="translate(${room.side} ${room.head})">${drawSheet(box.inside)}</g></g>`;
  const lines = box.lines.map((text, i) => `<text x="12" y="${32 + 13 * i}">${escapeText(text)}</text>`).join("");
  const corner = box.corner && `<text class="gg-end gg-faint" x="${w - (sign ? 30 : 12)}" y="17">${escapeText(box.corner)}</text>`;
  return `${head}${outline(box, w, h)}<text class="gg-name" x="12" y="17">${escapeText(box.title)}</text>${corner}${lines}${sign}</g>`;
}

/** Edges, then boxes and what is in the open ones. */
function drawSheet(s) {
  const sheet = sheets[s];
  return sheet.edges.map((_, e) => drawEdge(sheet, s, e)).join("") + sheet.boxes.map((_, k) => drawBox(sheet, s, k)).join("");
}
