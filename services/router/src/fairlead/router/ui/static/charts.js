// Bars of requests by hour, stacked by model; the data stand in the page, and change with it.
(() => {
  const HEIGHT = 220;
  const COLOURS = 8;
  const HOUR = 3600;
  const hour = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
  const drawn = new WeakMap();

  const colour = (name) => {
    const probe = document.createElement("span");
    probe.hidden = true;
    probe.style.color = `var(${name})`;
    document.body.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  };

  // What stands below each bar is added to it, so the highest are drawn first.
  const stacked = (series) => {
    const sums = new Array(series[0]?.values.length ?? 0).fill(0);
    return series.map((one) => one.values.map((value, place) => (sums[place] += value)));
  };

  // What an hour is made of, beside the pointer.
  const tip = (told) => {
    const box = document.createElement("div");
    box.className = "tip";
    box.hidden = true;
    const entry = (name, value, place) => {
      const row = document.createElement("p");
      if (place) row.className = `c${place}`;
      row.append(Object.assign(document.createElement("span"), { textContent: name }));
      row.append(Object.assign(document.createElement("b"), { textContent: value.toLocaleString() }));
      return row;
    };
    const tell = (plot) => {
      const index = plot.cursor.idx;
      box.hidden = index == null || plot.cursor.left < 0;
      if (box.hidden) return;
      const asked = told.series.map((one, place) => [one.name, one.values[index], place + 1]).filter((one) => one[1]);
      const start = told.hours[index] * 1000;
      const title = `${hour.format(start)} to ${hour.format(start + HOUR * 1000)}`;
      box.replaceChildren(entry(title, asked.reduce((sum, one) => sum + one[1], 0)), ...asked.map((one) => entry(...one)));
      const right = plot.cursor.left > plot.over.clientWidth / 2;
      box.style.left = right ? "" : `${plot.cursor.left + 16}px`;
      box.style.right = right ? `${plot.over.clientWidth - plot.cursor.left + 16}px` : "";
    };
    return { hooks: { init: (plot) => plot.over.append(box), setCursor: tell } };
  };

  const options = (node, told) => {
    const line = colour("--line");
    const ink = colour("--ink-2");
    const axis = { stroke: ink, font: "12px system-ui, sans-serif", ticks: { show: false }, grid: { stroke: line, width: 1 } };
    const bars = uPlot.paths.bars({ size: [0.72, 48], align: 0 });
    return {
      width: Math.max(240, node.clientWidth),
      height: HEIGHT,
      legend: { show: false },
      plugins: [tip(told)],
      cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
      scales: {
        x: { range: (_, first, last) => [first - HOUR / 2, last + HOUR / 2] },
        y: { range: (_, __, most) => [0, Math.max(4, most * 1.08)] },
      },
      axes: [
        { ...axis, size: 30, grid: { show: false }, values: (_, marks) => marks.map((mark) => hour.format(mark * 1000)) },
        { ...axis, size: 44, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 1e6],
          values: (_, marks) => marks.map((mark) => (mark >= 1000 ? `${mark / 1000}k` : `${mark}`)) },
      ],
      series: [
        {},
        ...told.series.map((one, place) => {
          const fill = colour(`--chart-${(place % COLOURS) + 1}`);
          return { label: one.name, stroke: fill, fill, width: 0, paths: bars, points: { show: false } };
        }).reverse(),
      ],
    };
  };

  const draw = (node) => {
    const text = node.dataset.chart;
    const told = JSON.parse(text);
    drawn.get(node)?.plot.destroy();
    const heights = stacked(told.series).reverse();
    const plot = new uPlot(options(node, told), [told.hours, ...heights], node);
    drawn.set(node, { plot, text, width: node.clientWidth });
  };

  const look = (anew) => {
    for (const node of document.querySelectorAll("[data-chart]")) {
      const before = drawn.get(node);
      if (anew || !before || before.text !== node.dataset.chart || before.width !== node.clientWidth) draw(node);
    }
  };

  document.addEventListener("htmx:after:swap", () => look(false));
  addEventListener("resize", () => look(false));
  addEventListener("fairlead:theme", () => look(true));
  look(true);
})();
