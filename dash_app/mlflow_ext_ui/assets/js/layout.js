// How the Plots board is arranged beyond what its address says: one plain object, as the address has it, else as the
// saved view that is open, else as this browser remembers it for the experiment.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const STORE = `mlflow-ext-layout ${mx.prefix}`;
  const MOST_EXPERIMENTS = 50;
  const MOST_STORED = 500000; // characters, of all experiments together
  const MOST_LINK = 3000; // as in state.py
  const MOST_KEYS = 2000;
  const LONGEST_KEY = 600;
  const LONGEST_NAME = 120;
  const COLUMNS = 4; // the last means the whole row, however many columns it has
  const ROWS = 6;
  const TOO_LARGE = "This layout is too large for an address: save it as a view to keep it.";
  const listeners = new Set();

  const isObject = (value) => Boolean(value) && typeof value === "object" && !Array.isArray(value);
  const isText = (value, longest) => typeof value === "string" && value.length <= longest;
  const within = (value, most) => Number.isInteger(value) && value >= 1 && value <= most;
  const keys = (value) => [...new Set(value)].filter((one) => isText(one, LONGEST_KEY)).slice(0, MOST_KEYS);
  const byName = ([a], [b]) => (a < b ? -1 : Number(a > b));
  function entries(value, fits) {
    const found = Object.entries(isObject(value) ? value : {}).filter(([key, one]) => isText(key, LONGEST_KEY) && fits(one));
    return found.slice(0, MOST_KEYS).sort(byName);
  }
  // A card stands in one section: the first that names it.
  function orders(value) {
    const taken = new Set();
    const free = (key) => key === "" || (!taken.has(key) && taken.size < MOST_KEYS && Boolean(taken.add(key)));
    return entries(value, Array.isArray).map(([section, list]) => [section, keys(list).filter(free)]).filter(([, list]) => list.some(Boolean));
  }
  // What an object from anywhere says of a layout, in one spelling; what it can't mean is left out.
  // ``order``: by section the keys of its first cards, "" for all others, the keys of its last; ``sections``: the same
  // of sections; ``size``: columns and rows by key; ``hidden``: keys; ``names``: title by key.
  function read(value) {
    const { order, sections, size, hidden, names } = isObject(value) ? value : {};
    const list = (one) => (Array.isArray(one) ? keys(one) : []);
    const pair = (one) => Array.isArray(one) && one.length === 2 && within(one[0], COLUMNS) && within(one[1], ROWS);
    const parts = {
      order: Object.fromEntries(orders(order)),
      sections: list(sections).some(Boolean) ? list(sections) : [],
      size: Object.fromEntries(entries(size, pair)),
      hidden: list(hidden).filter(Boolean).sort(),
      names: Object.fromEntries(entries(names, (one) => isText(one, LONGEST_NAME) && one.trim() !== "")),
    };
    return Object.fromEntries(Object.entries(parts).filter(([, part]) => Object.keys(part).length));
  }
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

  // A layout as text for an address, "" for that of nobody; null when it is too large.
  function code(layout) {
    if (!Object.keys(layout).length) return "";
    const bytes = new TextEncoder().encode(JSON.stringify(layout));
    if (bytes.length > MOST_LINK) return null;
    const text = btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
    return text.length > MOST_LINK ? null : text;
  }
  function decode(text) {
    if (!text || text.length > MOST_LINK) return {};
    try {
      const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
      return read(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
    } catch (error) {
      console.info("The layout of this address can't be read: " + error.message);
      return {};
    }
  }

  function stored() {
    try {
      const found = JSON.parse(localStorage.getItem(STORE) || "[]");
      return (Array.isArray(found) ? found : []).filter((one) => Array.isArray(one) && typeof one[0] === "string");
    } catch (error) {
      console.info("Layouts kept by this browser can't be read: " + error.message);
      return [];
    }
  }
  const recall = (id) => read((stored().find(([one]) => one === id) || [])[1]);
  function keep(id, layout) {
    const others = stored().filter(([one]) => one !== id);
    const all = (Object.keys(layout).length ? [[id, layout], ...others] : others).slice(0, MOST_EXPERIMENTS);
    while (JSON.stringify(all).length > MOST_STORED) all.pop();
    try {
      localStorage.setItem(STORE, JSON.stringify(all));
    } catch (error) {
      console.info("The layout is not kept: " + error.message);
    }
  }

  let experiment = null;
  let own = {};
  let view = null;
  let spoken = null; // the text of the address
  let linked = null; // and what it says
  let large = null; // what should stand in the address, but is too large for it
  let layout = {};

  function settle() {
    const next = linked || large || view || own;
    if (same(next, layout)) return;
    layout = next;
    listeners.forEach((listener) => listener());
  }
  function follow() {
    const id = mx.view.get("experiment");
    if (id !== experiment) {
      experiment = id;
      own = id === null ? {} : recall(id);
      large = null;
    }
    if (mx.view.get("layout") !== spoken) {
      spoken = mx.view.get("layout");
      linked = spoken === null ? null : decode(spoken);
      if (linked) large = null;
    }
    settle();
  }
  // A view, or a link, stays as it is until it is saved; what changes stands in the address as every other change does.
  function speak(next) {
    const text = view && same(next, view) ? null : code(next);
    large = text === null && !(view && same(next, view)) ? next : null;
    if (large) mx.toast(TOO_LARGE, "bad");
    mx.view.change({ layout: text }, { replace: true });
    settle();
  }
  const apart = () => Boolean(linked || large || view || mx.view.get("view"));

  mx.layout = {
    COLUMNS,
    ROWS,
    LONGEST_NAME,
    read,
    get: () => layout,
    // What an address has to say for this layout to stay when the view that brought it goes.
    beside: () => (same(layout, own) ? null : code(layout)),
    // Whether the board shows another layout than the one that this browser remembers, with no view to save it in.
    borrowed: () => Boolean((linked || large) && !view),
    changed: () => Boolean((linked || large) && view),
    set(next) {
      const wanted = read(next);
      if (apart()) return speak(wanted);
      own = wanted;
      if (experiment !== null) keep(experiment, own);
      return settle();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    // The layout of the view that is open from now on; null: none is.
    open(next) {
      if (!same(next, view)) large = null;
      view = next;
      if (view && linked && same(linked, view)) mx.view.change({ layout: null }, { replace: true });
      settle();
    },
    // Back to what the view, or this browser, has.
    leave() {
      large = null;
      mx.view.change({ layout: null }, { replace: true });
      settle();
    },
    keep() {
      own = layout;
      if (experiment !== null) keep(experiment, own);
      mx.layout.leave();
    },
    // A link shows others the same, whatever their browsers remember; a view that is open brings its own.
    copy(changes = {}) {
      const params = mx.view.params();
      Object.entries(changes).forEach(([name, value]) => params.set(name, value));
      const tab = location.pathname.slice(mx.prefix.length);
      const lacking = ["", "plots"].includes(tab) && (large || !view) && !params.has("layout");
      const text = lacking ? code(layout) : null;
      if (text !== null) params.set("layout", text);
      const without = lacking && text === null;
      const address = `${location.origin}${location.pathname}?${params}`.replaceAll("%2C", ",").replaceAll("%2F", "/");
      return mx.copy(address, without ? "Link copied, without the layout, which is too large for it: save a view to share it." : "Link copied");
    },
  };

  // Another tab changed what this browser remembers: without it, the next change here would undo the one there.
  window.addEventListener("storage", ({ key }) => {
    if (key !== STORE || experiment === null) return;
    own = recall(experiment);
    settle();
  });
  mx.view.subscribe(follow);
  follow();
})();
