import { createHash } from 'node:crypto';

/**
 * The changes in the order in which to try them: in turns from each folder, so that a large one does not crowd out a small one,
 * and within a folder by a hash of the seed and the change. So the choice stays the same while other code changes, and a part of
 * a run tries what the whole run would.
 *
 * @template {{file: string, before: string, after: string}} Change
 * @param {ReadonlyMap<string, readonly Change[]>} folders
 * @param {number} seed
 * @returns {Generator<Change>}
 */
export function* chosen(folders, seed) {
  const shuffled = [...folders.values()].map((changes) => shuffle(changes, seed));
  for (let round = 0; shuffled.some((changes) => round < changes.length); round += 1)
    for (const changes of shuffled) {
      const change = changes[round];
      if (change !== undefined) yield change;
    }
}

/** @template {{file: string, before: string, after: string}} Change @param {readonly Change[]} changes @param {number} seed */
function shuffle(changes, seed) {
  /** @type {Map<string, number>} */
  const seen = new Map();
  const keyed = changes.map((change) => {
    const name = JSON.stringify([seed, change.file, change.before, change.after]);
    seen.set(name, (seen.get(name) ?? 0) + 1);
    return {
      change,
      key: createHash('sha256')
        .update(`${name} ${seen.get(name)}`)
        .digest('hex'),
    };
  });
  return keyed.toSorted((one, other) => (one.key < other.key ? -1 : 1)).map(({ change }) => change);
}
