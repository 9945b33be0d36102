// Plots logged again and again: which step a card shows, or whether all of them. The address keeps it.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const MOST_AHEAD = 16;
  const MOST_SAID = 100;
  const APART = 1500; // ms after which a move is a place of its own to go back to
  const stepped = new Set(); // cards that have several versions
  const distributions = new Set();
  const frames = new Map();
  const ahead = new Map();
  const asking = new Set();
  let moved = { key: null, time: 0 };

  function said(name) {
    return new Map(mx.view.params().getAll(name).map((entry) => [entry.slice(0, entry.lastIndexOf("~")), entry.slice(entry.lastIndexOf("~") + 1)]));
  }
  const write = (entries) => (entries.size ? [...entries].slice(-MOST_SAID).map(([key, word]) => `${key}~${word}`) : null);
  const synchronised = () => said("steps").has("");
  // The step that a card is at, null for the newest versions.
  function at(key) {
    const entries = said("steps");
    const word = entries.has("") ? entries.get("") : entries.get(key);
    return stepped.has(key) && word && Number.isSafeInteger(Number(word)) ? Number(word) : null;
  }
  const compares = (key) => mx.view.params().getAll("compare").includes(key);
  const over = (key) => (distributions.has(key) && !compares(key) && said("over").get(key)) || null;
  const sign = (key) => `${mx.pictures.bump(key)} ${[...mx.screen.runs.keys()].join()}`;
  const words = (step, way) => (way ? `over ${way}` : step === null ? "" : `at ${step}`);
  function frameOf(key) {
    const held = frames.get(key);
    return held && held.sign === sign(key) ? held.frame : null;
  }
  const question = (keys, stepOf = at) => ({
    steps: Object.fromEntries(keys.map((key) => [key, stepOf(key)]).filter(([, step]) => step !== null)),
    over: Object.fromEntries(keys.map((key) => [key, over(key)]).filter(([, way]) => way)),
    frames: Object.fromEntries(keys.map((key) => [key, frameOf(key)]).filter(([, frame]) => frame)),
  });

  function move(key, step) {
    const entries = said("steps");
    const replace = moved.key === key && Date.now() - moved.time < APART;
    moved = { key, time: Date.now() };
    if (entries.has("")) entries.set("", step === null ? "" : String(step));
    else {
      entries.delete(key);
      if (step !== null) entries.set(key, String(step));
    }
    mx.view.change({ steps: write(entries) }, { replace, quiet: true });
  }
  function synchronise(key) {
    const step = at(key);
    const entries = synchronised() ? new Map(step === null ? [] : [[key, String(step)]]) : new Map([["", step === null ? "" : String(step)]]);
    mx.view.change({ steps: write(entries) }, { quiet: true });
  }
  function showOver(key, way) {
    const entries = said("over");
    entries.delete(key);
    if (way) entries.set(key, way);
    mx.view.change({ over: write(entries) }, { quiet: true });
  }

  // The picture at another step, so that the next move of the slider finds it there.
  async function fetchAhead(key, step) {
    const wish = `${key} ${step} ${sign(key)}`;
    if (asking.has(wish) || asking.size > 1) return;
    asking.add(wish);
    try {
      const found = await mx.pictures.ahead(key, words(step, null), question([key], () => step));
      if (found && found.card) {
        ahead.set(found.stamp, found.card);
        while (ahead.size > MOST_AHEAD) ahead.delete(ahead.keys().next().value);
      }
    } catch (error) {
      if (error.name !== "AbortError") console.info(`A step ahead could not be read: ${error.message}`);
    } finally {
      asking.delete(wish);
    }
  }

  mx.steps = {
    at,
    over,
    move,
    synchronise,
    synchronised,
    showOver,
    question,
    fetchAhead,
    know(card) {
      if (card.again) stepped.add(card.key);
      else stepped.delete(card.key);
      if (card.again && card.kind === "distribution") distributions.add(card.key);
      else distributions.delete(card.key);
    },
    // What of the address a card's picture depends on.
    stamp: (key) => words(at(key), over(key)),
    ready: (stamp) => ahead.get(stamp),
    took(key, stamp, card) {
      if (!card.picture || !card.picture.frame) return;
      frames.set(key, { sign: sign(key), frame: card.picture.frame });
    },
    csv: (card) => (over(card.key) ? "Download CSV of the steps" : at(card.key) === null ? null : `Download CSV of step ${mx.whole(at(card.key))}`),
    // What the CSV of a card needs besides.
    query(card, query) {
      if (!card.again) return;
      if (over(card.key)) query.set("over_time", "1");
      else if (at(card.key) !== null) query.set("at", at(card.key));
    },
  };
})();
