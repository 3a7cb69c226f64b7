// Where everything stands while other boxes are open than at first.
//
// Python laid every sheet out with certain boxes open. Here columns grow or shrink with the boxes
// in them, and heights change only where a box that changed stands; whatever was left of, above
// or between something still is. So nothing jumps, and nothing overlaps.

/** Arrange a sheet and what is open in it; leaves its places in `sheet.now`. */
function arrange(sheet) {
  const sizes = sheet.boxes.map((box) => {
    if (!isOpen(box)) return box.size;
    const now = arrange(sheets[box.inside]);
    return [now.width + 2 * room.side, now.height + room.head + room.foot];
  });
  const across = rowMaps(sheet, sizes), down = heightMap(sheet, sizes);
  const now = { sizes, width: 0, height: down(sheet.size[1]), boxes: [], routes: [] };
  now.ports = sheet.ports.map(down);
  for (const column of sheet.columns) {
    const [row, left, width, items] = column;
    now.width = Math.max(now.width, across.map(row, left + width) + sheet.size[0] - across.right);
    for (const [k] of items) {
      if (k < 0 || k >= sheet.boxes.length) continue;
      const base = sheet.boxes[k].base, [w, h] = sizes[k];
      const middle = (down(base[1]) + down(base[1] + base[3])) / 2;
      now.boxes[k] = [Math.round(across.map(row, left) + (across.now(column) - w) / 2), Math.round(middle - h / 2)];
    }
  }
  sheet.now = now;
  now.routes = sheet.edges.map((edge, e) => lead(edge.route, across, down, startOf(sheet, e), endOf(sheet, e)));
  return now;
}

/** How x changes, in each row of columns. */
function rowMaps(sheet, sizes) {
  const widths = new Map(), rows = [], tops = [];
  let right = 0;
  for (const column of sheet.columns) {
    const [row, left, width, items] = column;
    const boxes = items.filter(([k]) => k >= 0 && k < sheet.boxes.length);
    widths.set(column, boxes.length ? Math.max(...boxes.map(([k]) => sizes[k][0])) : width);
    (rows[row] ??= []).push(column);
    right = Math.max(right, left + width);
    for (const [k, middle] of items) {
      const half = k >= 0 && k < sheet.boxes.length ? sheet.boxes[k].base[3] / 2 : 0;
      tops[row] = Math.max(tops[row] ?? -Infinity, middle + half);
    }
  }
  return {
    right,
    now: (column) => widths.get(column),
    // What lies between two rows belongs to the one below.
    rowAt: (y) => { let row = 0; while (row < tops.length - 1 && y > tops[row]) row++; return row; },
    map(row, x) {
      let moved = 0;
      for (const column of rows[row]) {
        const [, left, width] = column, more = widths.get(column) - width;
        if (x <= left) break;
        moved += x < left + width ? (more * (x - left)) / width : more;
      }
      return x + moved;
    },
  };
}

/** How y changes: boxes get the height they have now, gaps keep theirs as far as need be. */
function heightMap(sheet, sizes) {
  const spans = [];
  let changed = false;
  for (const [, , , items] of sheet.columns) {
    let above = null;
    for (const [k, middle] of items) {
      const isBox = k >= 0 && k < sheet.boxes.length;
      const [top, height] = isBox ? [sheet.boxes[k].base[1], sheet.boxes[k].base[3]]
        : k >= 0 && k < sheet.boxes.length + sheet.entries.length ? [middle - room.port / 2, room.port] : [middle, 0];
      const need = isBox ? sizes[k][1] : height, differs = need !== height;
      changed ||= differs;
      spans.push({ from: top, to: top + height, need, differs });
      if (above !== null && top > above) spans.push({ from: above, to: top, need: Math.min(top - above, 40), differs: false });
      above = top + height;
    }
  }
  if (!changed) return (y) => y;
  const from = [...new Set(spans.flatMap((s) => [s.from, s.to]))].sort((a, b) => a - b);
  const place = new Map(from.map((y, k) => [y, k])), loose = from.map(() => 0);
  const starting = from.map(() => []), ending = from.map(() => []);
  for (const span of spans) {
    if (span.from === span.to) continue;
    span.first = place.get(span.from);
    span.last = place.get(span.to);
    starting[span.first].push(span);
    ending[span.last].push(span);
    if (span.differs) { loose[span.first]++; loose[span.last]--; }
  }
  // Between two points that no box which changed spans, the distance stays.
  let open = 0;
  const rigid = from.map((y, k) => ((open += loose[k]) > 0 ? 0 : from[k + 1] - y));
  // Every point as high as it can be, and as low as it can be then; the mean of both keeps what
  // was level with the middle of a box level with its middle.
  const high = [from[0]], low = [];
  for (let k = 1; k < from.length; k++) high[k] = Math.max(high[k - 1] + rigid[k - 1], ...ending[k].map((span) => high[span.first] + span.need));
  low[from.length - 1] = high.at(-1);
  for (let k = from.length - 2; k >= 0; k--) low[k] = Math.min(low[k + 1] - rigid[k], ...starting[k].map((span) => low[span.last] - span.need));
  const to = high.map((y, k) => (y + low[k]) / 2);
  return (y) => {
    if (y <= from[0]) return y;
    let k = from.length - 1;
    if (y >= from[k]) return to[k] + y - from[k];
    while (from[k] > y) k--;
    return to[k] + ((to[k + 1] - to[k]) * (y - from[k])) / (from[k + 1] - from[k]);
  };
}

/** A route between new ends; every curve leads from one level to the next. */
function lead(route, across, down, start, end) {
  let curves = route.filter((piece) => piece.length === 6).length, level = route[0][1], y = start[1];
  const led = [start], leave = across.map(across.rowAt(level), route[0][0]);
  // Beside a box that has become wider, a line leaves its column before it bends.
  if (curves && leave > start[0]) led.push([leave, y]);
  if (!curves && start[1] !== end[1]) {
    // A straight line whose ends have moved apart bends in the gap before its last column.
    const x = across.map(across.rowAt(level), route.at(-1)[0]) - (end[0] < start[0] + 160 ? (end[0] - start[0]) / 2 : 80);
    led.push([x - 40, y], [x - 20, y, x - 20, end[1], x, end[1]]);
    return [...led, end];
  }
  for (const piece of route.slice(1)) {
    const row = across.rowAt(level);
    if (piece.length === 2) { led.push([across.map(row, piece[0]), y]); continue; }
    level = piece[5];
    const next = --curves ? down(level) : end[1];
    led.push([across.map(row, piece[0]), y, across.map(row, piece[2]), next, across.map(row, piece[4]), next]);
    y = next;
  }
  if (led.at(-1).length === 2) led.pop();
  return [...led, [end[0], y]];
}

/** Where an edge leaves its operand: a port at the left, an open box, or a closed one. */
function startOf(sheet, e) {
  const k = sheet.edges[e].from, now = sheet.now, box = sheet.boxes[k];
  if (!box) return [-room.side, now.ports[k - sheet.boxes.length]];
  const [x, y] = now.boxes[k], [width, height] = now.sizes[k];
  if (isOpen(box)) {
    const inner = sheets[box.inside];
    return [x + width, y + room.head + inner.now.ports[inner.entries.length + inner.exits.indexOf(e)]];
  }
  if (!sheet.open.includes(k)) return [x + width, y + sheet.edges[e].route[0][1] - box.base[1]];
  const leaving = sheet.edges.flatMap((edge, i) => (edge.from === k ? [i] : []));
  const step = Math.min(12, (height - 16) / Math.max(leaving.length - 1, 1));
  return [x + width, y + height / 2 + (leaving.indexOf(e) - (leaving.length - 1) / 2) * step];
}

/** Where an edge comes to its consumer: a port at the right, an open box, or a slot of a closed one. */
function endOf(sheet, e) {
  const k = sheet.edges[e].to, now = sheet.now, box = sheet.boxes[k];
  if (!box) return [now.width + room.side, now.ports[k - sheet.boxes.length]];
  const [x, y] = now.boxes[k];
  if (isOpen(box)) {
    const inner = sheets[box.inside];
    return [x, y + room.head + inner.now.ports[inner.entries.indexOf(e)]];
  }
  const coming = sheet.edges.flatMap((edge, i) => (edge.to === k ? [i] : []));
  return [x, y + ((coming.indexOf(e) + 0.5) * now.sizes[k][1]) / coming.length];
}
