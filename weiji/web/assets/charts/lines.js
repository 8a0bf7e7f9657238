// Lines, areas and bars over time or over names, with uPlot.
import uPlot from "uplot";
import { colour, short } from "./colours.js";

// What is counted has no halves, and money is told in whole yuan.
const COUNTS = [...Array(12).keys()].flatMap((power) => [1, 2, 5].map((step) => step * 10 ** power));

export function draw(element, { labels, series }) {
  const kind = element.getAttribute("kind") ?? "area";
  const isMoney = element.getAttribute("unit") === "money";
  const say = (value) => (value == null ? "–" : isMoney ? `¥${short(value / 100)}` : short(value));
  const ink = colour(element, "ink-faint");
  const grid = colour(element, "line");
  const font = `12px ${getComputedStyle(element).fontFamily}`;
  const xs = labels.map((_, index) => index);
  const axis = { stroke: ink, font, grid: { stroke: grid, width: 1 }, ticks: { show: false } };
  const options = {
    width: element.clientWidth,
    height: element.clientHeight - (series.length > 1 ? 28 : 0),
    // Half of the last label stands beyond the last point.
    padding: [12, Math.max(12, 3.5 * String(labels.at(-1) ?? "").length), 0, 0],
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 8 } },
    legend: { show: series.length > 1, live: false },
    scales: {
      x: { time: false, range: kind === "bars" ? [-0.5, labels.length - 0.5] : [0, Math.max(1, labels.length - 1)] },
      y: { range: (_, low, high) => [Math.min(0, low ?? 0), (high || 1) * 1.08] },
    },
    axes: [
      { ...axis, size: 32, gap: 8, grid: { show: false }, incrs: [1, 2, 3, 5, 7, 10, 14, 30, 60, 100], values: (_, ticks) => ticks.map((tick) => labels[tick] ?? ""), space: 64 },
      { ...axis, values: (_, ticks) => ticks.map(say), size: 60, border: { show: false }, incrs: isMoney ? COUNTS.map((step) => step * 100) : COUNTS },
    ],
    series: [
      {},
      ...series.map((line, index) => {
        const stroke = colour(element, `chart-${(index % 4) + 1}`);
        return {
          label: line.label,
          stroke,
          width: 2,
          fill: kind === "lines" ? undefined : `${stroke}${kind === "bars" ? "d9" : "1f"}`,
          paths: kind === "bars" ? uPlot.paths.bars({ size: [0.6, 32], radius: 0.15 }) : uPlot.paths.spline(),
          points: { show: false },
          value: (_, value) => say(value),
        };
      }),
    ],
  };
  const tip = document.createElement("div");
  tip.className = "chart-tip";
  tip.hidden = true;
  options.plugins = [
    {
      hooks: {
        setCursor: (plot) => {
          const index = plot.cursor.idx;
          tip.hidden = index == null || plot.cursor.left < 0;
          if (tip.hidden) return;
          const lines = series.map((line) => `${series.length > 1 ? `${line.label} ` : ""}${isMoney && line.values[index] != null ? `¥${(line.values[index] / 100).toLocaleString()}` : say(line.values[index])}`);
          tip.textContent = [labels[index], ...lines].join("\n");
          const left = plot.valToPos(index, "x");
          tip.classList.toggle("is-left", left > plot.over.clientWidth / 2);
          tip.style.left = `${left}px`;
        },
      },
    },
  ];
  const plot = new uPlot(options, [xs, ...series.map((line) => line.values)], element);
  plot.over.append(tip);
  return {
    resize: (width, height) => plot.setSize({ width, height: height - (series.length > 1 ? 28 : 0) }),
    destroy: () => plot.destroy(),
  };
}
