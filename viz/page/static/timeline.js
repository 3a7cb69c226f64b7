// Through training: the same picture at every step that was traced. Nothing moves.

function startTimeline(frames) {
  const bar = $(".gg-timeline"), range = bar.querySelector("input"), curve = bar.querySelector("svg");
  const edges = sheets.flatMap((sheet) => sheet.edges), boxes = sheets.flatMap((sheet) => sheet.boxes);
  const heads = edges.map((edge) => edge.about.split("\n", 1)[0]), titles = boxes.map((box) => box.about.split("\n", 1)[0]);
  const where = boxes.map((box) => box.lines.filter((line) => line.startsWith("in ")));
  const losses = frames.map((frame) => Number(frame.loss));
  let position = 0, playing = null;
  range.max = frames.length - 1;
  bar.hidden = false;

  // The loss on a logarithmic axis if it is positive, with a gap where it is not finite.
  const finite = losses.filter(Number.isFinite), log = finite.every((x) => x > 0), scale = (x) => (log ? Math.log10(x) : x);
  const low = scale(Math.min(...finite)), high = scale(Math.max(...finite)), last = Math.max(1, frames.length - 1);
  const x = (k) => (600 * k) / last, y = (loss) => 40 - (36 * (scale(loss) - low)) / (high - low || 1);
  const path = losses.map((loss, k) => (Number.isFinite(loss) ? `${k && Number.isFinite(losses[k - 1]) ? "L" : "M"}${x(k).toFixed(1)} ${y(loss).toFixed(1)}` : "")).join("");
  curve.innerHTML = `<path class="gg-curve" d="${path}"/><line class="gg-here" y1="0" y2="44"/>`;
  curve.setAttribute("aria-label", `Loss over the steps${log ? ", on a logarithmic axis" : ""}, from ${number(losses[0])} to ${number(losses.at(-1))}`);

  function go(to, aloud = true) {
    position = Math.max(0, Math.min(frames.length - 1, to));
    const frame = frames[position], text = `step ${frame.step}, loss ${number(Number(frame.loss))}`;
    edges.forEach((edge, i) => {
      const [look, width, above, below, about] = frame.edges[i];
      Object.assign(edge, { look, width, labels: [above, below], about: [heads[i], `at ${text}`, about, below].filter(Boolean).join("\n") });
    });
    boxes.forEach((box, i) => {
      box.lines = [...frame.boxes[i], ...where[i]];
      box.about = [titles[i], `at ${text}`, ...frame.boxes[i]].join("\n");
    });
    paint();
    if (chosen) describe(chosen);
    range.value = position;
    range.setAttribute("aria-valuetext", text);
    bar.querySelector("output").textContent = overview.textContent = text;
    const here = curve.querySelector(".gg-here");
    here.setAttribute("x1", x(position));
    here.setAttribute("x2", x(position));
    if (aloud) say(text);
  }

  function play() {
    clearInterval(playing);
    playing = playing ? null : setInterval(() => (position < frames.length - 1 ? go(position + 1, false) : play()), still ? 1500 : 250);
    bar.querySelector("button").setAttribute("aria-pressed", Boolean(playing));
  }

  range.oninput = () => go(+range.value, false);
  range.onchange = () => go(+range.value);
  bar.querySelector("button").onclick = () => { if (position === frames.length - 1) go(0); play(); };
  curve.onclick = (event) => go(Math.round((event.offsetX / curve.clientWidth) * last));
  const bound = { ArrowRight: () => go(position + 1), ArrowLeft: () => go(position - 1), Home: () => go(0), End: () => go(frames.length - 1), " ": play };
  grabbing.push((key) => { bound[key]?.(); return key in bound; });
  go(0, false);
  picture.focus({ preventScroll: true });
}

if (data.frames) startTimeline(data.frames);
