// Runs that start, end or go while the page is open: the list asks for them now and then, what is on screen stays.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const SOON = 10000;
  const LATER = 30000;
  let listing = null;
  let at = Date.now();
  let timer = 0;

  const due = () => (listing && listing.running ? SOON : LATER);
  function arm() {
    clearTimeout(timer);
    timer = document.hidden || !listing ? 0 : setTimeout(ask, Math.max(0, at + due() - Date.now()));
  }
  const text = (one) => JSON.stringify([one.total, one.running, one.metric, one.rows, one.pinned]);

  async function ask() {
    const { view } = mx.screen;
    const before = listing;
    at = Date.now();
    if (view && before) {
      try {
        const runs = view.runs.map(({ id }) => ({ id }));
        const now = await mx.ask({
          url: { path: location.pathname, search: location.search, refresh: view.refresh },
          before: { refresh: view.refresh, failed: false, experiment: view.experiment, listed: null, metric: view.metric, held: view.held, runs },
          infinite: mx.runlist.infinite,
        });
        const same = mx.screen.view === view && listing === before;
        if (same && now.listing) mx.alerts.news(now.listing.experiment, now.listing.alerts);
        if (same && now.view.missing > view.missing) mx.view.refresh();
        else if (same && now.listing && !now.listing.error && text(now.listing) !== text(before)) {
          if (now.listing.total !== before.total || now.listing.running !== before.running) mx.news.turn += 1;
          mx.set("x-listing", { data: now.listing });
        }
      } catch (error) {
        console.info("The run list waits: " + error.message);
      }
    }
    at = Date.now();
    arm();
  }

  document.addEventListener("visibilitychange", arm);
  mx.news = {
    turn: 0, // how often runs started, ended or went
    listed(next) {
      if (listing !== next) {
        at = Date.now();
        if (next) mx.alerts.news(next.experiment, next.alerts);
      }
      listing = next;
      arm();
    },
  };
})();
