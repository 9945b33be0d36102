// What the histories of the runs on screen tell: asked once the pictures stand, for one set of runs at a time, and again
// now and then while one of them runs. And of all runs of the list, once somebody wants to know.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const AGAIN = 500;
  const TURN = 2000;
  const GROWN = 15000;
  const NONE = { findings: [], groups: [], omitted: "", reasons: new Map(), names: {}, looked: 0 };
  const listeners = new Set();
  let told = NONE;
  let context = null;
  let asked = "";
  let ticks = 0;
  let growing = 0;
  let waiting = 0;
  let focus = null;
  let whole = null; // what the list tells, null before it is asked for
  let sought = null; // a finding of a run that is on its way to the screen

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
  async function question(body) {
    const answer = await mx.fetch(mx.prefix + "_insights", { method: "POST", body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(((await answer.json().catch(() => null)) || {}).detail || `The server answered ${answer.status}.`);
    const found = await answer.json();
    return { ...found, reasons: reasons(found.findings) };
  }
  async function ask() {
    const now = stamp();
    // The pictures come first; they say when they are there.
    if (!now || now === asked || !mx.pictures.ready()) return;
    asked = now;
    try {
      const found = await question({ runs: context.runs.map(([id]) => id) });
      if (now !== stamp()) return;
      const before = told.left;
      told = found;
      arrive();
      tell();
      if (!found.left) return;
      asked = "";
      plan(found.left === before ? TURN : AGAIN);
    } catch (error) {
      console.info("What the runs tell waits: " + error.message);
    }
  }

  // What the list on the left is of: other runs are told of once it changes.
  const LIST = ["search", "where", "sort", "stage"];
  function listed() {
    const params = mx.view.params();
    return JSON.stringify([((mx.screen.view || {}).experiment || {}).id, ...LIST.map((name) => params.getAll(name))]);
  }
  async function look() {
    const of = listed();
    const experiment = ((mx.screen.view || {}).experiment || {}).id;
    const params = mx.view.params();
    params.delete("runs");
    whole = { ...NONE, of, left: 1, asking: true };
    tell();
    for (let before = null; whole && whole.of === of && whole.asking; ) {
      try {
        const found = await question({ experiment, search: `?${params}` });
        if (!whole || whole.of !== of) return;
        whole = { ...found, of, asking: Boolean(found.left) };
        tell();
        if (found.left) await new Promise((done) => setTimeout(done, found.left === before ? TURN : AGAIN));
        before = found.left;
      } catch (error) {
        if (whole && whole.of === of) whole = { ...whole, asking: false, failure: error.message };
        tell();
      }
    }
  }
  const alike = (one, other) => ["run", "kind", "metric", "step"].every((name) => one[name] === other[name]);
  function arrive() {
    const found = sought && told.findings.find((one) => alike(one, sought));
    if (!found) return;
    sought = null;
    queueMicrotask(() => mx.goToFinding(found));
  }

  const metricOf = (card) => (card.kind === "series" && card.origin !== "own" ? card.metric || card.title : null);
  const cardOf = (metric) => context && context.cards.find((card) => metricOf(card) === metric);

  mx.insight = {
    get: () => told,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    reason: (run) => told.reasons.get(run) || (whole && whole.of === listed() && whole.reasons.get(run)) || "",
    whole: () => (whole && whole.of === listed() ? whole : null),
    look,
    leave() {
      whole = null;
      tell();
    },
    // Puts the run on screen, and leads to the place once its pictures stand.
    seek(finding) {
      sought = finding;
      mx.toggle(finding.run);
    },
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
