// Where cards and sections stand: from the cards in their normal order and a layout to sections, and from a change to
// the next layout. Pure but for the last part, which knows the board that is shown.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const own = (object, name) => (object && Object.hasOwn(object, name) ? object[name] : undefined);

  // ``list``: the first, "" for all that it does not name, the last; without "" the others follow.
  function arranged(natural, list) {
    const named = new Set(list);
    const at = list.includes("") ? list.indexOf("") : list.length;
    return [...list.slice(0, at), ...natural.filter((one) => !named.has(one)), ...list.slice(at + 1)];
  }
  // Names of a list that are not there now keep their place behind the name before them.
  function withAbsent(desired, list, there) {
    const all = [...desired];
    list.forEach((one, i) => {
      if (one === "" || there.has(one)) return;
      const before = list[i - 1];
      if (before) return all.splice(all.indexOf(before) + 1, 0, one);
      const after = list.slice(i + 1).find((next) => all.includes(next));
      return all.splice(i === 0 ? 0 : after === undefined ? all.length : all.indexOf(after), 0, one);
    });
    return all;
  }
  // The shortest list that gives the desired order: what it leaves out is the longest run that stands as it comes.
  function listOf(desired, natural, list, there) {
    const all = withAbsent(desired, list, there);
    const rank = new Map(natural.map((one, i) => [one, i]));
    let best = [0, 0];
    let start = 0;
    all.concat(null).forEach((one, i) => {
      const goes = rank.has(one) && (i === start || rank.get(one) > rank.get(all[i - 1]));
      if (goes) return;
      if (i - start > best[1] - best[0]) best = [start, i];
      start = rank.has(one) ? i : i + 1;
    });
    const tail = all.slice(best[1]);
    return [...all.slice(0, best[0]), ...(tail.length ? ["", ...tail] : [])];
  }
  function without(object, name) {
    return Object.fromEntries(Object.entries(object || {}).filter(([one]) => one !== name));
  }
  const put = (object, name, value) => ({ ...without(object, name), [name]: value });

  const sectionNames = (cards) => [...new Set(cards.map((card) => card.section))];
  // All sections with their cards, hidden ones included.
  function sections(cards, layout) {
    const order = layout.order || {};
    const byKey = new Map(cards.map((card) => [card.key, card]));
    const placed = new Set(Object.values(order).flat());
    const names = sectionNames(cards);
    const more = Object.keys(order).filter((name) => !names.includes(name));
    const found = new Map();
    arranged([...names, ...more], (layout.sections || []).filter((name) => name === "" || names.includes(name) || more.includes(name))).forEach((name) => found.set(name, []));
    cards.forEach((card) => placed.has(card.key) || found.get(card.section).push(card.key));
    return [...found]
      .map(([name, natural]) => ({ name, list: arranged(natural, (own(order, name) || []).filter((key) => key === "" || byKey.has(key))).map((key) => byKey.get(key)) }))
      .filter((section) => section.list.length)
      .map((section) => ({ ...section, system: section.list.every((card) => card.origin === "system") }));
  }
  // The layout with a card in a section, before or after another one, else at its end.
  function place(cards, layout, key, section, { before, after } = {}) {
    const lists = new Map(sections(cards, layout).map(({ name, list }) => [name, list.map((card) => card.key)]));
    const from = [...lists].find(([, list]) => list.includes(key))[0];
    lists.set(from, lists.get(from).filter((one) => one !== key));
    const target = [...(lists.get(section) || [])];
    const at = before !== undefined ? target.indexOf(before) : after !== undefined ? target.indexOf(after) + 1 : target.length;
    target.splice(at, 0, key);
    lists.set(section, target);
    const there = new Set(cards.map((card) => card.key));
    let order = layout.order || {};
    new Set([from, section]).forEach((name) => {
      const natural = cards.filter((card) => card.section === name).map((card) => card.key);
      const list = listOf(lists.get(name), natural, own(order, name) || [], there);
      order = list.length ? put(order, name, list) : without(order, name);
    });
    return { ...layout, order };
  }
  function moveSection(cards, layout, name, step) {
    const now = sections(cards, layout).map((section) => section.name);
    const at = now.indexOf(name);
    if (at < 0 || !(at + step in now)) return layout;
    const next = now.filter((one) => one !== name);
    next.splice(at + step, 0, name);
    const there = new Set(now);
    return { ...layout, sections: listOf(next, sectionNames(cards).filter((one) => there.has(one)), layout.sections || [], there) };
  }

  // The board that is shown: all its cards, its columns, and the size of one cell.
  let board = { cards: [], columns: 1, cell: () => ({ width: 1, height: 1 }) };
  let told = "";
  const ears = new Set();
  function say(text) {
    told = text;
    ears.forEach((listener) => listener());
  }
  const title = (key) => own(mx.layout.get().names, key) || (board.cards.find((card) => card.key === key) || {}).title;
  const graspable = (key, part) => document.querySelector(`.x-card[data-key="${CSS.escape(key)}"] ${part}`);

  // What people do; ``part``: what holds the focus in the card afterwards, which may have been drawn anew elsewhere.
  function change(next, key, part) {
    ReactDOM.flushSync(() => mx.layout.set(next));
    const element = part && graspable(key, part);
    if (!element) return;
    element.focus({ preventScroll: true });
    element.closest(".x-card").scrollIntoView({ block: "nearest" });
  }
  function where(key) {
    const section = sections(board.cards, mx.layout.get()).find(({ list }) => list.some((card) => card.key === key));
    const shown = [...document.querySelectorAll(".x-card")].map((one) => one.dataset.key);
    const list = section.list.filter((card) => shown.includes(card.key));
    const at = list.findIndex((card) => card.key === key);
    return `${title(key)}: ${at + 1} of ${list.length} in ${section.name}`;
  }
  const toolsOf = (section) => [...document.querySelectorAll(".x-section")].find((one) => one.dataset.section === section);

  mx.arrange = {
    sections,
    place,
    moveSection,
    own,
    title,
    board(next) {
      board = next;
    },
    columns: () => board.columns,
    cell: () => board.cell(),
    say,
    hear(listener) {
      ears.add(listener);
      return () => ears.delete(listener);
    },
    told: () => told,
    move(key, section, spot, part) {
      change(place(board.cards, mx.layout.get(), key, section, spot), key, part);
      say(where(key));
    },
    resize(key, size, part) {
      const layout = mx.layout.get();
      change({ ...layout, size: size ? put(layout.size, key, size) : without(layout.size, key) }, key, part);
      if (size) say(`${title(key)}: ${mx.sizeWords(size)}`);
    },
    rename(key, name, part) {
      const layout = mx.layout.get();
      const logged = board.cards.find((card) => card.key === key).title;
      const text = name.trim().slice(0, mx.layout.LONGEST_NAME);
      change({ ...layout, names: text && text !== logged ? put(layout.names, key, text) : without(layout.names, key) }, key, part);
    },
    hide(key, section) {
      const layout = mx.layout.get();
      const name = title(key);
      change({ ...layout, hidden: [...(layout.hidden || []), key] });
      const tools = toolsOf(section).querySelector(".x-section-end button");
      tools.focus({ preventScroll: true });
      mx.toast(`“${name}” is hidden`, null, { text: "Bring back", run: () => mx.arrange.bring([key], ".x-grip") });
    },
    bring(keys, part) {
      const layout = mx.layout.get();
      change({ ...layout, hidden: (layout.hidden || []).filter((one) => !keys.includes(one)) }, keys[0], part);
    },
    section(name, step) {
      change(moveSection(board.cards, mx.layout.get(), name, step));
      const section = toolsOf(name);
      section.scrollIntoView({ block: "nearest" });
      const all = [...document.querySelectorAll(".x-section")];
      say(`Section ${name}: ${all.indexOf(section) + 1} of ${all.length}`);
    },
    reset() {
      change({});
      say("The layout is as the plots came");
    },
  };
  mx.sizeWords = ([columns, rows]) => `${columns === mx.layout.COLUMNS ? "the whole row" : mx.count(columns, "column")} wide, ${mx.count(rows, "row")} high`;
})();
