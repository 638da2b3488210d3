// Charts of numbers that a page names by data-chart: one axis of times, series in the page's colours, zoom by dragging.
// The answer is {unit, steps?, more?, series: [{name, band?: "low"|"high"}], times: [unix seconds], values: [[…], …], gaps?: [[from, to, words], …]};
// with steps a value stands until the next one; with more there are points to come, and it is asked again;
// numbers come as text, exact, and are rounded to the screen here alone.

const INKS = ["--first", "--second", "--third", "--fourth"];
const WIDTHS = [[], [7, 4], [2, 3], [9, 3, 2, 3]];
// From so many seconds between ticks on: what each says, and what it says below where a new year, or a new day, begins.
const TICKS = [
  [31536000, "{YYYY}"], [2419200, "{YYYY}-{MM}"], [86400, "{MM}-{DD}", "\n{YYYY}"],
  [3600, "{HH}:{mm}", "\n{YYYY}-{MM}-{DD}", "\n{MM}-{DD}"], [60, "{HH}:{mm}", "\n{YYYY}-{MM}-{DD}", "\n{MM}-{DD}"],
  [1, "{HH}:{mm}:{ss}", "\n{YYYY}-{MM}-{DD}", "\n{MM}-{DD}"],
].map(([from, text, year, day]) => [from, text, year ?? null, null, day ?? null, null, null, null, 1]);
const AGAIN = 40, AGAIN_MS = 3000;

function ink(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); }

function gapsDrawn(gaps) {
  return (plot) => {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    for (const [from, to] of gaps) {
      const left = plot.valToPos(from, "x", true), right = Math.max(plot.valToPos(to, "x", true), left + 2);
      ctx.fillStyle = ink("--bad-back");
      ctx.fillRect(left, bbox.top, right - left, bbox.height);
      ctx.strokeStyle = ink("--bad");
      ctx.lineWidth = 1;
      for (let x = left - bbox.height; x < right; x += 10) {
        ctx.beginPath();
        ctx.rect(left, bbox.top, right - left, bbox.height);
        ctx.moveTo(Math.max(x, left), bbox.top + Math.max(0, left - x));
        ctx.lineTo(Math.min(x + bbox.height, right), bbox.top + Math.min(bbox.height, right - x));
        ctx.stroke();
      }
    }
    ctx.restore();
  };
}

function drawn(figure, told) {
  const chinese = document.documentElement.lang === "zh-CN";
  const series = told.series.map((one, place) => ({
    label: one.name,
    stroke: ink(INKS[place % INKS.length]),
    dash: WIDTHS[place % WIDTHS.length],
    width: one.band ? 0.5 : 1.5,
    points: { show: told.times.length < 60 },
    paths: told.steps ? uPlot.paths.stepped({ align: 1, alignGaps: 1 }) : null,
    value: (_, value) => (value == null ? "–" : `${value.toLocaleString("en")} ${told.unit}`),
  }));
  const low = told.series.findIndex((one) => one.band === "low"), high = told.series.findIndex((one) => one.band === "high");
  const axis = { stroke: ink("--soft"), grid: { stroke: ink("--rule"), width: 1 }, ticks: { stroke: ink("--rule"), width: 1 } };
  const plot = document.createElement("div");
  plot.className = "plot";
  const { width } = figure.getBoundingClientRect();
  const made = new uPlot({
    width: Math.max(280, Math.floor(width)),
    height: Number(figure.dataset.height) || 260,
    tzDate: (at) => uPlot.tzDate(new Date(at * 1e3), "Asia/Shanghai"),
    series: [{ value: chinese ? "{YYYY}-{MM}-{DD} {HH}:{mm}" : "{YYYY}-{MM}-{DD} {HH}:{mm}", label: chinese ? "时间" : "Time" }, ...series],
    bands: low >= 0 && high >= 0 ? [{ series: [high + 1, low + 1], fill: ink("--band") }] : [],
    axes: [
      { ...axis, label: "UTC+8", labelSize: 18, values: TICKS },
      { ...axis, size: 70, label: told.unit, labelSize: 18, values: (_, ticks) => ticks.map((one) => one.toLocaleString("en")) },
    ],
    hooks: told.gaps?.length ? { drawClear: [gapsDrawn(told.gaps)] } : {},
    cursor: { drag: { x: true, y: false } },
  }, [told.times, ...told.values.map((row) => row.map((one) => (one == null ? null : Number(one))))], plot);
  figure.querySelector(".plot")?.remove();
  figure.querySelector(".chart-says")?.setAttribute("hidden", "");
  figure.append(plot);
  return made;
}

async function asked(figure, more = {}) {
  const answer = await fetch(figure.dataset.chart, { headers: { accept: "application/json", ...more } });
  return answer.ok ? answer.json() : null;
}

async function show(figure) {
  let told = await asked(figure);
  if (!told?.times.length) return;
  const again = () => drawn(figure, told);
  again();
  const grown = async (left) => {
    const more = await asked(figure, { "x-by-itself": "1" });  // nobody is there for that alone
    if (!more) return;
    told = more;
    again();
    if (more.more && left) setTimeout(grown, AGAIN_MS, left - 1);
  };
  if (told.more) setTimeout(grown, AGAIN_MS, AGAIN);
  let waiting = 0;
  new ResizeObserver(() => { clearTimeout(waiting); waiting = setTimeout(again, 150); }).observe(figure.parentElement);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
}

for (const figure of document.querySelectorAll("figure[data-chart]")) show(figure);
