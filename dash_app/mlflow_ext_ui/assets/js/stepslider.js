// The slider below a plot that was logged at several steps, and what its card's menu says of them.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const h = React.createElement;
  const { useEffect, useRef, useState, useSyncExternalStore } = React;
  const SETTLE = 120;
  const PLAY_EVERY = 400;
  const PLAY_MOST = 150; // pictures that a play goes through
  const icon = (name, extra = "") => h("span", { className: `x-ic x-i-${name} ${extra}`, "aria-hidden": true });
  const number = (step) => mx.whole(step).replace("-", "−");

  // The place of the nearest step at or below, the first where all lie above; the last for null, the newest.
  function place(steps, step) {
    if (step === null) return steps.length - 1;
    let low = 0;
    let high = steps.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (steps[middle] <= step) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  // Which steps there are, asked for once the card has a picture, and anew when a run has logged it again.
  function useSteps(card, screen, urls, wanted) {
    const [known, setKnown] = useState({ steps: null, failed: false });
    const [tries, setTries] = useState(0);
    const runs = screen.runs.map((run) => run.id).join();
    const bump = mx.pictures.bump(card.key);
    useEffect(() => {
      if (!wanted) return undefined;
      const controller = new AbortController();
      const body = JSON.stringify({ runs: runs.split(","), key: card.key });
      mx.fetch(urls.steps, { method: "POST", signal: controller.signal, body })
        .then(async (answer) => {
          if (!answer.ok) throw new Error(`The server answered ${answer.status}`);
          setKnown({ ...(await answer.json()), failed: false });
        })
        .catch((error) => {
          if (error.name === "AbortError") return;
          console.info(`The steps of a plot could not be read: ${error.message}`);
          setKnown((before) => ({ ...before, failed: true }));
        });
      return () => controller.abort();
    }, [card.key, runs, bump, wanted, tries, screen.refresh]);
    return [known, () => setTries(tries + 1)];
  }

  function Slider({ card, screen, urls }) {
    const { key } = card;
    const entry = useSyncExternalStore(
      (listener) => mx.pictures.subscribe(key, listener),
      () => mx.pictures.get(key),
    );
    useSyncExternalStore(mx.view.subscribe, mx.view.search);
    const [{ steps, total, failed }, again] = useSteps(card, screen, urls, Boolean(entry.picture || entry.failure));
    const [held, setHeld] = useState(null); // where the hand has it, until the address says so
    const [playing, setPlaying] = useState(false);
    const settling = useRef(0);
    const fresh = mx.pictures.isFresh(key);
    const step = mx.steps.at(key);
    const last = steps ? steps.length - 1 : 0;
    const now = steps ? Math.min(held === null ? place(steps, step) : held, last) : 0;

    // The last place is the newest, also of what is logged from now on.
    const commit = (index) => mx.steps.move(key, index >= last ? null : steps[index]);
    const go = (index, wait) => {
      setHeld(index);
      clearTimeout(settling.current);
      settling.current = setTimeout(() => {
        commit(index);
        setHeld(null);
      }, wait);
    };
    useEffect(() => () => clearTimeout(settling.current), []);
    useEffect(() => {
      if (!steps || steps.length < 2 || held !== null || !fresh || (step === null && !playing)) return;
      // The last place has the address of the newest: it is asked for as such.
      for (const next of [now + 1, now - 1]) if (next >= 0 && next < last) mx.steps.fetchAhead(key, steps[next]);
    }, [now, fresh, held, playing, steps]);
    useEffect(() => {
      if (!playing) return undefined;
      if (!steps || (now >= last && held === null) || entry.failure) {
        setPlaying(false);
        return undefined;
      }
      if (!fresh || held !== null) return undefined;
      const stride = Math.ceil(steps.length / PLAY_MOST);
      const timer = setTimeout(() => go(Math.min(now + stride, last), 0), PLAY_EVERY);
      return () => clearTimeout(timer);
    }, [playing, now, held, fresh, entry, steps]);

    if (failed && !steps) {
      return h(
        "div",
        { className: "x-steps" },
        h("span", { className: "x-steps-word" }, "Which steps there are could not be read."),
        h("button", { type: "button", className: "x-btn x-quiet x-small", onClick: again }, "Try again"),
      );
    }
    if (steps && steps.length < 2) return null;
    if (!steps) return h("div", { className: "x-steps", "aria-busy": "true" });
    const newest = held === null ? step === null : held >= last;
    const spoken = `step ${number(steps[now])}, ${number(now + 1)} of ${number(steps.length)}${newest ? ", latest" : ""}`;
    const shown = entry.picture && entry.picture.shown;
    const apart = held === null && fresh && shown && (shown[0] !== steps[now] || shown[1] !== steps[now]);
    const between = apart ? `${number(shown[0])}${shown[0] === shown[1] ? "" : ` to ${number(shown[1])}`}` : newest ? number(steps[now]) : "";
    const play = playing ? "Stop" : "Play through the steps";
    return h(
      "div",
      { className: "x-steps", role: "group", "aria-label": `Steps of ${card.title}` },
      h(
        "button",
        {
          type: "button",
          className: "x-btn x-quiet x-small x-btn-icon",
          "aria-label": play,
          title: play,
          onClick: () => {
            if (!playing && now >= last) go(0, 0);
            setPlaying(!playing);
          },
        },
        icon(playing ? "pause" : "play", "x-s12"),
      ),
      h("input", {
        type: "range",
        className: "x-slide",
        min: 0,
        max: last,
        step: 1,
        value: now,
        "aria-label": "Step",
        "aria-valuetext": spoken,
        onChange: (event) => {
          setPlaying(false);
          go(Number(event.target.value), SETTLE);
        },
      }),
      h(
        "span",
        { className: "x-steps-word" },
        h("b", null, newest ? "Latest" : `Step ${number(steps[now])}`),
        `${between ? ` (${between})` : ""} · ${number(now + 1)} of ${number(total)}`,
      ),
    );
  }

  const WAYS = [
    [null, "One step at a time"],
    ["ridge", "Over time: ridges"],
    ["heatmap", "Over time: heatmap"],
  ];
  mx.steps.below = (card, screen, urls) => {
    mx.steps.know(card);
    return card.again && !mx.steps.over(card.key) ? h(Slider, { key: "steps", card, screen, urls }) : null;
  };
  mx.steps.items = (card, close) => {
    if (!card.again) return null;
    const item = (role, checked, label, act) =>
      h(
        "button",
        { key: label, type: "button", role, "aria-checked": checked, className: "x-menu-item", onClick: () => (act(), close()) },
        icon("check", checked ? "x-t3" : "x-gone"),
        label,
      );
    const way = mx.steps.over(card.key);
    const ways = card.kind === "distribution" ? WAYS.map(([one, label]) => item("menuitemradio", one === way, label, () => mx.steps.showOver(card.key, one))) : [];
    const together = item("menuitemcheckbox", mx.steps.synchronised(), "Synchronise sliders", () => mx.steps.synchronise(card.key));
    return h("div", { role: "group", "aria-label": "Steps", className: "x-steps-items" }, ways, together);
  };
})();
