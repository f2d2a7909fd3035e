// Draws the charts: each element with data-chart holds its numbers. Colours are those of the theme.
(() => {
  "use strict";
  const colour = (element, name) => getComputedStyle(element).getPropertyValue(name).trim();

  // A colour as the canvas understands it: variables hold light-dark(), which only styles resolve.
  const resolved = (element, name) => {
    const probe = document.createElement("i");
    probe.className = `kp-probe ${name}`;
    element.append(probe);
    const value = getComputedStyle(probe).color;
    probe.remove();
    return value;
  };

  // Bars that stand on each other: each series is drawn as the sum of itself and those before it,
  // the greatest first.
  const stacked = (series) => {
    const sums = [];
    let before = series[0].values.map(() => 0);
    for (const one of series) {
      before = before.map((sum, index) => sum + (one.values[index] ?? 0));
      sums.push(before);
    }
    return sums;
  };

  // Times as everywhere on the pages: in UTC, the day before the hour, 24 hours a day.
  const day = (date) => `${date.getUTCDate()} ${date.toLocaleString("en", { month: "short", timeZone: "UTC" })}`;
  const hour = (date) => date.toISOString().slice(11, 16);
  const times = (_, splits, __, ___, step) => splits.map((at) => {
    const date = new Date(at * 1000);
    return step >= 86400 || at % 86400 === 0 ? day(date) : hour(date);
  });
  const utc = (at) => uPlot.tzDate(new Date(at * 1000), "Etc/UTC");

  const axis = (element, more) => ({
    stroke: resolved(element, "kp-quiet"),
    grid: { stroke: resolved(element, "kp-probe-line"), width: 1 },
    ticks: { show: false },
    font: `12px ${colour(document.body, "font-family") || "sans-serif"}`,
    ...more,
  });

  const line = (element, one) => {
    const stroke = resolved(element, `kp-fill-${one.tone}`);
    return { label: one.label, stroke, width: 2, points: { show: false } };
  };
  const bar = (element, one) => {
    const fill = resolved(element, `kp-fill-${one.tone}`);
    return { label: one.label, stroke: fill, fill, width: 0, points: { show: false },
             paths: uPlot.paths.bars({ size: [0.82, 60], radius: 0.08 }) };
  };

  const draw = (element) => {
    element.plot?.destroy();
    const data = JSON.parse(element.dataset.chart);
    const drawn = data.bars ? stacked(data.series) : data.series.map((one) => one.values);
    const series = data.series.map((one) => (data.bars ? bar : line)(element, one));
    const options = {
      width: Math.max(200, element.clientWidth),
      height: 200,
      legend: { show: false },
      cursor: { show: false },
      tzDate: utc,
      padding: [8, 24, 0, 0],
      scales: { y: { range: (_, low, high) => [Math.min(0, low), Math.max(high * 1.08, 1)] } },
      axes: [axis(element, { size: 30, space: 60, values: times, grid: { show: false } }), axis(element, { size: 46, space: 34 })],
      series: [{}, ...(data.bars ? series.reverse() : series)],
    };
    element.plot = new uPlot(options, [data.at, ...(data.bars ? drawn.reverse() : drawn)], element);
  };

  const drawAll = () => document.querySelectorAll("[data-chart]").forEach(draw);
  let waiting = 0;
  addEventListener("resize", () => { cancelAnimationFrame(waiting); waiting = requestAnimationFrame(drawAll); });
  document.documentElement.addEventListener("keypin:theme", drawAll);
  document.addEventListener("htmx:after:swap", drawAll);
  drawAll();
})();
