// What uPlot can't draw, with ECharts: on a canvas, since a strict CSP refuses the style attributes of its SVG.
import { BarChart, FunnelChart, HeatmapChart, LineChart, PieChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent, VisualMapComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { colour } from "./colours.js";

use([BarChart, FunnelChart, HeatmapChart, LineChart, PieChart]);
use([AriaComponent, GridComponent, LegendComponent, TooltipComponent, VisualMapComponent, CanvasRenderer]);

export function draw(element, option) {
  const chart = init(element, null, { renderer: "canvas" });
  const ink = colour(element, "ink-soft");
  const font = getComputedStyle(element).fontFamily;
  chart.setOption({
    aria: { enabled: true },
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    color: [1, 2, 3, 4].map((index) => colour(element, `chart-${index}`)),
    textStyle: { color: ink, fontFamily: font },
    legend: { textStyle: { color: ink } },
    grid: { left: 8, right: 8, top: 40, bottom: 8, containLabel: true },
    ...option,
    series: option.series.map((part) => ({ ...part, label: { color: ink, textBorderWidth: 0, ...part.label } })),
    tooltip: {
      renderMode: "richText",
      backgroundColor: colour(element, "toast"),
      borderWidth: 0,
      textStyle: { color: colour(element, "on-toast"), fontFamily: font },
      ...option.tooltip,
    },
  });
  return { resize: (width, height) => chart.resize({ width, height }), destroy: () => chart.dispose() };
}
