// What the histories of the runs on screen tell: asked once the pictures stand, for one set of runs at a time, and again
// now and then while one of them runs.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const AGAIN = 500;
  const TURN = 2000;
  const GROWN = 15000;
  const NONE = { findings: [], groups: [], omitted: "", reasons: new Map() };
  const listeners = new Set();
  let told = NONE;
  let context = null;
  let asked = "";
  let ticks = 0;
  let growing = 0;
  let waiting = 0;
  let focus = null;

  const tell = () => listeners.forEach((listener) => listener());
  // Of a run that is not a note: why the list marks it.
  function reasons(findings) {
    const found = new Map();
    findings.forEach((one) => {
      if (one.level !== "note" && !found.has(one.run)) found.set(one.run, one.sentence);
    });
    return found;
  }
  const stamp = () => (context && context.shown && context.runs.length ? JSON.stringify([context.runs, context.refresh, ticks]) : "");

  function plan(after = 0) {
    clearTimeout(waiting);
    waiting = setTimeout(() => (window.requestIdleCallback || ((run) => run()))(ask, { timeout: 1000 }), after);
  }
  async function ask() {
    const now = stamp();
    // The pictures come first; they say when they are there.
    if (!now || now === asked || !mx.pictures.ready()) return;
    asked = now;
    try {
      const runs = context.runs.map(([id]) => id);
      const answer = await mx.fetch(mx.prefix + "_insights", { method: "POST", body: JSON.stringify({ runs }) });
      if (!answer.ok) throw new Error(`The server answered ${answer.status}`);
      const found = await answer.json();
      if (now !== stamp()) return;
      const before = told.left;
      told = { ...found, reasons: reasons(found.findings) };
      tell();
      if (!found.left) return;
      asked = "";
      plan(found.left === before ? TURN : AGAIN);
    } catch (error) {
      console.info("What the runs tell waits: " + error.message);
    }
  }

  const metricOf = (card) => (card.kind === "series" && card.origin !== "own" ? card.metric || card.title : null);
  const cardOf = (metric) => context && context.cards.find((card) => metricOf(card) === metric);

  mx.insight = {
    get: () => told,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    reason: (run) => told.reasons.get(run) || "",
    board(next) {
      if (!context) mx.pictures.subscribeAll(() => stamp() !== asked && plan());
      const before = context && JSON.stringify(context.runs.map(([id]) => id));
      context = next;
      if (before !== JSON.stringify(next.runs.map(([id]) => id))) {
        told = NONE;
        focus = null;
        queueMicrotask(tell);
      }
      plan();
    },
    grew() {
      if (growing) return;
      growing = setTimeout(() => {
        growing = 0;
        ticks += 1;
        plan();
      }, GROWN);
    },
    // What is marked on a card; the one that was picked in the list counts whatever its level.
    of(key) {
      const card = context && context.cards.find((one) => one.key === key);
      const metric = card && metricOf(card);
      return metric ? told.findings.filter((one) => one.metric === metric && (one.level !== "note" || one === focus)) : [];
    },
    cardOf,
    focused: () => focus,
    focus(finding) {
      focus = finding;
      tell();
    },
  };
})();
