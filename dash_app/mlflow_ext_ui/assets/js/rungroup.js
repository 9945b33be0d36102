// Runs under what they share: a param, a tag, or the run that started them. Only of a list that is here as a whole.
(() => {
  "use strict";
  const mx = window.mlflow_ext_ui;
  const folded = new Set();
  const listeners = new Set();
  const NONE = "–";

  function byValue(rows) {
    const found = new Map();
    rows.forEach((row) => {
      if (!found.has(row.group_value)) found.set(row.group_value, []);
      found.get(row.group_value).push(row);
    });
    return found;
  }
  // What stands in a group's row: the best of each metric among its runs, as that run shows it.
  function best(rows, directions) {
    const found = {};
    Object.entries(directions).forEach(([field, { text, lower }]) => {
      const held = rows.filter((row) => typeof row[field] === "number");
      const top = held.reduce((one, row) => (!one || (lower ? row[field] < one[field] : row[field] > one[field]) ? row : one), null);
      found[field] = top ? top[field] : null;
      found[text] = top ? top[text] : NONE;
    });
    return found;
  }
  function groups(listing, order) {
    const heads = [...byValue(listing.rows)].map(([value, rows]) => {
      const ids = rows.map((row) => row.id);
      const id = `group ${value === null ? "" : JSON.stringify(value)}`;
      return { id, group: true, name: value === null ? `no ${listing.group_title}` : value, none: value === null, ids, rows, folds: true, folded: folded.has(id), ...best(rows, listing.directions) };
    });
    const sorted = order(heads);
    const last = [...sorted.filter((head) => !head.none), ...sorted.filter((head) => head.none)];
    return last.flatMap((head) => {
      const { rows, ...shown } = head;
      return [shown, ...(head.folded ? [] : order(rows).map((row) => ({ ...row, depth: 1 })))];
    });
  }
  function tree(listing, order) {
    const here = new Set(listing.rows.map((row) => row.id));
    const children = byValue(listing.rows.map((row) => (here.has(row.group_value) && row.group_value !== row.id ? row : { ...row, group_value: null })));
    const seen = new Set();
    const below = (parent, depth) =>
      order(children.get(parent) || []).flatMap((row) => {
        if (seen.has(row.id)) return [];
        seen.add(row.id);
        const folds = children.has(row.id);
        const shown = { ...row, depth, folds, folded: folds && folded.has(row.id) };
        const rest = below(row.id, depth + 1);
        return [shown, ...(shown.folded ? [] : rest)];
      });
    const rows = below(null, 0);
    // Runs that name each other as parents hang on no root; they are shown all the same.
    return [...rows, ...listing.rows.filter((row) => !seen.has(row.id))];
  }

  mx.grouping = {
    // ``order`` sorts rows as the list is sorted.
    arrange(listing, order) {
      const rows = listing.group === "parent" ? tree(listing, order) : groups(listing, order);
      return rows.map((row, rank) => ({ ...row, rank }));
    },
    fold(id) {
      if (!folded.delete(id)) folded.add(id);
      listeners.forEach((listener) => listener());
    },
    subscribe: (listener) => listeners.add(listener),
  };
})();
