/** Says what is wrong with a text, and at which of its characters. */
export interface Problem {
  readonly problem: string;
  readonly at: number;
}

export function isProblem(parsed: object | undefined): parsed is Problem {
  return parsed !== undefined && 'problem' in parsed;
}
