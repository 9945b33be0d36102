// The brushed part of each axis. The address keeps it; the runs that it leaves come on screen as it is let go.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const tab = mx.sweeps;
  const MOST = 100; // runs that come on screen by themselves
  const escaped = (part) => String(part).replaceAll("%", "%25").replaceAll("~", "%7E");
  const plain = (part) => part.replaceAll("%7E", "~").replaceAll("%25", "%");

  // By axis: [low, high] as texts, both empty for the runs without the param.
  tab.brushes = () => new Map(tab.list("brush").map((text) => text.split("~").map(plain)).filter((parts) => parts.length === 3).map(([axis, low, high]) => [axis, [low, high]]));
  const write = (brushes) => [...brushes].map(([axis, ends]) => [axis, ...ends].map(escaped).join("~"));

  // What a brush takes of an axis: a test of a run's value; null where the axis has no such values any more.
  tab.test = (axis, [low, high]) => {
    if (low === "" && high === "") return (value) => value === null;
    if (axis.levels.length) {
      const ends = [low, high].map((level) => axis.levels.indexOf(level));
      if (ends.includes(-1)) return null;
      return (value) => value !== null && value >= Math.min(...ends) && value <= Math.max(...ends);
    }
    const ends = [low, high].map(Number).sort((a, b) => a - b);
    if (ends.some((end) => !Number.isFinite(end))) return null;
    return (value) => value !== null && value >= ends[0] && value <= ends[1];
  };
  // Places of the runs that all brushes leave; null while nothing is brushed.
  tab.brushed = (report, brushes) => {
    const tests = report.axes.map((axis) => [axis, brushes.has(axis.name) && tab.test(axis, brushes.get(axis.name))]).filter(([, test]) => test);
    if (!tests.length) return null;
    return new Set(report.runs.map((_, i) => i).filter((i) => tests.every(([axis, test]) => test(axis.values[i]))));
  };
  tab.brushWords = (axis, [low, high]) => {
    const name = mx.oneLine(axis.name);
    if (low === "" && high === "") return `${name} ${axis.lane}`;
    if (axis.levels.length) return low === high ? `${name} ${mx.oneLine(low)}` : `${name} ${mx.oneLine(low)} to ${mx.oneLine(high)}`;
    const [a, b] = [Number(low), Number(high)];
    if (b >= axis.high) return `${name} ≥ ${mx.number(a)}`;
    if (a <= axis.low) return `${name} ≤ ${mx.number(b)}`;
    return `${name} ${mx.number(a)} to ${mx.number(b)}`;
  };

  // What was on screen before the first brush comes back once none is left.
  let kept = null;
  const screenOf = (runs) => ({ runs: runs.join(","), run: null, experiments: null });
  tab.brush = (report, name, ends) => {
    const before = tab.brushes();
    const next = new Map(before);
    next.delete(name);
    if (ends) next.set(name, ends);
    const on = tab.brushed(report, next);
    const changes = { brush: write(next) };
    if (tab.among() === "list" && on && on.size && on.size <= MOST) {
      if (!tab.brushed(report, before)) kept = mx.onScreen();
      Object.assign(changes, screenOf([...on].map((i) => report.runs[i][0])));
    }
    if (!next.size) return tab.unbrush();
    return mx.view.change(changes);
  };
  tab.unbrush = () => {
    const back = tab.among() === "list" && kept;
    kept = null;
    mx.view.change({ brush: null, ...(back ? screenOf(back) : {}) });
  };
  tab.showBrushed = (report, on) => mx.show([...on].map((i) => report.runs[i][0]));
  tab.allShown = (report, on) => {
    const shown = mx.onScreen();
    return shown.length === on.size && [...on].every((i) => shown.includes(report.runs[i][0]));
  };
})();
