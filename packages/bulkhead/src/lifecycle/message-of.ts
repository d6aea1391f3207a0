/** What was thrown, in words. It may be anything, also something that throws when it is looked at. */
export function messageOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? String(thrown.message) : String(thrown);
  } catch {
    return 'something that has no words was thrown';
  }
}
