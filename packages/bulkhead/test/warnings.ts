/** The warnings of this process about callbacks, from now on until it is disposed of. */
export class CallbackWarnings implements Disposable {
  readonly messages: string[] = [];
  readonly #listener = (warning: Error): void => {
    if (warning.name === 'CallbackWarning') this.messages.push(warning.message);
  };

  constructor() {
    process.on('warning', this.#listener);
  }

  [Symbol.dispose](): void {
    process.off('warning', this.#listener);
  }
}
