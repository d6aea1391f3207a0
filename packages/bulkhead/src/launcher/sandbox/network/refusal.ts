/** Why the proxy does not connect a plugin, in the words that the plugin is told. */
export class Refusal extends Error {
  readonly kind: 'denied' | 'unreachable';

  constructor(kind: Refusal['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}
