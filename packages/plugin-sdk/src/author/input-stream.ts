/** A part of an input that arrives while the action runs. It can be read once, by `for await`. */
export interface InputStream<Item = unknown> extends AsyncIterable<Item> {
  [Symbol.asyncIterator](): AsyncIterator<Item, undefined>;
}
