export interface OfPlugin {
  readonly plugin: string;
}
export interface OfAction extends OfPlugin {
  readonly action: string;
}
export interface Reasoned extends OfPlugin {
  /** A sentence without the final stop. */
  readonly reason: string;
}
export interface Limited extends OfPlugin {
  readonly milliseconds: number;
}
