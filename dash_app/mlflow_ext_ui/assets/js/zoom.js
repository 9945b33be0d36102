// Which part of x the step plots show. The address keeps it: one range for all that count x alike, or one of a card alone.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const NAMES = ["zoom", "alone", "y", "chart"];
  let parsed = { search: null };

  function ends(low, high) {
    const found = [low, high].map((text) => (text === "" || text === undefined ? null : Number(text)));
    return found.some((end) => end !== null && !Number.isFinite(end)) ? null : found;
  }
  const closed = (range) => Boolean(range) && !range.includes(null) && range[0] < range[1];
  // A key may hold the sign that parts it from its range.
  function byCard(texts) {
    const found = new Map();
    texts.forEach((text) => {
      const parts = text.split("~");
      const range = parts.length > 2 ? ends(...parts.slice(-2)) : null;
      if (range) found.set(parts.slice(0, -2).join("~"), range);
    });
    return found;
  }
  function now() {
    const search = mx.view.search();
    if (parsed.search === search) return parsed;
    const params = mx.view.params();
    const shared = new Map();
    params.getAll("zoom").forEach((text) => {
      const [low, high, ...unit] = text.split("~");
      const range = ends(low, high);
      if (closed(range)) shared.set(unit.join("~"), range);
    });
    const alone = new Map([...byCard(params.getAll("alone"))].filter(([, range]) => closed(range)));
    const all = JSON.stringify(NAMES.map((name) => params.getAll(name)));
    parsed = { search, shared, alone, y: byCard(params.getAll("y")), all, unsynced: Boolean(params.get("unsynced")) };
    return parsed;
  }
  const sharedTexts = (shared) => [...shared].map(([unit, [low, high]]) => `${low}~${high}${unit ? `~${unit}` : ""}`);
  const cardTexts = (ranges) => [...ranges].map(([key, [low, high]]) => `${key}~${low ?? ""}~${high ?? ""}`);
  const orNone = (list) => (list.length ? list : null);
  const write = (shared, alone) => mx.view.change({ zoom: orNone(sharedTexts(shared)), alone: orNone(cardTexts(alone)) });

  // What x counts in a picture, undefined where it is no step plot of its own.
  function unit(picture) {
    const meta = picture && picture.figure && picture.figure.layout.meta;
    return meta && meta.step && !meta.compared ? meta.unit : undefined;
  }
  function range(key, picture) {
    const { shared, alone } = now();
    return alone.get(key) || shared.get(unit(picture)) || null;
  }
  // Four digits of the range's length: a share of a pixel.
  function short([low, high]) {
    const step = 10 ** (Math.floor(Math.log10(high - low)) - 3);
    return [low, high].map((end) => Number((Math.round(end / step) * step).toPrecision(15)));
  }
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

  function zoom(key, picture, wanted) {
    const { shared, alone, unsynced } = now();
    const counted = unit(picture);
    const next = short(wanted);
    if (!closed(next) || same(next, range(key, picture))) return;
    const [together, apart] = [new Map(shared), new Map(alone)];
    apart.delete(key);
    if (unsynced || counted === undefined) apart.set(key, next);
    else together.set(counted, next);
    write(together, apart);
  }
  // The whole of x again: of a card that is zoomed alone this one, else of all that are zoomed with it.
  function reset(key, picture) {
    const [together, apart] = [new Map(now().shared), new Map(now().alone)];
    if (apart.delete(key) || together.delete(unit(picture))) write(together, apart);
  }

  // The others follow at once with the points that they have, until finer ones come.
  const moved = new WeakSet();
  function follow() {
    mx.pictures.visible().forEach((key) => {
      const graph = mx.graph(key);
      const { picture } = mx.pictures.get(key);
      const wanted = range(key, picture);
      if (!wanted || !graph || !mx.plotly(graph) || !mx.isStep(graph)) return;
      const { xaxis } = graph._fullLayout;
      if (xaxis.type === "log" || same(xaxis.range.map((end) => xaxis.r2l(end)), wanted)) return;
      moved.add(graph);
      const done = () => moved.delete(graph);
      mx.plotly(graph).relayout(graph, { "xaxis.range": [...wanted] }).then(done, done);
    });
  }
  let known = null;
  mx.view.subscribe(() => {
    const { all } = now();
    if (known === all) return;
    known = all;
    follow();
    mx.pictures.again([]);
  });

  mx.zoom = {
    get: now,
    range,
    zoom,
    reset,
    resetAll: () => write(new Map(), new Map()),
    is: (key, picture) => Boolean(range(key, picture)),
    any: () => now().shared.size + now().alone.size > 0,
    synced: () => !now().unsynced,
    // Together again, all have one range.
    sync: () => mx.view.change(now().unsynced ? { unsynced: null, alone: null } : { unsynced: "1" }),
    moves: (graph) => moved.has(graph),
    y: (key) => now().y.get(key) || null,
    setY(key, chosen) {
      const next = new Map(now().y);
      if (chosen) next.set(key, chosen);
      else next.delete(key);
      mx.view.change({ y: orNone(cardTexts(next)) });
    },
    // A comparison's x axis may mean something else than the plot's own.
    forget(key) {
      const apart = new Map(now().alone);
      return apart.delete(key) ? { alone: orNone(cardTexts(apart)) } : {};
    },
    all: () => now().all,
    // Until a picture has come nobody knows what its x counts: then any range may be its own.
    stamp(key, picture) {
      const { shared, alone, y } = now();
      const x = alone.get(key) || (picture ? shared.get(unit(picture)) : [...shared]);
      return JSON.stringify([x || null, y.get(key) || null]);
    },
    body(keys) {
      const { shared, alone, y } = now();
      const some = (ranges) => Object.fromEntries(keys.filter((key) => ranges.has(key)).map((key) => [key, ranges.get(key)]));
      return { zoom: Object.fromEntries(shared), ranges: some(alone), y: some(y) };
    },
  };
})();
