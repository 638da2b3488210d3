// A load's curve: the mean as a line, the least and most of each point as a band, gaps by their kind. Dragging over a
// span asks for that span alone, so that whoever looks close sees every interval by itself.

const POINTS = 800;
const LOOKS = { "declared-gap": ["--doubt", [6, 4]], "missing-statement": ["--wrong", [2, 2]], "uncovered-interval": ["--fourth", [1, 5]] };

function ink(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); }

/** Draws the gaps behind the curve: a tinted span with slanted lines, dashed by kind, and its word at the top. */
function gapsDrawn(gaps, figure) {
  return (plot) => {
    const { ctx, bbox } = plot;
    for (const one of gaps) {
      const left = Math.max(plot.valToPos(one.from_at, "x", true), bbox.left);
      const right = Math.min(Math.max(plot.valToPos(one.to_at, "x", true), left + 3), bbox.left + bbox.width);
      if (right <= left) continue;
      const [colour, dash] = LOOKS[one.kind] ?? LOOKS["uncovered-interval"];
      ctx.save();
      ctx.beginPath();
      ctx.rect(left, bbox.top, right - left, bbox.height);
      ctx.clip();
      ctx.strokeStyle = ink(colour);
      ctx.globalAlpha = 0.55;
      ctx.lineWidth = 1.5;
      ctx.setLineDash(dash);
      ctx.beginPath();
      for (let x = left - bbox.height; x < right; x += 12) {
        ctx.moveTo(x, bbox.top + bbox.height);
        ctx.lineTo(x + bbox.height, bbox.top);
      }
      ctx.stroke();
      ctx.restore();
      const words = figure.getAttribute(`data-gap-${one.kind}`);
      if (right - left > 60 && words) {
        ctx.save();
        ctx.fillStyle = ink(colour);
        ctx.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
        ctx.fillText(words, left + 4, bbox.top + 14 * devicePixelRatio, right - left - 8);
        ctx.restore();
      }
    }
  };
}

/** The points as steps: each value holds until the next begins. */
function columns(told) {
  const scale = 10 ** -told.places;
  const at = told.ends === null ? told.at : [...told.at, told.ends];
  const held = (row) => [...row, ...row.slice(-1)].slice(0, at.length).map((one) => one * scale);
  return [at, held(told.mean), held(told.least), held(told.most)];
}

function drawn(figure, told, closer) {
  const unit = `${told.load.unit}/h`;
  const axis = { stroke: ink("--soft"), grid: { stroke: ink("--rule"), width: 1 }, ticks: { stroke: ink("--rule"), width: 1 } };
  const value = (_, one) => (one == null ? "–" : `${one.toLocaleString("en", { maximumFractionDigits: 3 })} ${unit}`);
  const paths = uPlot.paths.stepped({ align: 1 });
  const place = document.createElement("div");
  place.className = "plot";
  const data = columns(told);
  const made = new uPlot({
    width: Math.max(280, Math.floor(figure.getBoundingClientRect().width)),
    height: 300,
    tzDate: (at) => uPlot.tzDate(new Date(at * 1e3), figure.dataset.zone),
    series: [
      { label: figure.dataset.time, value: "{YYYY}-{MM}-{DD} {HH}:{mm}" },
      { label: figure.dataset.mean, stroke: ink("--first"), width: 1.5, paths, value, points: { show: false } },
      { label: figure.dataset.least, stroke: ink("--edge"), width: 0.5, paths, value, points: { show: false } },
      { label: figure.dataset.most, stroke: ink("--edge"), width: 0.5, paths, value, points: { show: false } },
    ],
    bands: [{ series: [3, 2], fill: ink("--band") }],
    axes: [
      { ...axis, label: figure.dataset.axis, labelSize: 18, values: [[31536000, "{YYYY}"], [2419200, "{YYYY}-{MM}"], [86400, "{MM}-{DD}", "\n{YYYY}"], [3600, "{HH}:{mm}", "\n{MM}-{DD}"], [60, "{HH}:{mm}", "\n{MM}-{DD}"]].map(([step, text, year]) => [step, text, year ?? null, null, null, null, null, null, 1]) },
      { ...axis, size: 70, label: unit, labelSize: 18, values: (_, ticks) => ticks.map((one) => one.toLocaleString("en")) },
    ],
    cursor: { drag: { x: true, y: false, setScale: false } },
    hooks: {
      drawClear: [gapsDrawn(told.gaps, figure)],
      setSelect: [(plot) => {
        const { left, width } = plot.select;
        if (width > 4) closer(Math.floor(plot.posToVal(left, "x")), Math.ceil(plot.posToVal(left + width, "x")));
      }],
    },
  }, data, place);
  figure.querySelector(".plot")?.remove();
  figure.querySelector(".chart-says")?.setAttribute("hidden", "");
  figure.append(place);
  return made;
}

/** One figure of a page: fetches what is looked at, draws it, and goes closer or back. */
async function show(figure) {
  const whole = document.querySelector("[data-whole]"), says = document.querySelector("[data-says]");
  let told = null;
  const look = async (from, to) => {
    const asked = new URLSearchParams({ points: String(POINTS) });
    if (from !== null) { asked.set("from_at", String(from)); asked.set("to_at", String(to)); }
    const answer = await fetch(`${figure.dataset.curve}?${asked}`, { headers: { accept: "application/json" } });
    if (!answer.ok) return;
    const found = await answer.json();
    if (!found.at.length) return;
    told = found;
    drawn(figure, told, look);
    whole.hidden = from === null;
    says.textContent = told.together > 1 ? figure.dataset.together.replace("{}", told.together) : figure.dataset.each;
  };
  whole.addEventListener("click", () => look(null, null));
  await look(null, null);
  let waiting = 0, width = figure.clientWidth;
  new ResizeObserver(() => {
    if (figure.clientWidth === width || !told) return;
    width = figure.clientWidth;
    clearTimeout(waiting);
    waiting = setTimeout(() => drawn(figure, told, look), 150);
  }).observe(figure);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => told && drawn(figure, told, look));
}

for (const figure of document.querySelectorAll("figure[data-curve]")) show(figure);
