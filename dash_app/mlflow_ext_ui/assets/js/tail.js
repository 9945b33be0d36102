// What running runs add: one request a second for all plots in view, none while nobody looks or nothing runs.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const EVERY = 1000;
  const QUIET_AFTER = 60;
  const SLOWEST = 30000;
  // An empty page that listens asks for all of itself: less often, and seldom once it has done so for a while.
  const LISTEN = 2500;
  const LISTEN_LATER = 10000;
  const LATER = 60000;
  let view = null;
  let held = {};
  let kinds = new Map();
  let urls = null;
  let timer = 0;
  let pause = EVERY;
  let quiet = 0;
  let since = 0;
  const versions = new Map();

  const running = () => (view ? view.runs.filter((run) => run.status === "RUNNING" || run.status === "SCHEDULED") : []);
  const listening = () => Boolean(document.querySelector("[data-listening]"));
  const wanted = () => !document.hidden && urls && view && view.state.tab === "plots" && (running().length > 0 || listening());

  function rest() {
    if (running().length) return pause;
    return Date.now() - since < LATER ? LISTEN : LISTEN_LATER;
  }
  function arm(after = rest()) {
    clearTimeout(timer);
    timer = wanted() ? setTimeout(tick, after) : 0;
  }
  const lines = () => mx.pictures.visible().filter((key) => kinds.get(key) === "series" && mx.pictures.get(key).picture);
  function points(key, run) {
    const { figure } = mx.pictures.get(key).picture;
    const trace = figure && figure.data.find((one) => one.meta && one.meta.run === run && one.meta.role === "line");
    const group = figure && figure.data.find((one) => one.meta && one.meta.totals && run in one.meta.totals);
    if (group) return group.meta.totals[run];
    return trace ? trace.meta.total : 0;
  }
  function question() {
    const body = {};
    const shown = lines();
    running().forEach((run) => {
      const plots = Object.fromEntries(shown.filter((key) => mx.compare.draws(mx.pictures.get(key).picture, run.id)).map((key) => [key, points(key, run.id)]));
      body[run.id] = { plots, status: run.status, known: held[run.id] || 0 };
    });
    return body;
  }

  async function tick() {
    if (!running().length) {
      mx.view.refresh();
      return arm();
    }
    const asked = view;
    try {
      const answer = await mx.fetch(urls.tail, { method: "POST", body: JSON.stringify(question()) });
      if (!answer.ok) throw new Error(`The server answered ${answer.status}`);
      if (asked === view) take(await answer.json());
      pause = quiet > QUIET_AFTER ? 2 * EVERY : EVERY;
    } catch (error) {
      pause = Math.min(pause * 2, SLOWEST);
      console.info("Live values wait: " + error.message);
    }
    arm();
  }

  // Plots of other kinds that a run has logged anew. At its first answer all count: one may have come meanwhile.
  function relogged(run, counts) {
    const before = versions.get(run) || {};
    versions.set(run, counts);
    return Object.keys(counts).filter((key) => counts[key] !== before[key]);
  }

  function take(news) {
    let changed = false;
    let grew = false;
    const anew = new Set();
    running().forEach((run) => {
      const fresh = news[run.id];
      if (!fresh || fresh.status !== run.status || fresh.new_plots) changed = true;
      Object.entries((fresh && fresh.plots) || {}).forEach(([key, added]) => {
        grew = true;
        if (added.reset || !mx.extend(key, run.id, added)) anew.add(key);
      });
      relogged(run.id, (fresh && fresh.versions) || {}).forEach((key) => anew.add(key));
    });
    quiet = grew || anew.size ? 0 : quiet + 1;
    mx.own.live().forEach((key) => anew.add(key));
    if (grew || anew.size) mx.insight.grew();
    if (anew.size) mx.pictures.again([...anew]);
    if (changed) mx.view.refresh();
  }

  document.addEventListener("visibilitychange", () => {
    since = Date.now();
    arm(0);
  });
  mx.tail = {
    follow(next) {
      if (!view || view.url !== next.url) since = Date.now();
      view = next;
      quiet = 0;
      arm();
    },
    board(next) {
      urls = next.urls;
      held = next.held;
      kinds = new Map(next.cards.map((card) => [card.key, card.kind]));
      arm();
    },
  };
})();
