/** A sentence as the `reason` of an error, which the message of that error ends with a full stop of its own. */
export function asReason(sentence: string): string {
  return sentence.endsWith('.') ? sentence.slice(0, -1) : sentence;
}
