/**
 * Calls `close` when the program has nothing left to do, so that its plugins end in good order. By then other listeners of
 * `beforeExit` may have begun something: that comes first.
 *
 * @returns a function that ends this
 */
export function closeWhenDone(isDone: () => boolean, close: () => Promise<void>): () => void {
  const listener = (): void => void setImmediate(() => (isDone() ? void close() : undefined));
  // Node takes more than ten listeners for a leak; a program may well have more managers.
  changeMaxListeners(1);
  process.on('beforeExit', listener);
  return () => {
    if (!process.listeners('beforeExit').includes(listener)) return;
    process.off('beforeExit', listener);
    changeMaxListeners(-1);
  };
}

/** 0 means any number. */
function changeMaxListeners(by: number): void {
  const most = process.getMaxListeners();
  if (most > 0) process.setMaxListeners(most + by);
}
