/** How much of what came is shown. */
const SHOWN_BYTES = 60;

/** What an instance wrote where frames belong: most likely a program prints there that knows nothing of the protocol. */
export class ForeignBytes extends Error {
  constructor(received: Buffer) {
    const shown = JSON.stringify(received.subarray(0, SHOWN_BYTES).toString('latin1'));
    super(`on standard output it wrote ${shown}, where frames of the protocol belong`);
    this.name = 'ForeignBytes';
  }
}
