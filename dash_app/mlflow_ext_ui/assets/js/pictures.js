// The pictures of the cards: which are wanted, which are fresh, and the few requests that fetch them.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const BATCH = 6;
  const AT_ONCE = 2;
  const EMPTY = { picture: null, failure: null, fresh: "", old: false };

  const entries = new Map();
  const visible = new Set();
  const listeners = new Map();
  const bumps = new Map();
  const asking = new Map();
  let context = null;
  let controller = new AbortController();
  let planned = false;
  let flying = 0;
  const watchers = new Set();

  const get = (key) => entries.get(key) || EMPTY;
  function put(key, changes) {
    entries.set(key, { ...get(key), ...changes });
    (listeners.get(key) || []).forEach((listener) => listener());
    watchers.forEach((listener) => listener());
  }
  // Where several panels stand, and how their names are cut, is made for one width.
  const paneled = (picture) => Boolean(picture && picture.figure && "xaxis2" in picture.figure.layout);
  function stamp(key, step = mx.steps.stamp(key)) {
    const { keys, ...how } = context.compared;
    return `${context.stamp}|${keys.includes(key) ? JSON.stringify(how) : ""}|${context.full && context.full.key === key ? "full" : ""}|${context.given[key] || ""}|${mx.zoom.stamp(key, get(key).picture)}|${mx.own.text(key)}|${bumps.get(key) || 0}|${paneled(get(key).picture) ? context.width : ""}|${step}`;
  }
  function wanted() {
    return [...visible].filter((key) => get(key).fresh !== stamp(key) && asking.get(key) !== stamp(key));
  }
  function plan() {
    if (planned) return;
    planned = true;
    queueMicrotask(() => {
      planned = false;
      ask();
    });
  }
  function ask() {
    if (!context || !context.runs.length) return;
    wanted().forEach((key) => {
      const card = mx.steps.ready(stamp(key));
      if (card) put(key, { picture: card.picture, failure: card.trouble, fresh: stamp(key), old: false });
    });
    const keys = wanted();
    for (let i = 0; i < keys.length && flying < AT_ONCE; i += BATCH) {
      fetchBatch(keys.slice(i, i + BATCH));
    }
  }

  function question(now, keys, stepped) {
    const cell = now.cell();
    const sizes = now.sizes(cell);
    return {
      runs: now.runs,
      keys,
      look: now.look,
      theme: now.theme,
      ...cell,
      sizes: Object.fromEntries(keys.filter((key) => Object.hasOwn(sizes, key)).map((key) => [key, sizes[key]])),
      compared: { ...now.compared, keys: keys.filter((key) => now.compared.keys.includes(key)) },
      full: now.full && keys.includes(now.full.key) ? now.full : null,
      ...mx.zoom.body(keys),
      charts: mx.own.texts(keys),
      ...stepped,
    };
  }
  // A run was deleted since the page came: the page has to say so. Asked once, as the two may read at different moments.
  let lost = "";
  function lose(runs) {
    if (lost === runs.join()) return;
    lost = runs.join();
    mx.view.refresh();
  }
  const batchOf = new Map();
  let batches = 0;
  async function fetchBatch(keys) {
    const batch = (batches += 1);
    flying += 1;
    const now = context;
    const stamps = new Map(keys.map((key) => [key, stamp(key)]));
    stamps.axes = mx.zoom.all();
    keys.forEach((key) => {
      asking.set(key, stamps.get(key));
      batchOf.set(key, batch);
      if (get(key).picture) put(key, { old: true });
    });
    const failed = (title, why, details) =>
      keys.forEach((key) => settle(key, stamps, batch, { failure: { title, why, retry: true, details }, picture: null }));
    try {
      const answer = await mx.fetch(now.url, {
        method: "POST",
        signal: controller.signal,
        body: JSON.stringify(question(now, keys, mx.steps.question(keys))),
      });
      if (!answer.ok) {
        failed("This plot could not be read", `The server answered ${answer.status}. What is logged is safe.`, await answer.text());
        return;
      }
      const cards = await answer.json();
      if (keys.some((key) => cards[key] && cards[key].gone)) lose(now.runs);
      keys.forEach((key) => {
        const card = cards[key];
        if (card) mx.steps.took(key, stamps.get(key), card);
        settle(key, stamps, batch, card ? { picture: card.picture, failure: card.trouble } : { picture: null, failure: null });
      });
    } catch (error) {
      if (error.name !== "AbortError") {
        failed("The server gives no answer", "Values already uploaded are safe. Try again when it runs.", String(error));
      }
    } finally {
      flying -= 1;
      keys.forEach((key) => {
        if (batchOf.get(key) === batch) {
          batchOf.delete(key);
          asking.delete(key);
        }
      });
      plan();
    }
  }
  function settle(key, stamps, batch, changes) {
    if (batchOf.get(key) !== batch) return;
    const current = stamps.get(key) === stamp(key) && stamps.axes === mx.zoom.all();
    entries.set(key, { ...get(key), ...changes });
    // The picture tells which of the ranges in the address is its own.
    const fresh = current ? stamp(key) : stamps.get(key);
    put(key, { fresh, old: fresh !== stamp(key) });
  }

  const near = new IntersectionObserver(
    (changes) => {
      changes.forEach((change) => visible[change.isIntersecting ? "add" : "delete"](change.target.dataset.key));
      plan();
    },
    { root: null, rootMargin: "500px 0px" },
  );

  mx.pictures = {
    get,
    visible: () => [...visible],
    ready: () => Boolean(context) && !wanted().length && !asking.size,
    // What every picture depends on; a change asks again for what is in view, the old pictures stay until then.
    setup(next) {
      const stampNow = JSON.stringify([next.runs, next.look, next.theme, next.epoch, next.columns]);
      if (context && context.stamp === stampNow) {
        Object.assign(context, { cell: next.cell, width: next.width, full: next.full, compared: next.compared, sizes: next.sizes, given: next.given });
        plan();
        return;
      }
      controller.abort();
      controller = new AbortController();
      context = { ...next, stamp: stampNow };
      asking.clear();
      batchOf.clear();
      plan();
    },
    subscribe(key, listener) {
      if (!listeners.has(key)) listeners.set(key, new Set());
      listeners.get(key).add(listener);
      return () => listeners.get(key).delete(listener);
    },
    subscribeAll(listener) {
      watchers.add(listener);
      return () => watchers.delete(listener);
    },
    watch(element) {
      near.observe(element);
      return () => {
        near.unobserve(element);
        visible.delete(element.dataset.key);
      };
    },
    // The line of a live run got longer where it stands; its caption says so.
    grew(key, added) {
      const { picture } = get(key);
      const total = picture.figure.data.reduce((sum, trace) => sum + ((trace.meta && trace.meta.role === "line" && trace.meta.total) || 0), 0);
      const part = /^([\d,]+) of /.exec(picture.caption);
      const caption = part ? `${mx.badge(Number(part[1].replaceAll(",", "")) + added)} of ${mx.badge(total)}` : mx.count(total, "point");
      put(key, { picture: { ...picture, caption } });
    },
    // One card as it would be at another step, and the stamp it would have; null when the page has moved on meanwhile.
    async ahead(key, step, stepped) {
      const now = context;
      const stampThen = stamp(key, step);
      const answer = await mx.fetch(now.url, { method: "POST", signal: controller.signal, body: JSON.stringify(question(now, [key], stepped)) });
      if (!answer.ok || context !== now || stampThen !== stamp(key, step)) return null;
      return { stamp: stampThen, card: (await answer.json())[key] };
    },
    isFresh: (key) => Boolean(context) && get(key).fresh === stamp(key),
    bump: (key) => bumps.get(key) || 0,
    again(keys) {
      keys.forEach((key) => bumps.set(key, (bumps.get(key) || 0) + 1));
      plan();
    },
    failures: (keys) => keys.filter((key) => get(key).failure && !get(key).picture),
  };
  mx.view.subscribe(plan);
})();
