// Saved views of an experiment: which one is open, whether the page differs from it, and what the server says to changes.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  // A view is of one experiment; who looks, in which light and at which plot in full screen, is no part of it.
  const APART = mx.apartFromView;
  const MOST = 120;
  const GONE = "This view is deleted, or not yours to read any more. What it shows is still on the page: save it as a new view.";
  const listeners = new Set();
  let open = null;
  let wanted = null;
  let listed = null;
  let now = { open: null, changed: false, listed: null };

  const own = (params) => [...params].filter(([name]) => !APART.includes(name)).sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
  const query = (params) => new URLSearchParams(own(params)).toString();
  const isObject = (value) => Boolean(value) && typeof value === "object" && !Array.isArray(value);
  const state = () => ({ tab: location.pathname.slice(mx.prefix.length) || "plots", query: query(mx.view.params()), layout: mx.layout.get() });
  // Another version of this page, or a script, may have stored it: what it can't mean falls back to its default.
  function read(stored) {
    const { tab, query: text, layout } = stored;
    return {
      tab: /^[a-z]+$/.test(tab) ? tab : "plots",
      query: query(new URLSearchParams(typeof text === "string" ? text : "")),
      layout: mx.layout.read(layout),
    };
  }
  function sorted(value) {
    if (Array.isArray(value)) return value.map(sorted);
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));
  }
  const same = (a, b) => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
  function differs(view) {
    const kept = read(view.state);
    const params = mx.view.params();
    // A view that names no runs opens on the latest: they are the page's choice, and no change.
    if (!new URLSearchParams(kept.query).has("runs")) params.delete("runs");
    return !same(kept, { ...state(), query: query(params) });
  }
  function announce() {
    now = { open, changed: Boolean(open) && differs(open), listed };
    listeners.forEach((listener) => listener());
  }

  function address(view) {
    const { tab, query: text } = read(view.state);
    const params = new URLSearchParams(text);
    params.set("experiment", view.experiment_id);
    params.set("view", view.id);
    for (const name of ["workspace", "theme"]) if (mx.view.get(name)) params.set(name, mx.view.get(name));
    return `${mx.prefix}${tab}?${params}`;
  }
  function settle(view) {
    wanted = view.id;
    open = view;
    mx.layout.open(read(view.state).layout);
    const there = listed && listed.views.find((one) => one.id === view.id);
    if (there) Object.assign(there, view);
    announce();
  }
  function show(view, replace = false) {
    mx.layout.open(null); // what was changed of it goes
    settle(view);
    mx.view.visit(address(view), replace);
  }

  async function ask(method, path, body) {
    let answer;
    let found;
    try {
      answer = await mx.fetch(`${mx.prefix}api/views${path}`, { method, body: body && JSON.stringify(body) });
      found = await answer.json();
    } catch (error) {
      console.info(error.message);
      throw new Error(answer ? `The server answered ${answer.status}. Try again.` : "The server gives no answer. The page keeps what you have; try again.");
    }
    if (answer.status === 404 && method !== "GET" && path) throw Object.assign(new Error(GONE), { status: 404 });
    if (!answer.ok) throw Object.assign(new Error(found.detail), { status: answer.status, current: found.current });
    return found;
  }
  const one = (id) => `/${encodeURIComponent(id)}`;

  // The address says which view is open; whatever else it says wins over what the view holds.
  async function follow() {
    const id = mx.view.get("view");
    if (!id) {
      open = null;
      wanted = null;
      mx.layout.open(null);
    }
    if (!id || wanted === id) return announce();
    wanted = id;
    open = null;
    const bare = !query(mx.view.params()) && mx.view.get("layout") === null;
    const asked = () => wanted === id && mx.view.get("view") === id;
    const leave = () => mx.view.change({ view: null }, { replace: true });
    let found;
    try {
      found = await ask("GET", one(id));
    } catch (error) {
      if (!asked()) return undefined;
      mx.toast(error.status === 404 ? "The saved view of this link is deleted, or not yours to read." : error.message, "bad");
      return error.status === 404 ? leave() : announce();
    }
    if (!asked()) return undefined;
    const experiment = mx.view.get("experiment");
    if (experiment && experiment !== found.experiment_id) return leave();
    if (bare) return show(found, true);
    open = found;
    mx.layout.open(read(found.state).layout);
    return announce();
  }

  function copyName(name, number) {
    const end = number > 1 ? ` (copy ${number})` : " (copy)";
    return [...name].slice(0, MOST - end.length).join("") + end;
  }
  const experiment = () => (mx.screen.view && mx.screen.view.experiment ? mx.screen.view.experiment.id : null);

  mx.views = {
    get: () => now,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    address,
    async list() {
      const id = experiment();
      if (listed && listed.experiment !== id) listed = null;
      announce();
      const found = id === null ? { views: [], editable: false } : await ask("GET", `?${new URLSearchParams({ experiment_id: id })}`);
      if (experiment() === id) listed = { ...found, experiment: id };
      announce();
    },
    async visit(id) {
      show(await ask("GET", one(id)));
    },
    show,
    async saveAs(name) {
      settle(await ask("POST", "", { experiment_id: experiment(), name, state: state() }));
      mx.view.change({ view: open.id });
    },
    // Gives the view that stands when somebody has changed it meanwhile, else null.
    async save() {
      const mine = state();
      try {
        settle(await ask("PATCH", one(open.id), { version: open.version, state: mine }));
      } catch (error) {
        if (error.status !== 409 || !error.current) throw error;
        // They gave it another name and left what it shows: nothing of theirs is lost.
        if (!same(read(error.current.state), read(open.state))) return error.current;
        settle(await ask("PATCH", one(open.id), { version: error.current.version, state: mine }));
      }
      return null;
    },
    async saveCopy(name) {
      for (let number = 1; ; number += 1) {
        try {
          return await mx.views.saveAs(copyName(name, number));
        } catch (error) {
          if (error.status !== 409 || !error.current || number > 50) throw error;
        }
      }
    },
    // What we know of the state stays as old as it is, so that saving it still notices what others have done to it.
    async rename(name) {
      const known = open;
      const send = (version) => ask("PATCH", one(known.id), { version, name });
      let found;
      try {
        found = await send(known.version);
      } catch (error) {
        const { current } = error;
        if (error.status !== 409 || !current || current.id !== known.id) throw error;
        if (current.name !== known.name) {
          settle({ ...known, name: current.name });
          throw new Error(`${current.updated_by || "Somebody"} named this view “${current.name}” meanwhile. Press Rename again to use your name.`);
        }
        found = await send(current.version);
      }
      settle(same(read(found.state), read(known.state)) ? found : { ...known, name: found.name });
    },
    // ``seen`` is the version that the person agrees to delete.
    async remove(seen) {
      await ask("DELETE", `${one(open.id)}?version=${seen.version}`);
      open = null; // the page stays as it is
      mx.view.change({ view: null, layout: mx.layout.beside() });
    },
  };

  mx.layout.subscribe(announce);
  mx.view.subscribe(follow);
  const followed = follow();
  mx.views.ready = mx.bareView ? followed.then(mx.askFirst) : null;
})();
