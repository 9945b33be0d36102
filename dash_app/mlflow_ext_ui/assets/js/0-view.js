// The address is the state: this file alone reads and writes it.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const config = document.getElementById("_dash-config");
  const settings = JSON.parse(config.textContent);
  const listeners = new Set();

  if (mx.workspace) {
    // Dash posts to addresses of its own, without our query: the header carries the workspace there.
    settings.fetch = settings.fetch || {};
    settings.fetch.headers = { ...settings.fetch.headers, "X-MLFLOW-WORKSPACE": mx.workspace };
    config.textContent = JSON.stringify(settings);
  }

  const TABS = ["plots", "tables", "sweeps", "lineage", "artifacts", "notebooks", "chat"];
  // Parsed once: every row of the run list asks, and a thousand runs in an address take a millisecond.
  let parsed = { search: null, params: null };
  function standing() {
    const { search } = location;
    if (parsed.search !== search) parsed = { search, params: new URLSearchParams(search) };
    return parsed.params;
  }
  const params = () => new URLSearchParams(standing());
  const search = () => location.search;
  let refreshed = 0;
  const place = () => ({ path: location.pathname, search: location.search, refresh: refreshed });
  const set = (id, props) => window.dash_clientside.set_props(id, props);

  const PATIENCE = 6000;
  let waiting = 0;
  let started = false;
  function ask() {
    if (!started) return; // Dash reads the address itself when it starts
    clearTimeout(waiting);
    waiting = setTimeout(unanswered, PATIENCE);
    set("x-url", { data: place() });
  }
  function unanswered() {
    clearTimeout(waiting);
    waiting = 0;
    mx.toast("The server gives no answer. The page shows what it had.", "bad");
  }
  function announce() {
    mx.theme.apply();
    ask();
    listeners.forEach((listener) => listener());
  }
  function go(address, replace, quiet) {
    if (address === location.pathname + location.search) return;
    history[replace ? "replaceState" : "pushState"](null, "", address);
    // An answer on its way is to the address of before: it must be asked for anew.
    if (quiet && !waiting) listeners.forEach((listener) => listener());
    else announce();
  }
  function query(next) {
    const text = next.toString().replaceAll("%2C", ",").replaceAll("%2F", "/").replaceAll("%7E", "~");
    return text ? "?" + text : "";
  }

  mx.set = set;
  mx.Store = () => null;
  // A piece of Dash's own HTML, for those texts that it shows.
  mx.part = (type, className, children) => ({ type, namespace: "dash_html_components", props: { className, children } });
  mx.view = {
    params,
    search,
    place,
    get: (name) => standing().get(name),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    // null takes a parameter out, "" leaves it there empty, a list repeats it; ``quiet``: the page stays as it is.
    change(changes, { replace = false, quiet = false } = {}) {
      const next = params();
      for (const [name, value] of Object.entries(changes)) {
        next.delete(name);
        if (value === null || value === undefined) continue;
        for (const one of Array.isArray(value) ? value : [value]) next.append(name, one);
      }
      go(location.pathname + query(next), replace, quiet);
    },
    // Ask again for what the address means: there are news.
    refresh() {
      refreshed += 1;
      ask();
    },
    visit(href, replace = false) {
      const to = new URL(href, location.href);
      go(to.pathname + to.search, replace);
    },
    unanswered,
    // The server's own spelling of the address we asked about, defaults filled in; no news for anyone.
    settle(asked, address) {
      if (asked.path !== location.pathname || asked.search !== location.search) return false;
      clearTimeout(waiting);
      waiting = 0;
      history.replaceState(null, "", mx.prefix + address);
      listeners.forEach((listener) => listener());
      return true;
    },
  };

  window.addEventListener("popstate", announce);
  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("a.x-link");
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const to = new URL(link.href, location.href);
    if (to.origin !== location.origin || !to.pathname.startsWith(mx.prefix)) return;
    event.preventDefault();
    if (TABS.includes(to.pathname.slice(mx.prefix.length))) mx.view.visit(link.href);
  });

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.mlflow_ext = {
    async start() {
      await mx.views.ready;
      started = true;
      return place();
    },
  };
})();
