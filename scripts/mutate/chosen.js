/**
 * `count` of them, the same for the same seed: in turns from each group, so that a large folder does not crowd out a small
 * one. More follow, to stand in for those that turn out not to compile.
 *
 * @template Item
 * @param {ReadonlyMap<string, readonly Item[]>} groups
 * @param {number} seed
 * @returns {Generator<Item>}
 */
export function* chosen(groups, seed) {
  const random = randomFrom(seed);
  const shuffled = [...groups.values()].map((items) => shuffle(items, random));
  for (let round = 0; shuffled.some((items) => round < items.length); round += 1)
    for (const items of shuffled) {
      const item = items[round];
      if (item !== undefined) yield item;
    }
}

/** @template Item @param {readonly Item[]} items @param {() => number} random */
function shuffle(items, random) {
  const left = [...items];
  for (let last = left.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [left[last], left[other]] = [/** @type {Item} */ (left[other]), /** @type {Item} */ (left[last])];
  }
  return left;
}

/** Numbers from 0 to before 1 (mulberry32). @param {number} seed */
function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
