// New points at the end of a line that is on screen, without fetching the rest again.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const MANY = 1.5;

  function xs(unit, points, run) {
    if (unit === "wall") return points.time;
    if (unit === "relative") return points.time.map((time) => (time - run.start) / 1000);
    return points.x;
  }
  // The same debiased moving average that drew the line, continued from the state that came with it.
  function smooth(values, average) {
    return values.map((value) => {
      average.sum = average.weight * average.sum + (1 - average.weight) * value;
      average.norm = average.weight * average.norm + (1 - average.weight);
      return average.sum / average.norm;
    });
  }

  // False when the picture must be fetched anew to be right: marks, fixed ranges, or a line that has outgrown its thinning.
  mx.extend = (key, runId, points) => {
    const graph = mx.graph(key);
    const { picture } = mx.pictures.get(key);
    const run = mx.screen.runs.get(runId);
    if (!graph || !mx.plotly(graph) || !picture || !run || !points.x.length) return false;
    const { layout, data } = picture.figure;
    const odd = points.y.some((value) => typeof value !== "number");
    const dates = layout.xaxis.type === "date" && layout.meta.x !== "wall";
    if (odd || dates || layout.yaxis.range || layout.meta.compared || layout.meta.grouped) return false;
    if (layout.meta.x === "relative" && !run.start) return false;
    const index = (role) => data.findIndex((trace) => trace.meta && trace.meta.run === runId && trace.meta.role === role);
    const main = index("line");
    if (main < 0 || !Array.isArray(data[main].x) || index("lone") >= 0) return false;
    const { meta } = data[main];
    meta.first = meta.first || meta.total;
    if (points.total > Math.max(meta.first * MANY, meta.first + 200)) return false;

    const x = xs(layout.meta.x, points, run);
    const y = meta.average ? smooth(points.y, meta.average) : points.y;
    const at = [main];
    const columns = { x: [x], y: [y] };
    const most = { x: [Infinity], y: [Infinity] };
    const add = (trace, newX, newY, keep) => {
      if (trace < 0) return;
      at.push(trace);
      columns.x.push(newX);
      columns.y.push(newY);
      most.x.push(keep);
      most.y.push(keep);
    };
    add(index("raw"), x, points.y, Infinity);
    add(index("end"), x.slice(-1), y.slice(-1), 1);
    const added = points.total - meta.total;
    meta.total = points.total;
    mx.plotly(graph).extendTraces(graph, columns, at, most);
    mx.pictures.grew(key, added);
    return true;
  };
})();
